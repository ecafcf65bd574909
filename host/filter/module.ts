/**
 * Which module does which role: each callback that a module exports is a call into the VM for every request,
 * so there is one module for the picks and one for the reports. The whole module does either, and is needed
 * where a policy is sticky until hot.
 */
import type { Selection } from './config.ts';
import type { FilterOptions } from './options.ts';
import type { FilterPlan } from './plan.ts';

type Files = Pick<FilterOptions, 'wasm' | 'roles'>;

/** Path of the module that picks hosts on a listener, or for a part of it. */
export const selectModule = ({ config }: Selection, { wasm, roles }: Files): string =>
  roles === undefined || config.policies.some(({ sticky }) => sticky !== undefined) ? wasm : roles.pick;

/** Path of the module that reads load reports in front of a cluster. */
export const reportModule = ({ wasm, roles }: Files): string => roles?.report ?? wasm;

/** Paths of all modules that Envoy loads for a plan. */
export function modulesOf({ parts, reports }: FilterPlan, files: Files): readonly string[] {
  const select = [...parts.values()]
    .flat()
    .filter((part) => part !== undefined)
    .map((part) => selectModule(part, files));
  return [...new Set([...select, ...(reports.size === 0 ? [] : [reportModule(files)])])];
}
