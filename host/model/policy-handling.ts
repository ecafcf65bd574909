/**
 * What a BackendTrafficPolicy or a filter of a rule asks of the proxy for requests and their answers, besides
 * choosing a host and forwarding. It is part of the plan too.
 */
import type { Cors } from './cors.ts';
import type { GlobalRule, LocalLimit } from './policy-limits.ts';

export type * from './cors.ts';
export type * from './policy-limits.ts';

export interface Handling {
  /** Of a filter. */
  readonly cors?: Cors;
  readonly localLimit?: LocalLimit;
  readonly globalLimit?: readonly GlobalRule[];
  readonly fault?: Fault;
  /** In the order of preference; not empty. */
  readonly compressors?: readonly Compressor[];
  /** Requests are held until they are whole; larger ones are answered 413. */
  readonly bufferBytes?: number;
  readonly bandwidth?: Bandwidth;
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
