/**
 * What the filter does on a listener of a running Envoy, cut into parts that are sent by themselves: each is
 * a filter of the listener, and a route switches on the one that has its pools. So a host that comes or goes
 * sends, and makes each worker read, the policies of one part and not those of all pools.
 *
 * A request meets one part, but Envoy looks at each filter of a listener to see that it is off. So few pools
 * stay in one. The number of parts is of the input alone: every server makes the same of it. Where it
 * changes, the listener does.
 */
import type { Route } from '../plan/types.ts';
import type { SelectConfig, Selection } from './config.ts';

/** So many policies are one part: they are some 4 kB. */
export const MOST_IN_ONE = 32;
/** Of all others. */
export const PARTS = 16;

/** Undefined: no pool has come into this part, though it has its place. */
export type Part = Selection | undefined;

/** @param whole What the filter does on the listener. */
export function partsOf(whole: Selection): readonly Part[] {
  const { policies, tables } = whole.config;
  if (policies.length <= MOST_IN_ONE) return [whole];
  const known = new Set(policies.map(({ cluster }) => cluster));
  const routes = Array.from({ length: PARTS }, () => new Set<Route>());
  // One that leads to several pools has all of them in its part, and another route may have them in another.
  for (const route of whole.routes)
    routes[partOf(poolsOf(route).find((name) => known.has(name)))]!.add(route);
  return routes.map((of) => {
    if (of.size === 0) return undefined;
    const reached = new Set([...of].flatMap(poolsOf));
    const own = policies.filter(({ cluster }) => reached.has(cluster));
    const used = [...new Set(own.map(({ table }) => table))];
    const config: SelectConfig = {
      role: 'select',
      only: own.length === 1 && reached.size === 1 ? true : undefined,
      tables: used.map((table) => tables[table]!),
      policies: own.map((policy) => ({ ...policy, table: used.indexOf(policy.table) })),
    };
    return { config, routes: of };
  });
}

const poolsOf = ({ action }: Route): string[] =>
  action.kind === 'forward' ? action.to.flatMap(({ pool }) => (pool === null ? [] : [pool])) : [];

/** By the name alone (FNV-1a): a pool stays in its part, whatever others come and go. */
function partOf(name = ''): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return ((hash ^ (hash >>> 16)) >>> 0) % PARTS;
}
