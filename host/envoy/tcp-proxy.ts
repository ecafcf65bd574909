/**
 * Connections that are passed on → filter chains with envoy.filters.network.tcp_proxy, one for each route of
 * the listener. Envoy chooses by the server name: the exact one, then the longest wildcard.
 */
import type { ConnectionRoute, Connections, Listener } from '../plan/types.ts';
import { extension } from './any.ts';
import { connectionLimit, handshakeTimeout } from './clients/manager.ts';
import { optionalDuration } from './durations.ts';
import { MISSING_CLUSTER } from './forward.ts';
import { downstreamSocket } from './tls.ts';
import type { EnvoyListener, EnvoyOptions } from './types.ts';

type Chain = EnvoyListener['filter_chains'][number];

export const connectionChains = (
  { port, tls, clients }: Listener,
  { kind, routes }: Connections,
  options: Pick<EnvoyOptions, 'tlsFolder'>,
): Chain[] =>
  routes.map((route) => ({
    name: route.name,
    filter_chain_match: matchOf(kind, route),
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

/** Plain bytes on a port for TLS would else reach a backend whose route is for any name. */
function matchOf(kind: Connections['kind'], { serverNames }: ConnectionRoute): Chain['filter_chain_match'] {
  if (serverNames.length > 0) return { server_names: serverNames };
  return kind === 'tls-passthrough' ? { transport_protocol: 'tls' } : undefined;
}

/** Envoy closes a connection whose cluster does not exist. */
function destination({ to }: ConnectionRoute) {
  const clusters = to.map(({ pool, weight }) => ({ name: pool ?? MISSING_CLUSTER, weight }));
  const [first, ...others] = clusters as [(typeof clusters)[number], ...typeof clusters];
  return others.length === 0 ? { cluster: first.name } : { weighted_clusters: { clusters } };
}
