/**
 * Which of the two modules a configuration needs: each callback that a module exports is a call into the VM
 * for every request.
 */
import type { Plan } from '../plan/types.ts';
import { readsReports, selection } from './config.ts';
import type { FilterOptions } from './names.ts';

/** Path of the module that the bootstrap of this plan names. */
export const moduleFor = (plan: Plan, { wasm, pick }: Pick<FilterOptions, 'wasm' | 'pick'>): string =>
  pick !== undefined && picksOnly(plan) ? pick : wasm;

/**
 * True when loadstar-pick.wasm will do: one listener has the filter (assembly/filter/pick.ts knows one
 * configuration), no policy generates a cookie or is sticky until hot, and no cluster has its load reports
 * read.
 */
function picksOnly(plan: Plan): boolean {
  const pools = new Map(plan.pools.map((pool) => [pool.name, pool]));
  if (plan.pools.some(readsReports)) return false;
  const selections = plan.listeners.flatMap((listener) => selection(listener, pools) ?? []);
  return (
    selections.length === 1 &&
    selections.every(({ config: { policies } }) =>
      policies.every(({ hash }) => hash.every((key) => !('generate' in key))),
    )
  );
}
