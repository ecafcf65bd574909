/**
 * Counts the module's calls of its host. The companion's host builds its own imports, so WebAssembly.Instance
 * is replaced for as long as one VM is made, by one that wraps every import.
 */
import type { Vm } from '../../../host/wasm/vm.ts';

export type Calls = Map<string, number>;

/**
 * The VM that `make` returns, and the calls it has made of each import since; clear the map to begin anew.
 */
export function counted(make: () => Vm): { vm: Vm; calls: Calls } {
  const calls: Calls = new Map();
  const Original = WebAssembly.Instance;
  // biome-ignore lint/complexity/useArrowFunction: it is called with `new`, which an arrow function cannot be
  const Counting = function (module: WebAssembly.Module, imports: Record<string, Record<string, unknown>>) {
    const env = Object.entries(imports.env ?? {}).map(([name, value]) => {
      const callee = value as (...args: unknown[]) => unknown;
      const wrapped = (...args: unknown[]) => {
        calls.set(name, (calls.get(name) ?? 0) + 1);
        return callee(...args);
      };
      return [name, wrapped];
    });
    return new Original(module, { env: Object.fromEntries(env) });
  };
  try {
    WebAssembly.Instance = Counting as unknown as typeof Original;
    return { vm: make(), calls };
  } finally {
    WebAssembly.Instance = Original;
  }
}
