/**
 * What the server of the dashboard tells its page, as JSON. Of the server the page imports these types and
 * nothing else, so both sides are checked against the same words.
 */

import type { OrcaExplanation } from '../explain/orca-explanation.ts';

/** `shop.yaml:12`, or '' where it is not known. */
export type Place = string;

/** What is balanced how: changes with the configuration alone. */
export interface Overview {
  readonly program: 'run' | 'serve';
  readonly version: string;
  /** `namespace/name` of the Gateway; '' for all of the input. */
  readonly gateway: string;
  /** All Gateways that are served, for choosing one. */
  readonly gateways: readonly string[];
  readonly routes: readonly RouteRow[];
  readonly pools: readonly PoolRow[];
  /** Routes and pools beyond MAX_ROWS, which are not listed. */
  readonly more: number;
}

export interface RouteRow {
  readonly name: string;
  readonly listener: string;
  readonly domains: readonly string[];
  readonly matches: string;
  /** What becomes of its requests, where they go to no pool. */
  readonly answer: string;
  readonly pools: readonly string[];
  readonly policy: PolicyRow | undefined;
  readonly at: Place;
}

export interface PolicyRow {
  /** `BackendTrafficPolicy default/cookie-policy`. */
  readonly title: string;
  readonly at: Place;
  readonly overrides: readonly string[];
  readonly rejected: readonly string[];
}

export interface PoolRow {
  /** The name of Envoy's cluster. */
  readonly id: string;
  /** Envoy Gateway's name, as a person reads it. */
  readonly label: string;
  /** `ConsistentHash`, as the API has it. */
  readonly balancer: string;
  /** `cookie FooBar`; '' where no key counts. */
  readonly key: string;
  /** Sticky until hot. */
  readonly sticky: boolean;
  readonly hosts: readonly HostRow[];
  readonly policy: string;
  readonly at: Place;
}

export interface HostRow {
  readonly host: string;
  /** 0..1, by weights alone; 0 for one that drains or stands by. */
  readonly share: number;
  readonly zone: string;
  /** '' for one that serves. */
  readonly role: '' | 'draining' | 'standby';
}

/** What Envoy counts now. */
export interface Now {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Why Envoy cannot be asked; '' when it answers. */
  readonly trouble: string;
  /** All pools are here; otherwise those that are not as they were told before. */
  readonly whole: boolean;
  readonly pools: readonly PoolNow[];
  /** Of the one pool that the page shows whole. */
  readonly hosts: readonly HostNow[];
}

export interface PoolNow {
  readonly id: string;
  /** Requests a second over the last WINDOW_SECONDS. */
  readonly rate: number;
  /** Of the requests, 0..1. */
  readonly errors: number;
  /** Of those whose health is known. */
  readonly healthy: number;
  readonly total: number;
  /** Milliseconds to the end of the answer; undefined when Envoy has none. */
  readonly p50?: number;
  readonly p99?: number;
  /** The host that is farthest from what it should get, in words; '' when none is. */
  readonly remark: string;
}

export interface HostNow {
  readonly host: string;
  /** Undefined where Envoy does not tell. */
  readonly healthy?: boolean;
  /** Envoy's flags, as `failed_active_hc`; '' when healthy. */
  readonly why: string;
  readonly rate: number;
  /** 0..1 of the pool's requests in the window. */
  readonly share: number;
  /** 0..1, by the weights of the input; undefined where load reports decide, which Envoy does not show. */
  readonly due?: number;
  readonly remark: string;
  readonly errors: number;
  readonly inFlight: number;
  /** Of its last load report. */
  readonly utilization?: number;
  /** Milliseconds to the headers of its fastest answer in the last second, for a sticky pool. */
  readonly fastest?: number;
  /** 0..1 of its keys that it gives away. */
  readonly shed?: number;
}

/** Lines over the last HISTORY_SECONDS. */
export interface History {
  readonly pool: string;
  /** Milliseconds since 1970, oldest first. */
  readonly times: readonly number[];
  readonly hosts: readonly {
    readonly host: string;
    /** null: not seen then. */
    readonly rate: readonly (number | null)[];
    readonly utilization: readonly (number | null)[];
  }[];
}

/** The hosts' shares of a pool's requests, as they were seen around a change. */
export interface SeenShares {
  /** Why there are none; '' when there are. */
  readonly why: string;
  /** Of the minute before, and of the minute after; 0..1. */
  readonly hosts: readonly {
    readonly host: string;
    readonly before: number;
    readonly after: number;
  }[];
}

export interface ChangeRow {
  readonly id: number;
  readonly at: number;
  readonly gateway: string;
  /** What differs, in words. */
  readonly parts: readonly string[];
  readonly sources: readonly { readonly what: string; readonly at: Place }[];
  readonly result: 'acknowledged' | 'refused' | 'unanswered' | 'waiting';
  /** Why what Envoy has stays, in whose words. */
  readonly reason: string;
  /** From the change to the last answer. */
  readonly ms: number;
  /** Those that have it. */
  readonly envoys: readonly string[];
  /** Pools that send by key and whose hosts changed: their moved keys can be asked for. */
  readonly moved: readonly string[];
}

/** What hosts send as load reports, since the page shows it. */
export interface Heard {
  readonly hosts: readonly HeardHost[];
  /** Further hosts, which are not listed. */
  readonly more: number;
  /** Why nothing can be heard; '' when it can. */
  readonly trouble: string;
}

export interface HeardHost {
  /** The name of Envoy's cluster. */
  readonly pool: string;
  readonly host: string;
  readonly accepted: number;
  readonly repaired: number;
  readonly refused: number;
  /** The last one that could be read, and the last one that was refused. */
  readonly reports: readonly HeardReport[];
}

export interface HeardReport {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly header: string;
  /** What cannot be printed is `?`; cut when it has more bytes than this has letters. */
  readonly value: string;
  readonly bytes: number;
  readonly result: 'accepted' | 'repaired' | 'refused';
  /** Why it is refused, in words. */
  readonly because: string;
  /** How Envoy alone reads it; undefined where it is cut. */
  readonly native: OrcaExplanation['native'] | undefined;
}

/** The filter's counters, by their names in docs/METRICS.md. */
export interface Reports {
  readonly counters: readonly { readonly name: string; readonly value: number }[];
}

export interface FleetRow {
  readonly id: string;
  readonly gateway: string;
  readonly zone: string;
  readonly envoy: string;
  readonly current: boolean;
  readonly behindSeconds: number;
  /** What it refuses, and in which words. */
  readonly refused: string;
  /** What it cannot have, being too old, and what it does instead. */
  readonly lacks: readonly string[];
  /** Undefined: it has told nothing yet. */
  readonly load?: {
    /** Requests a second. */
    readonly rate: number;
    /** Of the requests, 0..1. */
    readonly errors: number;
  };
}

/** What comes as server-sent events, by the name of the event. */
export interface Events {
  readonly overview: Overview;
  readonly now: Now;
  readonly changes: readonly ChangeRow[];
  readonly reports: Reports;
  readonly fleet: readonly FleetRow[];
  readonly heard: Heard;
}

/** Rates and shares are of this time. */
export const WINDOW_SECONDS = 10;
export const HISTORY_SECONDS = 900;
/** Hosts whose load reports are listed. */
export const MAX_HEARD = 200;
/** Routes, and pools, that are listed. */
export const MAX_ROWS = 2_000;
