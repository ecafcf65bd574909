/**
 * One shape for two sides: what Envoy Gateway made of a case (test/golden/oracle/xds) and what the plan says, both reduced to
 * names, order, balancing, endpoints and actions, so that they can be compared. Written from the oracle's files, not from the
 * emitter.
 */
import type { Balancer, ForwardAction, Plan, Pool, Route } from '../../../host/plan/types.ts';

// The oracle's files are Envoy's API as JSON; only the fields read here matter.
// biome-ignore lint/suspicious/noExplicitAny: see above
type Json = any;

export interface View {
  listeners: string[];
  clusters: Json[];
  endpoints: Json[];
  virtualHosts: Json[];
}

const seconds = (duration: string | undefined): number | undefined =>
  duration === undefined ? undefined : Math.round(Number.parseFloat(duration) * 1000);
const clean = (value: Json): Json => JSON.parse(JSON.stringify(value));

/** The oracle's side. */
export function viewOfOracle(file: Json): View {
  const view: View = { listeners: [], clusters: [], endpoints: [], virtualHosts: [] };
  for (const gateway of Object.values<Json>(file)) {
    view.listeners.push(...(gateway.listeners ?? []));
    for (const cluster of gateway.clusters ?? []) view.clusters.push(clean(oracleCluster(cluster)));
    for (const entry of gateway.endpoints ?? []) {
      view.endpoints.push(
        clean({
          cluster: entry.cluster,
          localities: entry.localities.map((l: Json) => ({
            ...l.locality,
            weight: l.weight ?? undefined,
            priority: l.priority,
            hosts: l.hosts,
          })),
        }),
      );
    }
    for (const config of gateway.routes ?? []) {
      for (const host of config.virtualHosts ?? []) {
        view.virtualHosts.push({
          name: host.name,
          domains: host.domains,
          routes: host.routes.map((r: Json) => clean(oracleRoute(r))),
        });
      }
    }
  }
  return view;
}

function oracleCluster(cluster: Json): Json {
  const dns = cluster.clusterType?.name === 'envoy.cluster.dns';
  const options = Object.values<Json>(cluster.typedExtensionProtocolOptions ?? {})[0];
  const thresholds = cluster.circuitBreakers?.thresholds?.[0];
  return {
    name: cluster.name,
    dns,
    http2: options?.explicitHttpConfig?.http2ProtocolOptions !== undefined,
    idleMs: seconds(options?.commonHttpProtocolOptions?.idleTimeout),
    breaker:
      thresholds?.maxConnections === undefined
        ? undefined
        : [
            thresholds.maxConnections,
            thresholds.maxPendingRequests,
            thresholds.maxRequests,
            cluster.circuitBreakers.perHostThresholds?.[0]?.maxConnections,
          ],
    hosts: dns
      ? cluster.loadAssignment.endpoints.flatMap((l: Json) =>
          l.lbEndpoints.map((e: Json) => e.endpoint.address.socketAddress.address),
        )
      : undefined,
    ...oracleBalancer(cluster.loadBalancingPolicy.policies[0].typedExtensionConfig),
  };
}

function oracleBalancer({ name, typedConfig: c }: Json): Json {
  const kind = name.replace('envoy.load_balancing_policies.', '');
  const slowStartMs = seconds(c.slowStartConfig?.slowStartWindow);
  const zones = c.localityLbConfig?.zoneAwareLbConfig;
  switch (kind) {
    case 'override_host':
      return {
        ...oracleBalancer(c.fallbackPolicy.policies[0].typedExtensionConfig),
        overrides: c.overrideHostSources.map((s: Json) => s.header),
      };
    case 'wrr_locality':
      return {
        ...oracleBalancer(c.endpointPickingPolicy.policies[0].typedExtensionConfig),
        localityWeighted: true,
      };
    case 'maglev':
      return {
        kind,
        tableSize: c.tableSize === undefined ? undefined : Number(c.tableSize),
        localityWeighted: c.localityWeightedLbConfig !== undefined,
        overrides: [],
      };
    case 'client_side_weighted_round_robin':
      return {
        kind: 'utilization',
        localityWeighted: false,
        slowStartMs,
        utilization: {
          blackoutMs: seconds(c.blackoutPeriod),
          expirationMs: seconds(c.weightExpirationPeriod),
          updateMs: seconds(c.weightUpdatePeriod),
          errorPenalty: c.errorUtilizationPenalty,
          metricNames: c.metricNamesForComputingUtilization ?? [],
          outOfBand: c.enableOobLoadReport
            ? {
                periodMs: seconds(c.oobReportingPeriod),
                port: c.oobReportingConfig?.portValue,
                authority: c.oobReportingConfig?.authority,
              }
            : undefined,
        },
        overrides: [],
      };
    default:
      return {
        kind: kind.replace('_', '-'),
        slowStartMs,
        zones:
          zones === undefined
            ? undefined
            : {
                minClusterSize: Number(zones.minClusterSize),
                percentage: zones.routingEnabled?.value,
                forceMinSize: zones.forceLocalZone?.minSize,
              },
        overrides: [],
      };
  }
}

function oracleRoute(r: Json): Json {
  const { match } = r;
  const text = (m: Json) => {
    const kind = m.stringMatch.exact === undefined ? 'regex' : 'exact';
    return {
      kind,
      name: m.name,
      value: m.stringMatch.exact ?? m.stringMatch.safeRegex?.regex ?? m.stringMatch.safeRegex,
    };
  };
  const path =
    match.path !== undefined
      ? { kind: 'exact', value: match.path }
      : match.safeRegex !== undefined
        ? { kind: 'regex', value: match.safeRegex.regex }
        : { kind: 'prefix', value: match.pathSeparatedPrefix ?? match.prefix };
  const action = r.route;
  return {
    name: r.name,
    path,
    headers: (match.headers ?? []).map(text),
    query: (match.queryParameters ?? []).map(text),
    strip: (r.responseHeadersToRemove ?? []).includes('endpoint-load-metrics'),
    respond: r.directResponse?.status,
    forward:
      action === undefined
        ? undefined
        : {
            to:
              action.cluster !== undefined
                ? action.cluster
                : action.weightedClusters.clusters.map((c: Json) => [
                    c.name === 'invalid-backend-cluster' ? null : c.name,
                    c.weight,
                  ]),
            missing:
              action.weightedClusters === undefined
                ? undefined
                : action.clusterNotFoundResponseCode === 'INTERNAL_SERVER_ERROR'
                  ? 500
                  : 503,
            websocket: action.upgradeConfigs !== undefined,
            hash: (action.hashPolicy ?? []).map(oracleKey),
            requestMs: seconds(action.timeout),
            idleMs: seconds(action.idleTimeout),
            retry:
              action.retryPolicy === undefined
                ? undefined
                : {
                    on: action.retryPolicy.retryOn.split(','),
                    statusCodes: action.retryPolicy.retriableStatusCodes,
                    attempts: action.retryPolicy.numRetries,
                    perTryTimeoutMs: seconds(action.retryPolicy.perTryTimeout),
                    backoff:
                      action.retryPolicy.retryBackOff === undefined
                        ? undefined
                        : {
                            baseMs: seconds(action.retryPolicy.retryBackOff.baseInterval),
                            maxMs: seconds(action.retryPolicy.retryBackOff.maxInterval),
                          },
                  },
          },
  };
}

function oracleKey(key: Json): Json {
  if (key.header !== undefined) return { kind: 'header', name: key.header.headerName };
  if (key.queryParameter !== undefined) return { kind: 'query', name: key.queryParameter.name };
  if (key.connectionProperties !== undefined) return { kind: 'source-ip' };
  return {
    kind: 'cookie',
    name: key.cookie.name,
    ttlMs: seconds(key.cookie.ttl),
    attributes: byName(
      (key.cookie.attributes ?? []).map((a: Json) => ({ name: a.name, value: a.value ?? '' })),
    ),
  };
}
/** Envoy Gateway's order of cookie attributes is that of a Go map: random. */
const byName = (list: readonly { readonly name: string; readonly value: string }[]): Json[] =>
  [...list].sort((a, b) => (a.name < b.name ? -1 : 1));

/** The plan's side. */
export function viewOfPlan(plan: Plan): View {
  return {
    listeners: plan.listeners.map((l) => `${l.name} ${l.address}:${l.port}`),
    clusters: plan.pools.map((p) => clean(planCluster(p))),
    endpoints: plan.pools
      .filter((p) => p.discovery === 'static')
      .map((p) =>
        clean({
          cluster: p.name,
          localities: p.localities.map(({ endpoints, ...locality }) => ({
            ...locality,
            hosts: endpoints.map(
              (e) => `${e.address}:${e.port} w=${e.weight}${e.draining ? ' DRAINING' : ''}`,
            ),
          })),
        }),
      ),
    virtualHosts: plan.listeners.flatMap((l) =>
      l.virtualHosts.map((v) => ({
        name: v.name,
        domains: [...v.domains],
        routes: v.routes.map((r) => clean(planRoute(r))),
      })),
    ),
  };
}

function planCluster(pool: Pool): Json {
  const { circuitBreaker: c } = pool;
  return {
    name: pool.name,
    dns: pool.discovery === 'dns',
    http2: pool.protocol === 'http2',
    idleMs: pool.idleTimeoutMs,
    breaker:
      c === undefined
        ? undefined
        : [c.maxConnections, c.maxPendingRequests, c.maxParallelRequests, c.perHostMaxConnections],
    hosts:
      pool.discovery === 'dns'
        ? pool.localities.flatMap((l) => l.endpoints.map((e) => e.address))
        : undefined,
    slowStartMs: pool.slowStartMs,
    overrides: pool.overrideHeaders,
    ...planBalancer(pool.balancer),
  };
}

function planBalancer(balancer: Balancer): Json {
  switch (balancer.kind) {
    case 'maglev':
      return balancer;
    case 'utilization': {
      const { kind, localityWeighted, ...utilization } = balancer;
      return { kind, localityWeighted, utilization };
    }
    default:
      return balancer;
  }
}

function planRoute({ name, match, action, responseHeaders }: Route): Json {
  return {
    name,
    path: match.path,
    headers: match.headers,
    query: match.query,
    strip:
      responseHeaders.remove.includes('endpoint-load-metrics') ||
      (action.kind === 'forward' && action.stripLoadReports),
    respond: action.kind === 'respond' ? action.status : undefined,
    forward: action.kind === 'forward' ? planForward(action) : undefined,
  };
}

const planForward = (a: ForwardAction): Json => ({
  to: a.split ? a.to.map((t) => [t.pool, t.weight]) : a.to[0]!.pool,
  missing: a.split ? a.missingStatus : undefined,
  websocket: a.websocket,
  hash: a.hash.map((k) => (k.kind === 'cookie' ? { ...k, attributes: byName(k.attributes) } : k)),
  requestMs: a.timeouts.requestMs,
  idleMs: a.timeouts.idleMs,
  retry: a.retry,
});
