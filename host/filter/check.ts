/**
 * Asks the filter itself, run in Node, whether it takes the configuration it will be given: one that it refuses would keep
 * Envoy from starting.
 */
import { readFileSync } from 'node:fs';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Plan } from '../plan/types.ts';
import { RunError, reasonOf } from '../run/errors.ts';
import { Vm } from '../wasm/vm.ts';
import { pluginConfigurations } from './config.ts';
import { moduleFor } from './module.ts';
import type { FilterOptions } from './names.ts';

/** Empty when it takes all of them, or when the engine is native. @throws {RunError} when the module cannot be loaded. */
export function filterRefusals(plan: Plan, options: FilterOptions): Diagnostic[] {
  const configurations = options.engine === 'filter' ? pluginConfigurations(plan) : [];
  if (configurations.length === 0) return [];
  const file = moduleFor(plan, options);
  let vm: Vm;
  try {
    vm = new Vm(Vm.compile(readFileSync(file)));
  } catch (error) {
    throw new RunError(`the filter ${file} cannot be loaded: ${reasonOf(error)}`);
  }
  return configurations.flatMap(({ where, text }) => {
    const answer = vm.configure({ configuration: text });
    if (answer.ok) return [];
    return [
      {
        code: 'filter-refuses',
        severity: 'error' as const,
        message: `The filter refuses its configuration for ${where}: ${answer.reason}`,
        hint: 'Is it loadstar.wasm, of the same version as this program? --engine native does without it.',
      },
    ];
  });
}
