/** What one part of a policy's handling becomes: filters of a listener, and what a route gives each of them. */
import type { Handling, Route } from '../../plan/types.ts';
import type { Any } from '../any.ts';
import type { HttpFilter } from '../types.ts';

export interface Handler {
  /** Of a listener with these routes, disabled; none where no route needs one. */
  readonly filters: (routes: readonly Route[]) => readonly HttpFilter[];
  /** By the filter's name: it is switched on with this configuration. */
  readonly onRoute: (handling: Handling) => readonly (readonly [string, Any])[];
}
