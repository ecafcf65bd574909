/**
 * What a BackendTrafficPolicy asks of the proxy for requests and their answers, besides choosing a host and
 * forwarding. It is part of the plan too.
 */
import type { GlobalRule, LocalLimit } from './policy-limits.ts';

export type * from './policy-limits.ts';

export interface Handling {
  readonly localLimit?: LocalLimit;
  readonly globalLimit?: readonly GlobalRule[];
}
