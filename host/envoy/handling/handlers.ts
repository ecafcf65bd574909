/** All handlers of a policy, and the places of their filters among the others. */
import type { Route } from '../../plan/types.ts';
import { any } from '../any.ts';
import type { EnvoyRoute, HttpFilter } from '../types.ts';
import type { Handler } from './handler.ts';
import { localLimit } from './local-limit.ts';

const handlers: readonly Handler[] = [localLimit];

export const handlingFilters = (routes: readonly Route[]): HttpFilter[] =>
  handlers.flatMap(({ filters }) => filters(routes));

/** With what else is switched on for the route. */
export function withHandling(
  { handling }: Route,
  others: EnvoyRoute['typed_per_filter_config'],
): EnvoyRoute['typed_per_filter_config'] {
  if (handling === undefined) return others;
  const own = handlers
    .flatMap(({ onRoute }) => onRoute(handling))
    .map(([name, config]) => [name, any('envoy.config.route.v3.FilterConfig', { config })] as const);
  return { ...Object.fromEntries(own), ...others };
}
