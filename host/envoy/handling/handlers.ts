/** All handlers of a policy, and the places of their filters among the others. */
import type { Listener, Route } from '../../plan/types.ts';
import { any } from '../any.ts';
import type { EnvoyOptions, EnvoyRoute, HttpFilter } from '../envoy-types.ts';
import { authorization } from './authorization-filter.ts';
import { compression } from './compression.ts';
import { cors } from './cors-filter.ts';
import { csrf } from './csrf-filter.ts';
import { globalLimit } from './global-limit.ts';
import type { Handler } from './handler.ts';
import { injection } from './injection.ts';
import { localLimit } from './local-limit.ts';
import { proof } from './proof-filters.ts';
import { responseOverride } from './response-override.ts';
import { session } from './session-filter.ts';
import { bandwidth, fault, requestBuffer } from './simple.ts';

const handlers: readonly Handler[] = [
  responseOverride,
  fault,
  cors,
  csrf,
  proof,
  requestBuffer,
  authorization,
  localLimit,
  globalLimit,
  bandwidth,
  injection,
  compression,
  session,
];

export function handlingFilters(listener: Listener, options: EnvoyOptions): HttpFilter[] {
  const routes = listener.virtualHosts
    .flatMap((host) => host.routes)
    .filter(({ handling }) => handling !== undefined);
  return routes.length === 0 && options.live !== true
    ? []
    : handlers.flatMap(({ filters }) => filters(routes, listener, options));
}

/** With what else is switched on for the route. */
export function withHandling(
  route: Route,
  others: EnvoyRoute['typed_per_filter_config'],
  live: boolean,
): EnvoyRoute['typed_per_filter_config'] {
  const { handling } = route;
  if (handling === undefined) return others;
  const own = handlers
    .flatMap(({ onRoute }) => onRoute(handling, route, live))
    .map(([name, config]) => [name, any('envoy.config.route.v3.FilterConfig', { config })] as const);
  return { ...Object.fromEntries(own), ...others };
}
