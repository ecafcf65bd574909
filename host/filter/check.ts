/**
 * Asks the filter itself, run in Node, whether it takes the configuration it will be given: one that it
 * refuses would keep Envoy from starting.
 */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { RunError, reasonOf } from '../run/errors.ts';
import { Vm } from '../wasm/vm.ts';
import { moduleFor } from './module.ts';
import type { FilterOptions } from './names.ts';
import { type FilterPlan, pluginConfigurations } from './plan.ts';

/**
 * Empty when it takes all of them, or when the engine is native.
 * @param home Folder of the modules that ship: asked where the one that the options name lies on another
 *   machine.
 * @throws {RunError} when the module cannot be loaded.
 */
export function filterRefusals(
  filter: FilterPlan,
  options: Pick<FilterOptions, 'wasm' | 'pick'>,
  home: string,
): Diagnostic[] {
  const configurations = pluginConfigurations(filter);
  if (configurations.length === 0) return [];
  const named = moduleFor(filter, options);
  const known = [basename(named), 'loadstar.wasm'].map((name) => join(home, name));
  const file = [named, ...known].find((path) => existsSync(path));
  if (file === undefined) return [notAsked(named)];
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

const notAsked = (file: string): Diagnostic => ({
  code: 'filter-not-asked',
  severity: 'notice',
  message: `The filter was not asked whether it takes its configuration: ${file} is not on this machine.`,
  hint: 'Name the module of this machine with --wasm, or build it (npm run build).',
});
