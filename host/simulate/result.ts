/**
 * What a simulation found for one pool, with the words that say what was simulated. The JSON output is an
 * array of these.
 */
import type { Simulated } from './simulate.ts';

export interface PoolReport extends Simulated {
  readonly pool: string;
  /** Names of the routes that send to it by these keys. */
  readonly routes: readonly string[];
  /** `BackendTrafficPolicy default/cookie-policy`. */
  readonly policy?: string;
  /** What is hashed, e.g. `cookie FooBar`. */
  readonly key: string;
  readonly tableSize: number;
  /** The change, in the words of the command line; undefined: none. */
  readonly change?: string;
  /** Full requests through the filter whose pick was compared with the table's. */
  readonly sampled: number;
  readonly notes: readonly string[];
}
