/**
 * Pools of the plan before, where the new plan has equal ones: what was made of them need not be made again.
 */
import { equal } from '../basics/equal.ts';
import type { Plan, Pool } from '../plan/types.ts';

/** Where in a file a pool and its policy stand, and how the policy is called, changes nothing about it. */
export function withSamePools(plan: Plan, before: Plan | undefined): Plan {
  if (before === undefined) return plan;
  const old = new Map(before.pools.map((pool) => [pool.name, pool]));
  return {
    ...plan,
    pools: plan.pools.map((pool) => {
      const had = old.get(pool.name);
      return had !== undefined && isSame(had, pool) ? had : pool;
    }),
  };
}

const isSame = ({ from: _, policy: __, ...a }: Pool, { from: ___, policy: ____, ...b }: Pool): boolean =>
  equal(a, b);
