/**
 * Of a served configuration what Envoy can check by itself: everything but what it gets by name, or hidden.
 */
import { isA } from './any.ts';
import type { Bootstrap, Cluster, EnvoyListener, EnvoyRoute } from './envoy-types.ts';
import { isInjection } from './handling/injection.ts';
import { isProof } from './handling/proof-filters.ts';

/** What Envoy can check without what comes by name: everything but that. */
export const withoutSecrets = (bootstrap: Bootstrap): Bootstrap => ({
  ...bootstrap,
  static_resources: {
    ...bootstrap.static_resources,
    listeners: bootstrap.static_resources.listeners.map((listener) => ({
      ...listener,
      filter_chains: listener.filter_chains.map(({ transport_socket: _, filters, ...chain }) => ({
        ...chain,
        filters: filters.map(filterWithoutSecrets),
      })),
    })),
    clusters: bootstrap.static_resources.clusters.map((cluster) => ({
      ...cluster,
      transport_socket: socketWithoutSecrets(cluster.transport_socket),
      transport_socket_matches: cluster.transport_socket_matches?.map((one) => ({
        ...one,
        transport_socket: socketWithoutSecrets(one.transport_socket),
      })),
    })),
  },
});

function socketWithoutSecrets(socket: Cluster['transport_socket']): Cluster['transport_socket'] {
  if (!isA('envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext', socket?.typed_config))
    return socket;
  const { common_tls_context, auto_sni_san_validation: _, ...rest } = socket.typed_config;
  const {
    combined_validation_context: __,
    tls_certificate_sds_secret_configs: ___,
    ...common
  } = common_tls_context ?? {};
  return { ...socket, typed_config: { ...rest, common_tls_context: common } };
}

type NetworkFilter = EnvoyListener['filter_chains'][number]['filters'][number];

function filterWithoutSecrets(filter: NetworkFilter): NetworkFilter {
  const manager = filter.typed_config;
  if (!isA('envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', manager))
    return filter;
  if (manager.route_config === undefined) return filter;
  const virtual_hosts = manager.route_config.virtual_hosts.map((host) => ({
    ...host,
    routes: host.routes.map(routeWithoutSecrets),
  }));
  return {
    ...filter,
    typed_config: {
      ...manager,
      route_config: { ...manager.route_config, virtual_hosts },
      http_filters: manager.http_filters?.filter(({ name }) => !isInjection(name)),
    },
  };
}

function routeWithoutSecrets(route: EnvoyRoute): EnvoyRoute {
  const own = route.typed_per_filter_config;
  if (own === undefined) return route;
  const kept = Object.entries(own).filter(([name]) => !isProof(name) && !isInjection(name));
  return { ...route, typed_per_filter_config: Object.fromEntries(kept) };
}
