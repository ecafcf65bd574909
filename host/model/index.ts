/** Look-ups by namespace and name over a Model: one Map each, built on first use. */
import { groupBy } from '../basics/collections.ts';
import type {
  AnyResource,
  AnyRoute,
  Backend,
  ConfigMap,
  EndpointSlice,
  HTTPRouteFilter,
  Model,
  Secret,
  Service,
} from './resources.ts';

/**
 * HTTPRoutes, GRPCRoutes, TLSRoutes, TCPRoutes, UDPRoutes: the order in which Envoy Gateway attaches them.
 */
export const routesOf = (model: Model): readonly AnyRoute[] => [
  ...model.httpRoutes,
  ...model.grpcRoutes,
  ...model.tlsRoutes,
  ...model.tcpRoutes,
  ...model.udpRoutes,
];

export interface ModelIndex {
  service(namespace: string, name: string): Service | undefined;
  backend(namespace: string, name: string): Backend | undefined;
  secret(namespace: string, name: string): Secret | undefined;
  configMap(namespace: string, name: string): ConfigMap | undefined;
  routeFilter(namespace: string, name: string): HTTPRouteFilter | undefined;
  /** EndpointSlices of a Service, sorted by name. */
  slicesOf(namespace: string, service: string): readonly EndpointSlice[];
}

/** Of several with one name the first. */
function byName<T extends AnyResource>(
  list: readonly T[],
): (namespace: string, name: string) => T | undefined {
  let groups: ReadonlyMap<string, readonly T[]> | undefined;
  return (namespace, name) => {
    groups ??= groupBy(list, ({ metadata }) => `${metadata.namespace}/${metadata.name}`);
    return groups.get(`${namespace}/${name}`)?.[0];
  };
}

export function indexModel(model: Model): ModelIndex {
  let slices: ReadonlyMap<string, readonly EndpointSlice[]> | undefined;
  return {
    service: byName(model.services),
    backend: byName(model.backends),
    secret: byName(model.secrets),
    configMap: byName(model.configMaps),
    routeFilter: byName(model.routeFilters),
    slicesOf(namespace, service) {
      slices ??= groupBy(
        model.endpointSlices,
        ({ metadata, spec }) => `${metadata.namespace}/${spec.serviceName ?? ''}`,
      );
      return slices.get(`${namespace}/${service}`) ?? [];
    },
  };
}
