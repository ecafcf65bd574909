/**
 * Connections that are passed on → filter chains with envoy.filters.network.tcp_proxy, one for each route of
 * the listener. Envoy chooses by the server name: the exact one, then the longest wildcard.
 */
import type { Cidr } from '../basics/cidr.ts';
import { given } from '../basics/collections.ts';
import type { ConnectionRoute, Connections, Listener } from '../plan/types.ts';
import { extension } from './any.ts';
import { connectionLimit, handshakeTimeout } from './clients/manager.ts';
import { optionalDuration } from './durations.ts';
import type { EnvoyListener, EnvoyOptions } from './envoy-types.ts';
import { MISSING_CLUSTER } from './forward.ts';
import { elsewhere, rangesOf } from './sources.ts';
import { downstreamSocket } from './tls.ts';

type Chain = EnvoyListener['filter_chains'][number];

export const connectionChains = (
  { port, tls, clients }: Listener,
  { kind, routes }: Connections,
  options: Pick<EnvoyOptions, 'tlsFolder'>,
): Chain[] =>
  routes.flatMap(bySources).map(({ sources, ...route }) => ({
    name: route.name,
    filter_chain_match: matchOf(kind, route, sources),
    filters: [
      ...connectionLimit(clients, `${kind}-${port}`),
      extension('envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy', {
        stat_prefix: `${kind}-${port}`,
        ...destination(route),
        idle_timeout: optionalDuration(clients?.settings.timeout?.tcpIdleMs),
        hash_policy: route.hash.length === 0 ? undefined : [{ source_ip: {} }],
      }),
    ],
    // What is closed needs no handshake before.
    ...(tls === undefined || route.closed !== undefined
      ? {}
      : downstreamSocket(tls, undefined, options, clients)),
    transport_socket_connect_timeout: handshakeTimeout(clients),
  }));

type Sourced = ConnectionRoute & { readonly sources?: readonly Cidr[] };

/** A route with addresses is up to three: those that may connect, those that may not, and all others. */
function bySources(route: ConnectionRoute): Sourced[] {
  const { authorization, closed, name } = route;
  if (authorization === undefined || closed !== undefined) return [route];
  const shut = {
    ...route,
    to: [{ pool: null, weight: 1 }],
    closed: 'the address is not let in',
  };
  const ranges = rangesOf(authorization);
  const by = { Allow: route, Deny: shut } as const;
  const some = (['Allow', 'Deny'] as const).flatMap((action): Sourced[] =>
    ranges[action].length === 0
      ? []
      : [{ ...by[action], name: `${name}/${action.toLowerCase()}`, sources: ranges[action] }],
  );
  return [...some, by[elsewhere(authorization)]];
}

/** Plain bytes on a port for TLS would else reach a backend whose route is for any name. */
function matchOf(
  kind: Connections['kind'],
  { serverNames }: ConnectionRoute,
  sources: readonly Cidr[] | undefined,
): Chain['filter_chain_match'] {
  const source = given(sources, (ranges) => ({
    source_prefix_ranges: ranges.map(({ first, bits }) => ({ address_prefix: first, prefix_len: bits })),
  }));
  if (serverNames.length > 0) return { server_names: serverNames, ...source };
  return kind === 'tls-passthrough' ? { transport_protocol: 'tls', ...source } : source;
}

/** Envoy closes a connection whose cluster does not exist. */
function destination({ to }: ConnectionRoute) {
  const clusters = to.map(({ pool, weight }) => ({ name: pool ?? MISSING_CLUSTER, weight }));
  const [first, ...others] = clusters as [(typeof clusters)[number], ...typeof clusters];
  return others.length === 0 ? { cluster: first.name } : { weighted_clusters: { clusters } };
}
