/**
 * Request headers that a listener removes before its routes are matched (early_header_mutation). The emitted
 * configuration is asked, so that the two cannot differ.
 */
import { envoyListener } from '../envoy/listener.ts';
import type { HttpConnectionManager } from '../envoy/types.ts';
import type { Engine } from '../filter/names.ts';
import type { Listener, Plan } from '../plan/types.ts';

/** Names in lower case. */
export type RemovedHeaders = (listener: Listener) => ReadonlySet<string>;

const NONE: ReadonlySet<string> = new Set();

/** For one plan; each listener is looked at once. */
export function internalHeaders(plan: Plan, engine: Engine): RemovedHeaders {
  let known = answers[engine].get(plan);
  if (known === undefined) {
    known = new Map();
    answers[engine].set(plan, known);
  }
  const found = known;
  return (listener) => {
    let names = found.get(listener);
    if (names === undefined) {
      names = removedBy(listener, plan, engine);
      found.set(listener, names);
    }
    return names;
  };
}
const answers = {
  filter: new WeakMap<Plan, Map<Listener, ReadonlySet<string>>>(),
  native: new WeakMap<Plan, Map<Listener, ReadonlySet<string>>>(),
};

function removedBy(listener: Listener, plan: Plan, engine: Engine): ReadonlySet<string> {
  const pools = new Map(plan.pools.map((pool) => [pool.name, pool]));
  const options = { engine, wasm: '', admin: { address: '127.0.0.1', port: 0 } };
  const [filter] = envoyListener(listener, pools, options).filter_chains[0]!.filters;
  const manager = filter!.typed_config as unknown as HttpConnectionManager;
  const [early] = manager.early_header_mutation_extensions ?? [];
  if (early === undefined) return NONE;
  const { mutations } = early.typed_config as unknown as { mutations: readonly { remove: string }[] };
  return new Set(mutations.map(({ remove }) => remove));
}
