/**
 * A pool → what Istio's cluster of a Service's port lacks. Fields that no policy sets stay as Istio has them.
 * Not a DestinationRule: one in the gateway's namespace is used in place of every other for its Service, and
 * so would silently drop the TLS that another asks for.
 */
import { cluster, PROTOCOL_OPTIONS } from '../../envoy/cluster.ts';
import { duration } from '../../envoy/durations.ts';
import type { Cluster } from '../../envoy/envoy-types.ts';
import { loadBalancingPolicy } from '../../envoy/load-balancing.ts';
import type { FilterOptions } from '../../filter/options.ts';
import type { FilterPlan } from '../../filter/plan.ts';
import { POLICY_DEFAULTS } from '../../model/policy-defaults.ts';
import type { Balancer, Pool, PortOfService } from '../../plan/types.ts';
import { clusterName } from './istio-names.ts';

/**
 * Empty when Istio does all that is asked for.
 * @param sticky Load reports are read on listeners.
 */
export function clusterValue(
  pool: Pool,
  service: PortOfService,
  filter: FilterPlan,
  sticky: boolean,
  options: FilterOptions,
): object {
  if (pool.policy === undefined && pool.from.kind !== 'GRPCRoute') return {};
  const name = clusterName(service);
  const report = filter.reports.get(pool.name);
  const made = cluster(
    // Istio gives it hosts, TLS and the weights of zones.
    { ...pool, name, localities: [], protocol: pool.protocol === 'auto' ? 'http1' : pool.protocol },
    { ...options, admin: NO_ADMIN },
    {
      ...filter,
      reports: new Map(report && [[name, { ...report, cluster: name }]]),
      sticky: new Set(sticky ? [name] : []),
    },
  );
  const { circuitBreaker } = pool;
  return present({
    ...balancerOf(pool),
    connect_timeout: pool.connectTimeoutMs && made.connect_timeout,
    per_connection_buffer_limit_bytes: pool.bufferBytes,
    preconnect_policy: made.preconnect_policy,
    common_lb_config: pool.panicThreshold && {
      healthy_panic_threshold: { value: pool.panicThreshold },
    },
    circuit_breakers: isDefault(circuitBreaker) ? undefined : made.circuit_breakers,
    health_checks: made.health_checks,
    outlier_detection: made.outlier_detection,
    upstream_connection_options: made.upstream_connection_options,
    // As a whole: a message in an Any is not merged.
    typed_extension_protocol_options:
      made.typed_extension_protocol_options?.[PROTOCOL_OPTIONS] && made.typed_extension_protocol_options,
  });
}

/** Of no meaning for a cluster. */
const NO_ADMIN = { address: '127.0.0.1', port: 0 };

/** Without a circuitBreaker in the policy. */
const isDefault = (breaker: Pool['circuitBreaker']): boolean =>
  Object.entries(breaker).every(
    ([field, value]) =>
      value === undefined ||
      (field === 'maxParallelRetries' && value === POLICY_DEFAULTS.circuitBreaker.maxParallelRetries),
  );

type Legacy = Pick<Cluster, 'load_balancing_policy'> & {
  readonly lb_policy?: string;
  readonly [config: `${string}_lb_config`]: object | undefined;
};

/**
 * Where it can be said in the fields that Istio itself writes, it is: Envoy refuses the newer one beside the
 * weights of localities, which a mesh may have switched on.
 */
function balancerOf(pool: Pool): Legacy {
  const { balancer } = pool;
  if (pool.policy === undefined) return {};
  if (balancer.kind === 'utilization' || pool.overrideHeaders.length > 0)
    return { load_balancing_policy: loadBalancingPolicy({ ...pool, balancer: alone(balancer) }) };
  const slow = pool.slowStartMs === undefined ? undefined : slowStart(pool.slowStartMs);
  switch (balancer.kind) {
    case 'maglev':
      return { lb_policy: 'MAGLEV', maglev_lb_config: { table_size: balancer.tableSize } };
    case 'random':
      return { lb_policy: 'RANDOM' };
    case 'round-robin':
      return { lb_policy: 'ROUND_ROBIN', round_robin_lb_config: slow };
    case 'least-request':
      // Istio's own choice too, if nobody says otherwise.
      return slow === undefined ? {} : { lb_policy: 'LEAST_REQUEST', least_request_lb_config: slow };
  }
}

const slowStart = (ms: number) => ({ slow_start_config: { slow_start_window: duration(ms) } });

/** A Service is one cluster, without weights of backends. */
const alone = (balancer: Balancer): Balancer => {
  switch (balancer.kind) {
    case 'maglev':
    case 'utilization':
      return { ...balancer, localityWeighted: false };
    default:
      return { kind: balancer.kind };
  }
};

const present = (fields: Readonly<Record<string, unknown>>): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
