/**
 * rateLimit of BackendTrafficPolicy (ratelimit_types.go), with defaults filled in. It is part of the plan
 * too.
 */

/** What a value is compared with. distinct: each value has a counter of its own. */
export type LimitTest =
  | { readonly kind: 'exact' | 'regex'; readonly value: string; readonly invert: boolean }
  | { readonly kind: 'distinct' };
/** A condition for a rule to count a request. */
export type LimitMatch =
  | { readonly of: 'header' | 'query'; readonly name: string; readonly test: LimitTest }
  /** One of them. */
  | { readonly of: 'method'; readonly methods: readonly string[]; readonly invert: boolean }
  | {
      readonly of: 'path';
      readonly kind: 'exact' | 'prefix' | 'regex';
      readonly value: string;
      readonly invert: boolean;
    }
  | {
      readonly of: 'address';
      /** The first address of the range, in its shortest form. */
      readonly first: string;
      /** Of the prefix, in bits. */
      readonly bits: number;
      readonly invert: boolean;
      /** Each address has a counter of its own. */
      readonly distinct: boolean;
    };

export interface LimitValue {
  readonly requests: number;
  readonly unit: 'Second' | 'Minute' | 'Hour' | 'Day' | 'Week' | 'Month' | 'Year';
  readonly unitSeconds: number;
  /** Whether answers say in x-ratelimit-* what is left; undefined: as the listener has it. */
  readonly headers?: boolean;
}
export interface LimitRule extends LimitValue {
  /** All must hold; headers, methods, path, address, query, as Envoy Gateway lists them. */
  readonly matches: readonly LimitMatch[];
  /** What a request counts; undefined: 1. */
  readonly cost?: number;
  /** It counts, but nothing is refused. */
  readonly shadow: boolean;
}

/**
 * Requests to a pool that fails are refused, the more of them the more it fails; all undefined: Envoy's
 * defaults.
 */
export interface AdmissionControl {
  readonly windowMs?: number;
  /** Percent. */
  readonly minSuccessRate?: number;
  readonly aggression?: number;
  /** Requests in a second: fewer are never refused. */
  readonly minRate?: number;
  /** Percent. */
  readonly maxRejected?: number;
  /**
   * What counts as a success; undefined: statuses below 500, and those of gRPC that are no fault of the
   * server.
   */
  readonly statuses?: readonly number[];
  readonly grpcStatuses?: readonly number[];
}

/** Counted by a rate limit service, for all Envoys that ask it. */
export interface GlobalRule extends LimitRule {
  /** All routes of the policy have one counter. */
  readonly shared: boolean;
  /** What is counted when the answer is there. */
  readonly responseCost?: number;
}

/** Counted by each Envoy for itself, for each route. */
export interface LocalLimit {
  /** For requests that no rule counts; undefined: without limit. */
  readonly otherwise?: LimitValue;
  readonly rules: readonly LimitRule[];
  /** Only rules that say so send `x-ratelimit-*`. */
  readonly silent?: true;
}
