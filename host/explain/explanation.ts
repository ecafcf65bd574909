/**
 * The explanation of one request as data; this is the JSON output. Text of the request is byte strings turned
 * into UTF-8; hashes are hexadecimal, since JSON has no 64-bit integers.
 */

import type { Connections, From } from '../plan/types.ts';
import type { ConnectionScheme } from './request.ts';

export interface Explanation {
  /** Absent where a connection is passed on: requests in it are not read. */
  readonly request?: {
    readonly method: string;
    /** Absent: http. */
    readonly scheme?: 'https';
    readonly host: string;
    readonly path: string;
    /** Of the connection. */
    readonly sourceIp: string;
    /** The client's address, where the listener finds another one. */
    readonly client?: string;
    /** The path that routes see, when it is another one. */
    readonly normalizedPath?: string;
  };
  readonly connection?: {
    readonly scheme: ConnectionScheme;
    /** What the client sends (SNI), where it speaks TLS; '': none. */
    readonly serverName?: string;
    readonly sourceIp: string;
  };
  /** What Envoy answers without asking a backend; 0: it closes the connection. */
  readonly answer?: { readonly status: number; readonly because: string };
  readonly listener?: {
    readonly name: string;
    readonly address: string;
    readonly port: number;
    /** With TLS: what it is for (absent: any), and the Secrets of its certificates. */
    readonly serverName?: string;
    readonly certificates?: readonly string[];
    /** What clients have to show; absent: they are not asked. */
    readonly proof?: string;
    /** The ClientTrafficPolicy that holds. */
    readonly clients?: From;
    /** Connections are passed on. */
    readonly passes?: Connections['kind'];
  };
  readonly virtualHost?: { readonly name: string; readonly domain: string };
  readonly route?: { readonly name: string; readonly from: From; readonly matches: string };
  /** Where nothing matched: the routes that came nearest. */
  readonly near?: readonly { readonly route: string; readonly because: readonly string[] }[];
  readonly policy?: PolicyWhy;
  /** What the policy and filters do with this request besides choosing a host, as far as it can be known. */
  readonly handling: readonly string[];
  /** One for each pool that the route sends to. */
  readonly pools: readonly PoolExplanation[];
  readonly warnings: readonly string[];
}

export interface PolicyWhy {
  /** Undefined: no policy applies; the default balancer is used. */
  readonly holds?: From;
  /** Where it is attached, what it overrides or is merged with. */
  readonly why: readonly string[];
}

export interface PoolExplanation {
  readonly pool: string;
  /** It gets whole connections, no requests. */
  readonly connections?: true;
  /** The name of its cluster in an Envoy of `loadstar run`, as in its metrics. */
  readonly liveCluster?: string;
  /** Of the route's requests, 0..1. */
  readonly share: number;
  /** Of a split: whether this request goes here. Undefined: chosen at random. */
  readonly chosen?: boolean;
  readonly hosts: readonly { readonly host: string; readonly weight: number; readonly share: number }[];
  /** Hosts that serve only when those of priority 0 cannot. */
  readonly standby: readonly string[];
  /** How its hosts are called, where not in plain text: for all, or by backend. */
  readonly tls: readonly { readonly backend?: string; readonly how: string }[];
  /** What the backend gets, where it is another than the request; no host: the name of the backend. */
  readonly sentAs?: { readonly host?: string; readonly path: string };
  /** The version of the PROXY header with which connections to them begin. */
  readonly proxyProtocol?: 'V1' | 'V2';
  /** When requests to it are refused. */
  readonly admission?: string;
  readonly choice: Choice;
  readonly slowStartMs?: number;
}

export type Choice =
  /** Not by key: `how` says how Envoy chooses. */
  | { readonly kind: 'balance'; readonly how: string; readonly utilization?: readonly UtilizationShare[] }
  /** By key, but the hosts are not known here. */
  | { readonly kind: 'unknown-hosts'; readonly how: string }
  /** The request itself names its host, by a header (endpointOverride) or the token of a session. */
  | { readonly kind: 'named'; readonly header: string; readonly host: string }
  | { readonly kind: 'session'; readonly by: string; readonly host: string }
  | KeyChoice;

export interface UtilizationShare {
  readonly host: string;
  readonly utilization?: number;
  readonly share: number;
}

export interface KeyChoice {
  readonly kind: 'key';
  /** Who names the host: the filter, or Envoy's own Maglev. */
  readonly by: 'filter' | 'envoy';
  readonly tableSize: number;
  readonly key: readonly ExplainedKey[];
  /** Undefined: no host can be named; `unpicked` says why. */
  readonly pick?: {
    readonly hash: string;
    readonly slot: number;
    readonly host: string;
    /** Different hosts in the order in which Envoy asks for them. */
    readonly next: readonly ExplainedAttempt[];
  };
  readonly unpicked?: string;
  /** Where the policy or the route retries: the host of each further try. */
  readonly retries?: readonly string[];
  readonly setCookie: readonly string[];
  readonly down?: Down;
  readonly sticky?: {
    readonly utilizationTarget: number;
    readonly loadBound: number;
    readonly maxHops: number;
    /** Envoy's own Maglev picks, so a key stays on its host however busy that is. */
    readonly ignored?: true;
    /** With the loads of --utilization, after REPORTED_SECONDS of such reports. */
    readonly loaded?: {
      readonly seconds: number;
      /** Hosts that give keys away, and the share of theirs. */
      readonly shed: readonly { readonly host: string; readonly share: number }[];
      /** Where this key goes then; undefined: it has none. */
      readonly host?: string;
    };
  };
}

export interface ExplainedKey {
  /** `cookie FooBar`. */
  readonly part: string;
  readonly from: 'absent' | 'request' | 'generated' | 'unknown';
  /** Why the value cannot be told. */
  readonly because?: string;
  readonly value?: string;
  /** Of what is hashed, hexadecimal. */
  readonly bytes?: string;
  readonly hash?: string;
}

export interface ExplainedAttempt {
  /** Of Envoy's; where a policy that is sticky until hot picks, the number of the changed key. */
  readonly attempt: number;
  readonly hash: string;
  readonly slot: number;
  readonly host: string;
}

/** What happens with the hosts of --unhealthy down. */
export interface Down {
  readonly hosts: readonly string[];
  /** True when so many hosts are down that Envoy ignores health. */
  readonly panic: boolean;
  /** Where the request goes; undefined: nowhere. */
  readonly host?: string;
  readonly why: string;
}
