/**
 * A static bootstrap → the small one that an Envoy starts from, and the resources that it then asks for:
 * listeners, their routes, clusters, their endpoints, and the configurations of our wasm filters. What Envoy
 * gets is the same, so a static file and a served configuration can be compared.
 */
import { Recent } from '../basics/recent.ts';
import { type Any, any, isA, typeUrl } from '../envoy/any.ts';
import type {
  Bootstrap,
  Cluster,
  EnvoyListener,
  EnvoyRoute,
  HttpFilter,
  RouteConfiguration,
} from '../envoy/envoy-types.ts';
import { SELECT } from '../envoy/filters.ts';
import type { ConfigSourceJson } from '../proto/core_pb.js';
import type { Kind } from './registry.ts';

/** Resources by name, as the JSON of their messages. */
export type Resources = Readonly<Record<Kind, ReadonlyMap<string, object>>>;

/** Envoy asks for it on the stream that its bootstrap opens. */
const BY_ADS = { ads: {}, resource_api_version: 'V3' } as const;
const WASM = 'envoy.extensions.filters.http.wasm.v3.Wasm';
const MANAGER = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
const PROTOCOLS = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';
/**
 * Does nothing. Without a default a request is answered 500 while the first configuration is missing or
 * refused.
 */
const NO_FILTER = any('envoy.extensions.filters.http.header_mutation.v3.HeaderMutation', { mutations: {} });

/** What was made of the very cluster. */
export type KnownParts = Recent<Cluster, ReturnType<typeof splitCluster>>;

/**
 * All but the cluster of the proxies themselves, which Envoy wants in its bootstrap.
 * @param secrets What listeners and clusters may refer to by name, with the keys hidden (host/envoy/tls.ts).
 * @param known Of the bootstrap before: what was made of the same clusters is taken again.
 * @throws {Error} when two resources of a kind have one name.
 */
export function resourcesOf(
  { static_resources, cluster_manager }: Bootstrap,
  secrets: ReadonlyMap<string, object> = new Map(),
  known: KnownParts = new Recent(),
): Resources {
  known.turn();
  const maps = {
    cds: new Map(),
    eds: new Map(),
    ecds: new Map(),
    sds: new Map(),
    lds: new Map(),
    rds: new Map(),
  };
  const wanted = new Set<string>();
  for (const cluster of static_resources.clusters) {
    if (cluster.name === cluster_manager?.local_cluster_name) continue;
    const { served, endpoints, filters, secretNames } = known.of(cluster, () => splitCluster(cluster));
    for (const name of secretNames) wanted.add(name);
    put(maps.cds, cluster.name, served);
    if (endpoints !== undefined) put(maps.eds, cluster.name, endpoints);
    for (const filter of filters) put(maps.ecds, filter.name, filter);
  }
  for (const listener of static_resources.listeners) {
    const { served, routes, filters } = splitListener(listener);
    put(maps.lds, listener.name, served);
    for (const name of namesOfSecrets(served.filter_chains)) wanted.add(name);
    for (const table of routes) put(maps.rds, table.name, table);
    for (const filter of filters) put(maps.ecds, filter.name, filter);
  }
  // What nothing asks for would never be acknowledged.
  for (const [name, secret] of secrets) if (wanted.has(name)) put(maps.sds, name, secret);
  return maps;
}

/** Of all SdsSecretConfigs in a resource. */
function namesOfSecrets(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const { name, sds_config } = value as { readonly name?: unknown; readonly sds_config?: unknown };
  if (sds_config !== undefined && typeof name === 'string') return [name];
  return Object.values(value).flatMap(namesOfSecrets);
}

function put(map: Map<string, object>, name: string, resource: object): void {
  if (map.has(name)) throw new Error(`two resources are named ${name}`);
  map.set(name, resource);
}

/** One that picks no host yet stands there without wasm. */
const isOurs = ({ name, typed_config }: HttpFilter): boolean =>
  name.startsWith(SELECT) || isA(WASM, typed_config);
const nameAt = (name: string, where: string): string => `${name}/${where}`;

interface FilterResource {
  readonly name: string;
  readonly typed_config: Any;
}

/**
 * @param sourceOf Where Envoy asks for what the listener refers to: routes, and the filter's configuration.
 */
export function splitListener(
  listener: EnvoyListener,
  sourceOf: (kind: 'rds' | 'ecds', name: string) => ConfigSourceJson = () => BY_ADS,
) {
  const routes: RouteConfiguration[] = [];
  const filters: FilterResource[] = [];
  const chains = listener.filter_chains.map((chain) => ({
    ...chain,
    filters: chain.filters.map((network) => {
      const where = chain.name ?? listener.name;
      if (!isA(MANAGER, network.typed_config)) return network;
      const { route_config, http_filters = [], ...manager } = network.typed_config;
      if (route_config === undefined) return network;
      routes.push(withFilterNames(route_config, http_filters, where));
      return {
        ...network,
        typed_config: {
          ...manager,
          rds: {
            route_config_name: route_config.name,
            config_source: sourceOf('rds', route_config.name),
          },
          http_filters: http_filters.map((filter) => discovered(filter, where, filters, sourceOf)),
        },
      };
    }),
  }));
  return { served: { ...listener, filter_chains: chains }, routes, filters };
}

/** Routes switch a filter on by its name. */
function withFilterNames(table: RouteConfiguration, filters: readonly HttpFilter[], where: string) {
  const ours = new Map(filters.filter(isOurs).map(({ name }) => [name, nameAt(name, where)]));
  const renamed = (route: EnvoyRoute): EnvoyRoute => {
    const own = route.typed_per_filter_config;
    if (own === undefined || ours.size === 0) return route;
    const entries = Object.entries(own).map(([name, config]) => [ours.get(name) ?? name, config] as const);
    return { ...route, typed_per_filter_config: Object.fromEntries(entries) };
  };
  return {
    ...table,
    virtual_hosts: table.virtual_hosts.map((host) => ({ ...host, routes: host.routes.map(renamed) })),
  };
}

/** A cluster whose hosts are names (`cluster_type`) stays as it is: Envoy itself resolves them. */
function splitCluster(cluster: Cluster) {
  const filters: FilterResource[] = [];
  const options = Object.entries(cluster.typed_extension_protocol_options ?? {}).map(([name, option]) => {
    if (!isA(PROTOCOLS, option)) return [name, option] as const;
    const served = option.http_filters?.map((filter) =>
      discovered(filter, cluster.name, filters, () => BY_ADS),
    );
    return [name, { ...option, http_filters: served }] as const;
  });
  const served = {
    ...cluster,
    typed_extension_protocol_options: options.length === 0 ? undefined : Object.fromEntries(options),
  };
  const { transport_socket, transport_socket_matches } = cluster;
  const secretNames = namesOfSecrets([transport_socket, transport_socket_matches]);
  if (cluster.type !== 'STATIC') return { served, endpoints: undefined, filters, secretNames };
  return {
    served: {
      ...served,
      type: 'EDS',
      eds_cluster_config: { eds_config: BY_ADS },
      load_assignment: undefined,
    },
    endpoints: cluster.load_assignment,
    filters,
    secretNames,
  };
}

/**
 * Our wasm filter's configuration becomes a resource of its own: a change of hosts then changes neither
 * listener nor cluster. The resource is found by the filter's name, which therefore says where the filter
 * stands.
 */
function discovered(
  filter: HttpFilter,
  where: string,
  found: FilterResource[],
  sourceOf: (kind: 'ecds', name: string) => ConfigSourceJson,
): object {
  if (!isOurs(filter)) return filter;
  const name = nameAt(filter.name, where);
  found.push({ name, typed_config: filter.typed_config });
  const { typed_config: _, ...rest } = filter;
  return {
    ...rest,
    name,
    config_discovery: {
      config_source: sourceOf('ecds', name),
      default_config: NO_FILTER,
      apply_default_config_without_warming: true,
      type_urls: [typeUrl(WASM), NO_FILTER['@type']],
    },
  };
}
