/**
 * Which of the two modules a configuration needs: each callback that a module exports is a call into the VM
 * for every request.
 */
import type { FilterOptions } from './names.ts';
import type { FilterPlan } from './plan.ts';

/** Path of the module that the bootstrap names. */
export const moduleFor = (
  filter: FilterPlan,
  { wasm, pick }: Pick<FilterOptions, 'wasm' | 'pick'>,
): string => (pick !== undefined && picksOnly(filter) ? pick : wasm);

/**
 * True when loadstar-pick.wasm will do: one listener has the filter (assembly/filter/pick.ts knows one
 * configuration), and no cluster has its load reports read, so none is sticky until hot.
 */
const picksOnly = ({ selections, reports }: FilterPlan): boolean =>
  reports.size === 0 && selections.size === 1;
