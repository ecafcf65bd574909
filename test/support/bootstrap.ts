/**
 * Looking into an emitted bootstrap: the filter's configurations in it, and changes a test makes on purpose.
 */
import type { Bootstrap } from './envoy.ts';

type Node = Record<string, unknown>;

/** A wasm plugin entry: `configuration.value` is the filter's JSON. */
export interface WasmPlugin {
  name: string;
  vm_config: { code: { local: { filename: string } } };
  configuration: { value: string };
  failure_policy?: string;
}

function* nodes(value: unknown): Generator<Node> {
  if (Array.isArray(value)) for (const item of value) yield* nodes(item);
  else if (typeof value === 'object' && value !== null) {
    yield value as Node;
    for (const item of Object.values(value)) yield* nodes(item);
  }
}

/**
 * All plugins of the wasm filter, listener's and upstreams', as they stand in the object (changes write
 * through).
 */
export const wasmPlugins = (bootstrap: Bootstrap): WasmPlugin[] =>
  [...nodes(bootstrap)].filter((node) => node.vm_config !== undefined) as unknown as WasmPlugin[];

/** The JSON of the plugin with this role; throws unless there is exactly one. */
export function filterConfig(bootstrap: Bootstrap, role: 'select' | 'report'): Record<string, unknown> {
  const found = wasmPlugins(bootstrap)
    .map((plugin) => JSON.parse(plugin.configuration.value) as Record<string, unknown>)
    .filter((config) => config.role === role);
  if (found.length !== 1) throw new Error(`expected one ${role} configuration, found ${found.length}`);
  return found[0]!;
}

/** A copy in which every plugin's JSON has gone through `change`. */
export function withFilterConfig(
  bootstrap: Bootstrap,
  change: (config: Record<string, unknown>) => Record<string, unknown>,
): Bootstrap {
  const copy = structuredClone(bootstrap);
  for (const plugin of wasmPlugins(copy)) {
    plugin.configuration.value = JSON.stringify(change(JSON.parse(plugin.configuration.value)));
  }
  return copy;
}

/** The cluster of that name, to be changed in place. */
export function clusterOf(bootstrap: Bootstrap, name: string): Record<string, unknown> {
  const cluster = bootstrap.static_resources?.clusters?.find((c) => c.name === name);
  if (cluster === undefined) throw new Error(`no cluster ${name}`);
  return cluster;
}
