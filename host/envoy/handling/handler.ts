/**
 * What one part of a policy's handling becomes: filters of a listener, and what a route gives each of them.
 */
import type { Handling, Listener, Route } from '../../plan/types.ts';
import type { Any } from '../any.ts';
import type { EnvoyOptions, HttpFilter } from '../envoy-types.ts';

export interface Handler {
  /**
   * Of a listener with these routes, disabled; none where no route needs one. The first use of another filter
   * holds for new connections alone.
   */
  readonly filters: (
    routes: readonly Route[],
    listener: Listener,
    options: EnvoyOptions,
  ) => readonly HttpFilter[];
  /** By the filter's name: it is switched on with this configuration. */
  readonly onRoute: (handling: Handling, route: Route, live: boolean) => readonly (readonly [string, Any])[];
}

export const uses = (routes: readonly Route[], part: keyof Handling): boolean =>
  routes.some(({ handling }) => handling?.[part] !== undefined);

export const disabled = (filter: HttpFilter): HttpFilter => ({ ...filter, disabled: true });

/**
 * The rule: one filter, which is there when a route uses the part, and gets what the part becomes.
 * @param protects Live it is always there, so that the first policy holds for connections that are open, too.
 */
export const oneFilter = <Part extends keyof Handling>(
  part: Part,
  filter: HttpFilter,
  config: (own: NonNullable<Handling[Part]>) => Any,
  protects = false,
): Handler => ({
  filters: (routes, _, { live }) => ((protects && live) || uses(routes, part) ? [filter] : []),
  onRoute: ({ [part]: own }) =>
    own === undefined ? [] : [[filter.name, config(own as NonNullable<typeof own>)]],
});
