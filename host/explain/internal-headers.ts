/**
 * Request headers that a listener removes before its routes are matched (early_header_mutation). The emitted
 * configuration is asked, so that the two cannot differ.
 */
import { isA } from '../envoy/any.ts';
import { envoyListener } from '../envoy/listener.ts';
import type { FilterPlan } from '../filter/plan.ts';
import type { Listener, Plan } from '../plan/types.ts';

/** Names in lower case. */
export type RemovedHeaders = (listener: Listener) => ReadonlySet<string>;

const MANAGER = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';
const NONE: ReadonlySet<string> = new Set();

/** For one plan; each listener is looked at once. */
export function internalHeaders(plan: Plan, filter: FilterPlan): RemovedHeaders {
  let known = answers.get(filter);
  if (known === undefined) {
    known = new Map();
    answers.set(filter, known);
  }
  const found = known;
  return (listener) => {
    let names = found.get(listener);
    if (names === undefined) {
      names = removedBy(listener, plan, filter);
      found.set(listener, names);
    }
    return names;
  };
}
const answers = new WeakMap<FilterPlan, Map<Listener, ReadonlySet<string>>>();

function removedBy(listener: Listener, plan: Plan, filter: FilterPlan): ReadonlySet<string> {
  const pools = new Map(plan.pools.map((pool) => [pool.name, pool]));
  const options = { engine: filter.engine, wasm: '', admin: { address: '127.0.0.1', port: 0 } };
  const { filters } = envoyListener([listener], pools, filter, options).filter_chains[0]!;
  // A limit of connections may stand before it.
  const manager = filters.map(({ typed_config }) => typed_config).find((config) => isA(MANAGER, config));
  if (!isA(MANAGER, manager)) return NONE;
  const early = manager.early_header_mutation_extensions?.[0]?.typed_config;
  if (!isA('envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation', early))
    return NONE;
  // Users' own edits are in early-edits.ts.
  const own = new Set(listener.clients?.settings.headers?.early?.remove);
  return new Set(
    early.mutations?.flatMap(({ remove }) =>
      remove === undefined || own.has(remove) || remove === 'x-request-id' ? [] : [remove],
    ),
  );
}
