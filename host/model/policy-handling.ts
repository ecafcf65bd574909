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
}
