/**
 * One shape for two sides: what Envoy Gateway made of a case (oracle/xds, Envoy's API as JSON, condensed) and
 * the bootstrap that we emit. Nothing is summarised: whole clusters and routes are compared, field by field,
 * after what follows from the setting is taken out: EDS and RDS against inline, names of fields (camelCase
 * against snake_case), metadata, and the skeleton that every cluster of Envoy Gateway has and the oracle's
 * files leave out.
 */

// biome-ignore lint/suspicious/noExplicitAny: Envoy's API as JSON
export type Json = any;

export interface View {
  /** `name address:port`. */
  listeners: string[];
  clusters: Json[];
  /** By cluster: localities with `ip:port w=<weight>[ DRAINING]`. */
  endpoints: Json[];
  /** Route configurations. */
  routes: Json[];
}

/** The oracle's side: one or several Gateways, each with the four lists. */
export function viewOfOracle(file: Json): View {
  const all = (list: keyof View): Json[] =>
    Object.values<Json>(file).flatMap((gateway) => gateway[list] ?? []);
  return {
    listeners: all('listeners'),
    clusters: all('clusters').map(normal),
    endpoints: all('endpoints').map((entry) =>
      normal({ ...entry, localities: entry.localities.map(locality) }),
    ),
    routes: all('routes').map((config) => normal({ ...config, virtualHosts: config.virtualHosts ?? [] })),
  };
}

/** A locality without a weight is written as `weight: null`. */
const locality = ({ weight, ...rest }: Json): Json => (weight == null ? rest : { ...rest, weight });

/**
 * What Envoy Gateway gives every cluster (oracle: "Common cluster skeleton"). Must be there, and is then
 * taken out.
 */
const skeleton: Readonly<Record<string, Json>> = {
  connectTimeout: '10s',
  ignoreHealthOnHostRemoval: true,
  perConnectionBufferLimitBytes: 32_768,
  circuitBreakers: { thresholds: [{ maxRetries: 1024 }] },
};

/** Our side: a bootstrap for the engine `native`. */
export function viewOfBootstrap(bootstrap: Json): View {
  const { listeners, clusters } = camel(JSON.parse(JSON.stringify(bootstrap))).staticResources;
  return {
    listeners: listeners.map(
      ({ name, address: { socketAddress: at } }: Json) => `${name} ${at.address}:${at.portValue}`,
    ),
    clusters: clusters.map((cluster: Json) => normal(ownCluster(cluster))),
    endpoints: clusters
      .filter(({ type }: Json) => type === 'STATIC')
      .map(({ name, loadAssignment }: Json) =>
        normal({ cluster: name, localities: loadAssignment.endpoints.map(condensed) }),
      ),
    routes: listeners.flatMap(
      ({
        filterChains: [
          {
            filters: [network],
          },
        ],
      }: Json) => {
        // One that passes connections on has no table of routes.
        const { routeConfig } = network.typedConfig;
        return routeConfig === undefined ? [] : [normal(ownRoutes(routeConfig))];
      },
    ),
  };
}

function ownCluster(cluster: Json): Json {
  const { type, loadAssignment, ...rest } = cluster;
  for (const [field, value] of Object.entries(skeleton)) {
    if (JSON.stringify(rest[field]) === JSON.stringify(value)) delete rest[field];
    else if (rest[field] === undefined) rest[field] = 'missing';
  }
  return type === 'STATIC' ? { ...rest, type: 'EDS' } : { ...rest, loadAssignment };
}

const condensed = ({ locality, loadBalancingWeight, priority, lbEndpoints }: Json): Json => ({
  locality,
  weight: loadBalancingWeight,
  priority: priority ?? 0,
  hosts: lbEndpoints.map(({ endpoint, loadBalancingWeight: weight, healthStatus }: Json) => {
    const { address, portValue } = endpoint.address.socketAddress;
    return `${address}:${portValue} w=${weight}${healthStatus === undefined ? '' : ` ${healthStatus}`}`;
  }),
});

/**
 * `loadstar.strip` is how we strip trailers, gRPC-Web is switched on by route (Envoy Gateway: by listener),
 * and an upgrade that the listener lets through is refused by name; RDS does not look for clusters, an inline
 * configuration does unless told.
 */
function ownRoutes({ validateClusters: _, ...config }: Json): Json {
  return {
    ...config,
    virtualHosts: config.virtualHosts.map((host: Json) => ({
      ...host,
      routes: host.routes.map(({ typedPerFilterConfig, ...route }: Json) => {
        const {
          'loadstar.strip': strip,
          'envoy.filters.http.grpc_web': _grpcWeb,
          ...others
        } = typedPerFilterConfig ?? {};
        assertStrips(route, strip);
        withoutRefusedUpgrades(route);
        return Object.keys(others).length === 0 ? route : { ...route, typedPerFilterConfig: others };
      }),
    })),
  };
}

function withoutRefusedUpgrades({ route }: Json): void {
  if (route?.upgradeConfigs === undefined) return;
  route.upgradeConfigs = route.upgradeConfigs.filter(({ enabled }: Json) => enabled !== false);
  if (route.upgradeConfigs.length === 0) delete route.upgradeConfigs;
}

/** Who strips trailers strips headers; the reverse is a user's own header filter. */
function assertStrips(route: Json, strip: Json): void {
  const removed: string[] = route.responseHeadersToRemove ?? [];
  const headers = removed.some((name) => name.toLowerCase() === 'endpoint-load-metrics');
  const trailers = JSON.stringify(strip?.config.mutations.responseTrailersMutations ?? []);
  if (trailers.includes('endpoint-load-metrics-bin') && !headers)
    throw new Error(`${route.name}: strips load reports in trailers, but not in headers`);
}

const camelCase = (name: string): string =>
  // Type names, filter names and the names of headers hold a dot, a colon or a dash, and stay.
  /^[a-z0-9_]+$/.test(name)
    ? name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
    : name;

function camel(value: Json): Json {
  if (Array.isArray(value)) return value.map(camel);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [camelCase(key), camel(field)]));
}

/** 64-bit numbers are strings in protobuf's JSON, or numbers; both are read. */
const LONG = new Set(['tableSize', 'minClusterSize', 'hostSelectionRetryMaxAttempts']);

/**
 * Without metadata; 64-bit numbers as numbers; cookie attributes by name (Envoy Gateway's order is that of a
 * Go map: random).
 */
function normal(value: Json): Json {
  if (Array.isArray(value)) return value.map(normal);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries<Json>(value)
      .filter(([key, field]) => field !== undefined && key !== 'metadata')
      .map(([key, field]) => {
        if (LONG.has(key)) return [key, Number(field)];
        if (key === 'attributes') return [key, [...field].sort((a, b) => (a.name < b.name ? -1 : 1))];
        return [key, normal(field)];
      }),
  );
}
