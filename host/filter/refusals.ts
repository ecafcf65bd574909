/**
 * Asks the filter itself, run in Node, whether it takes the configuration it will be given: one that it
 * refuses would keep Envoy from starting.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Recent } from '../basics/recent.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { RunError, reasonOf } from '../run/errors.ts';
import { Vm } from '../wasm/vm.ts';
import { modulesOf } from './module.ts';
import type { FilterOptions } from './options.ts';
import { type FilterPlan, pluginConfigurations } from './plan.ts';

/**
 * Empty when it takes all of them, or when the engine is native.
 * @param home Folder of the modules that ship: asked where the one that the options name lies on another
 *   machine.
 * @throws {RunError} when the module cannot be loaded.
 */
export const filterRefusals = (
  filter: FilterPlan,
  options: Pick<FilterOptions, 'wasm' | 'roles'>,
  home: string,
): Diagnostic[] => new FilterCheck(options, home).refusals(filter);

/** The same for one configuration after another: what the last one had is not asked again. */
export class FilterCheck {
  readonly #options: Pick<FilterOptions, 'wasm' | 'roles'>;
  readonly #home: string;
  readonly #modules = new Map<string, { readonly stamp: string; readonly code: WebAssembly.Module }>();
  /** By module and text, why it refuses it; undefined: it takes it. */
  readonly #answers = new Recent<string, { readonly refused: string | undefined }>();

  /** As of filterRefusals(). */
  constructor(options: Pick<FilterOptions, 'wasm' | 'roles'>, home: string) {
    this.#options = options;
    this.#home = home;
  }

  /** @throws {RunError} when a module cannot be loaded. */
  refusals(filter: FilterPlan): Diagnostic[] {
    const configurations = pluginConfigurations(filter, this.#options);
    if (configurations.length === 0) return [];
    const files = new Map(modulesOf(filter, this.#options).map((module) => [module, this.#file(module)]));
    const absent = [...files].flatMap(([module, file]) => (file === undefined ? [notAsked(module)] : []));
    this.#answers.turn();
    const vms = new Map<string, Vm>();
    const refused = configurations.flatMap(({ where, text, module }) => {
      const file = files.get(module);
      if (file === undefined) return [];
      const { refused } = this.#answers.of(`${file} ${stampOf(file)}\n${text}`, () => {
        const vm = vms.get(file) ?? this.#start(file);
        vms.set(file, vm);
        const answer = vm.configure({ configuration: text });
        return { refused: answer.ok ? undefined : answer.reason };
      });
      if (refused === undefined) return [];
      return [
        {
          code: 'filter-refuses',
          severity: 'error' as const,
          message: `The filter refuses its configuration for ${where}: ${refused}`,
          hint: 'Is it loadstar.wasm, of the same version as this program? --engine native does without it.',
        },
      ];
    });
    return [...absent, ...refused];
  }

  /** The module, or the one that ships; undefined when neither is on this machine. */
  #file(module: string): string | undefined {
    const known = [basename(module), 'loadstar.wasm'].map((name) => join(this.#home, name));
    return [module, ...known].find((path) => existsSync(path));
  }

  #start(file: string): Vm {
    try {
      const stamp = stampOf(file);
      const known = this.#modules.get(file);
      const code = known?.stamp === stamp ? known.code : Vm.compile(readFileSync(file));
      this.#modules.set(file, { stamp, code });
      return new Vm(code);
    } catch (error) {
      throw new RunError(`the filter ${file} cannot be loaded: ${reasonOf(error)}`);
    }
  }
}

/** A file may be replaced while we run, as by a new version. */
function stampOf(file: string): string {
  const { ino, size, mtimeMs } = statSync(file);
  return `${ino} ${size} ${mtimeMs}`;
}

const notAsked = (file: string): Diagnostic => ({
  code: 'filter-not-asked',
  severity: 'notice',
  message: `The filter was not asked whether it takes its configuration: ${file} is not on this machine.`,
  hint: 'Name the module of this machine with --wasm, or build it (npm run build).',
});
