/** What Envoy Gateway does with the policy of a pool, and what becomes of the rest. */
import type { FilterPlan } from '../../filter/plan.ts';
import { isSticky } from '../../plan/pools/sticky-of.ts';
import type { Pool } from '../../plan/types.ts';
import { BALANCERS, type PoolFate } from '../fates.ts';
import { hasBackendWeights, poolUse } from '../portable.ts';
import { weightsArePatched } from './cluster-patches.ts';

/** @param here What the filter does where Loadstar itself gives Envoy its hosts. */
export function poolFate(pool: Pool, there: FilterPlan, here: FilterPlan): PoolFate {
  const [use, usual] = [poolUse(pool, there), poolUse(pool, here)];
  const { balancer } = pool;
  const sticky = isSticky(pool);
  const weights = hasBackendWeights(pool);
  return {
    native: [`${BALANCERS[balancer.kind]}, and every other field of the policy`],
    ours: [
      ...(use.reports ? ['load reports are repaired (filter)', 'and removed from trailers (Envoy)'] : []),
      ...(use.picks && !use.sticky
        ? ['the filter picks: only keys of a host that fails its health check move']
        : []),
      ...(use.sticky ? ['sticky until hot (filter)'] : []),
      ...(weightsArePatched(pool) ? ['weights of backends count (Envoy)'] : []),
      ...(use.reports || use.picks ? ['clients cannot send load reports or hints (Envoy)'] : []),
    ],
    lost: [
      ...(usual.picks && !use.picks && !sticky
        ? [
            "balanced by Envoy's Maglev, since its hosts change at run time; a few keys of healthy hosts move when one fails",
          ]
        : []),
      ...(sticky && !use.sticky
        ? [
            'sticky until hot, since the filter does not pick there; keys stay at their home however hot it is',
          ]
        : []),
      ...(weights && !weightsArePatched(pool)
        ? ['weights of backends, since endpointOverride makes another balancer of it']
        : []),
    ],
  };
}
