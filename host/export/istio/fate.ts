/** What becomes of the balancing of a pool on Istio. */
import type { FilterPlan } from '../../filter/plan.ts';
import { isSticky } from '../../plan/pools/sticky-of.ts';
import type { Pool } from '../../plan/types.ts';
import { BALANCERS, type PoolFate } from '../fates.ts';
import { hasBackendWeights, poolUse } from '../portable.ts';

/**
 * @param here What the filter does where Loadstar itself gives Envoy its hosts.
 * @param sticky It is sticky until hot on a Gateway there; where it is not is told by another.
 */
export function poolFate(pool: Pool, here: FilterPlan, sticky: boolean): PoolFate {
  const usual = poolUse(pool, here);
  const { balancer } = pool;
  const zones = 'zones' in balancer && balancer.zones !== undefined;
  const weights = hasBackendWeights(pool);
  return {
    native: [],
    ours: [
      `${BALANCERS[balancer.kind]} (Envoy)`,
      ...(usual.reports
        ? ['load reports are repaired (filter)', 'and removed from answers; clients cannot send them (Envoy)']
        : []),
      ...(sticky
        ? [
            'sticky until hot (filter)',
            'load reports are removed from answers; clients cannot send them (Envoy)',
          ]
        : []),
      ...(weights && balancer.kind === 'maglev' ? ['the weights of backends follow the key (Envoy)'] : []),
    ],
    lost: [
      ...(usual.picks && !isSticky(pool)
        ? [
            "balanced by Envoy's Maglev, since its hosts change at run time; a few keys of healthy hosts move when one fails",
          ]
        : []),
      ...(zones ? ['zones; localityLbSetting of a DestinationRule is for them'] : []),
      ...(weights && balancer.kind === 'utilization'
        ? ['load reports count within a Service; between Services their weights alone do']
        : []),
      ...(pool.healthCheck?.port === undefined
        ? []
        : ['the port of health checks; they ask that of requests']),
    ],
  };
}
