/**
 * The filter's configuration for one pool of one route, as host/filter/config.ts writes it for a whole
 * listener.
 */

import { NO_EDITS } from '../plan/routes/no-edits.ts';
import type { ConnectionRoute, ForwardAction, Pool, Route } from '../plan/types.ts';
import { type SelectConfig, selection } from './config.ts';

export type ForwardRoute = Route & { readonly action: ForwardAction };

export const isForward = (route: Route): route is ForwardRoute => route.action.kind === 'forward';

/** A route of connections as one of requests, for what reads its key and its shares. */
export const asRequests = ({ name, to, hash, from, policy }: ConnectionRoute): ForwardRoute => ({
  name,
  match: { path: { kind: 'prefix', value: '/' }, headers: [], query: [] },
  requestHeaders: NO_EDITS,
  responseHeaders: NO_EDITS,
  from,
  policy,
  action: {
    kind: 'forward',
    to,
    split: to.length > 1,
    missingStatus: 500,
    hash,
    stripLoadReports: false,
    upgrades: [],
    mirrors: [],
    timeouts: {},
  },
});

/**
 * Also for a pool that the emitted configuration leaves to Envoy (a client may name the host, the route
 * changes the key): Envoy's own table has the same slots. A cookie that is missing is made, as Envoy would do
 * it for a connection of these addresses. Undefined: no table, since hosts are not known,
 * there are none or too many, or the pool does not hash.
 */
export function poolConfig(route: ForwardRoute, pool: Pool): SelectConfig | undefined {
  const { balancer } = pool;
  if (balancer.kind !== 'maglev') return undefined;
  const alone: Route = {
    ...route,
    requestHeaders: NO_EDITS,
    action: { ...route.action, to: [{ pool: pool.name, weight: 1 }], rewrite: undefined },
  };
  const listener = { name: '', address: '', port: 0, from: route.from };
  const virtualHosts = [{ name: '', domains: ['*'], routes: [alone] }];
  const plain: Pool = {
    ...pool,
    // Of connections, which it never picks for.
    protocol: pool.protocol === 'tcp' ? 'http1' : pool.protocol,
    overrideHeaders: [],
    balancer: { ...balancer, sticky: undefined },
  };
  return selection({ ...listener, virtualHosts }, new Map([[pool.name, plain]]), () => true)?.config;
}
