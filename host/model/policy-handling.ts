/**
 * What the policies of a route or a filter of its rule ask of the proxy for requests and their answers,
 * besides choosing a host and forwarding. It is part of the plan too.
 */

import type { ApiKeyAuth, BasicAuth, Injection } from './credentials.ts';
import type { Cors, Csrf } from './origins.ts';
import type { GlobalRule, LocalLimit } from './policy-limits.ts';
import type { Authorization } from './security.ts';
import type { Session } from './session.ts';

export type * from './credentials.ts';
export type * from './origins.ts';
export type * from './policy-limits.ts';

export interface Handling {
  /** Of a filter, or of a SecurityPolicy. */
  readonly cors?: Cors;
  readonly csrf?: Csrf;
  readonly authorization?: Authorization;
  /** Of a rule. */
  readonly session?: Session;
  readonly basicAuth?: BasicAuth;
  readonly apiKeyAuth?: ApiKeyAuth;
  /** Of a filter. */
  readonly injection?: Injection;
  readonly localLimit?: LocalLimit;
  readonly globalLimit?: readonly GlobalRule[];
  readonly fault?: Fault;
  /** In the order of preference; not empty. */
  readonly compressors?: readonly Compressor[];
  /** Requests are held until they are whole; larger ones are answered 413. */
  readonly bufferBytes?: number;
  readonly bandwidth?: Bandwidth;
  /** The first that matches holds; not empty. */
  readonly overrides?: readonly ResponseOverride[];
}

/** Percentages of requests, up to four digits behind the point. */
export interface Fault {
  readonly delay?: { readonly ms: number; readonly percentage: number };
  readonly abort?: {
    readonly status: number;
    readonly kind: 'http' | 'grpc';
    readonly percentage: number;
  };
}
export interface Compressor {
  readonly type: 'Gzip' | 'Brotli' | 'Zstd';
  /** Smaller answers are left as they are; undefined: Envoy's 30. */
  readonly minBytes?: number;
}
/** KiB in a second, of all requests of a route together. */
export interface Bandwidth {
  readonly requestKib?: number;
  readonly responseKib?: number;
  /** Answers tell in trailers how long they were held; their names begin with this. */
  readonly trailers?: { readonly prefix?: string };
}

/** What Envoy answers by itself. */
export interface Answer {
  /** Undefined: as it was. */
  readonly status?: number;
  readonly contentType?: string;
  readonly body?: string;
  /** The body is in this ConfigMap. */
  readonly configMap?: string;
  readonly set: readonly { readonly name: string; readonly value: string }[];
  readonly add: readonly { readonly name: string; readonly value: string }[];
}

/** An answer in place of those that match. */
export interface ResponseOverride {
  /** One of them; empty: any status. */
  readonly statuses: readonly { readonly from: number; readonly to: number }[];
  /** All of them. */
  readonly headers: readonly {
    readonly name: string;
    readonly kind: 'exact' | 'prefix' | 'suffix' | 'regex';
    readonly value: string;
  }[];
  /** Answers of the proxy itself, or of backends; undefined: both. */
  readonly source?: 'Local' | 'Backend';
  readonly answer?: Answer;
  /** The request is sent on to another route, and its answer gets this status. */
  readonly redirect?: {
    readonly scheme?: string;
    readonly host?: string;
    readonly port?: number;
    readonly path?: string;
    readonly status: number;
  };
}
