/**
 * Plan → the whole static bootstrap of one Envoy: listeners with their routes, clusters with their endpoints,
 * the admin address. A pure function; nothing is looked up.
 */

import { equal } from '../basics/equal.ts';
import { Recent } from '../basics/recent.ts';
import type { ReportConfig } from '../filter/config.ts';
import { type FilterPlan, planFilter } from '../filter/plan.ts';
import { routesOf } from '../plan/routes-of.ts';
import { socketsOf } from '../plan/sockets.ts';
import type { Plan, Pool } from '../plan/types.ts';
import { cluster } from './cluster.ts';
import type { Bootstrap, Cluster, EnvoyOptions } from './envoy-types.ts';
import { rateLimitPool } from './handling/global-limit.ts';
import { envoyListener } from './listener.ts';
import { localCluster } from './zones.ts';

/** Clusters by the very pool that they were made of, with what else they were made of. */
export type KnownClusters = Recent<
  Pool,
  { readonly reports: ReportConfig | undefined; readonly sticky: boolean; readonly made: Cluster }
>;

/** @param known Clusters that were made with the same options: those of the same pools are taken again. */
export function bootstrap(
  plan: Plan,
  options: EnvoyOptions,
  filter: FilterPlan = planFilter(plan, options.engine, options.live),
  known: KnownClusters = new Recent(),
): Bootstrap {
  known.turn();
  const authorities = new Map(plan.authorities.map(({ name, pem }) => [name, pem]));
  const clusterOf = (pool: Pool): Cluster => {
    const reports = filter.reports.get(pool.name);
    const sticky = filter.sticky.has(pool.name);
    const had = known.get(pool);
    const good = had !== undefined && had.sticky === sticky && equal(had.reports, reports);
    return known.keep(
      pool,
      good ? had : { reports, sticky, made: cluster(pool, options, filter, authorities) },
    ).made;
  };
  const pools = new Map(plan.pools.map((pool) => [pool.name, pool]));
  const routes = routesOf(plan);
  const counting = rateLimitPool(routes, options);
  const local = localCluster(plan, options.zone);
  return {
    node: { id: 'loadstar', cluster: 'loadstar', locality: local?.locality },
    admin: {
      address: { socket_address: { address: options.admin.address, port_value: options.admin.port } },
    },
    cluster_manager: local === undefined ? undefined : { local_cluster_name: local.cluster.name },
    stats_config: options.engine === 'filter' ? { stats_tags: STATS_TAGS } : undefined,
    layered_runtime: { layers: [{ name: 'static', static_layer: RUNTIME }] },
    static_resources: {
      listeners: socketsOf(plan.listeners).map((sharing) => envoyListener(sharing, pools, filter, options)),
      clusters: [
        ...plan.pools.map(clusterOf),
        ...(counting === undefined ? [] : [cluster(counting, options, filter)]),
        ...(local === undefined ? [] : [local.cluster]),
      ],
    },
  };
}

/**
 * Labels that Envoy takes out of the names of the filter's per-host gauges, made in
 * assembly/filter/metrics.ts: `wasmcustom.loadstar_host_<what>.cluster.<cluster>.host.<ip:port>`. The first
 * group is cut from the name, the second is the value.
 */
const STATS_TAGS = [
  { tag_name: 'loadstar_cluster', regex: '^wasmcustom\\.loadstar_host_\\w+(\\.cluster\\.(.+))\\.host\\.' },
  { tag_name: 'loadstar_host', regex: '^wasmcustom\\.loadstar_host_.+(\\.host\\.(.+))$' },
];

/**
 * Routes may hold long regular expressions: no limit on an RE2 program's size but a warning, as Envoy
 * Gateway.
 */
export const RUNTIME = {
  're2.max_program_size.error_level': 4_294_967_295,
  're2.max_program_size.warn_level': 1_000,
};
