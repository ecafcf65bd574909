/**
 * One pool, before and after: builds both tables in the compiled filter, runs the keys through them, checks a
 * sample.
 */

import { changedKeys } from '../filter/changed-keys.ts';
import { Filter, requestForKey } from '../filter/driver.ts';
import { type ForwardRoute, poolConfig } from '../filter/pool-config.ts';
import { expectedShares } from '../filter/shares.ts';
import type { FilterTable } from '../filter/slot-table.ts';
import { describeKey } from '../plan/keys.ts';
import { canonicalAddress, isAddress } from '../plan/pools/address.ts';
import type { Pool } from '../plan/types.ts';
import type { PoolReport } from './result.ts';
import { type Keys, type Lookup, simulate } from './simulate.ts';

export interface Side {
  readonly route: ForwardRoute;
  readonly pool: Pool;
}
interface RunInput {
  readonly module: WebAssembly.Module;
  readonly before: Side;
  readonly after?: Side;
  readonly routes: readonly string[];
  readonly keys: Keys;
  /** The change in the words of the command line. */
  readonly change?: string;
  readonly progress?: (done: number) => void;
}

/** Undefined: the pool has no table (its hosts come from DNS, or it has none). */
export function runPool(input: RunInput): PoolReport | undefined {
  const { module, before, after, keys, routes, change } = input;
  const first = open(module, before);
  const second = after === undefined ? undefined : open(module, after);
  if (first === undefined || (after !== undefined && second === undefined)) return undefined;
  const sampled =
    checkSample(first, before, keys) + (second === undefined ? 0 : checkSample(second, after!, keys));
  const { policy } = before.route;
  const result = simulate(keys, first.lookup, second?.lookup, input.progress);
  return {
    pool: before.pool.name,
    routes,
    policy: policy === undefined ? undefined : `${policy.kind} ${policy.namespace}/${policy.name}`,
    key: describe(before),
    tableSize: first.table.size,
    change,
    ...result,
    sampled,
    notes: [...notesOf(before, after), ...failureNote(result)],
  };
}

interface Opened {
  readonly filter: Filter;
  readonly table: FilterTable;
  readonly lookup: Lookup;
}

function open(module: WebAssembly.Module, { route, pool }: Side): Opened | undefined {
  const config = poolConfig(route, pool);
  if (config === undefined) return undefined;
  const filter = new Filter(module, config);
  const table = filter.table(pool.name);
  if (table === undefined) return undefined;
  const lookup: Lookup = {
    shares: expectedShares(pool),
    hosts: table.hosts,
    pick: (batch) => table.pick(batch),
  };
  return { filter, table, lookup };
}

const SAMPLE = 100;

/** Full requests for some keys must give the hosts that the table gives; a difference is our bug. */
function checkSample({ filter, table }: Opened, { route, pool }: Side, keys: Keys): number {
  const [part] = route.action.hash;
  const step = Math.max(1, Math.floor(keys.length / SAMPLE));
  let checked = 0;
  for (let i = 0; i < keys.length && checked < SAMPLE; i += step) {
    const key = keys.at(i);
    // A real key may hold what this part cannot carry as it is: a `;` in a cookie, a `&` in a query. Nor is
    // every key an address, above all where a change makes the source IP the key.
    if (
      !CARRIED.test(key) ||
      (part!.kind === 'source-ip' && !(isAddress(key) && canonicalAddress(key) === key))
    )
      continue;
    const { host } = filter.pick(pool.name, requestForKey(part!, key));
    const told = table.hostOf(key);
    if (host !== told) throw new Error(`a request with key ${key} goes to ${host}, its table says ${told}`);
    checked++;
  }
  return checked;
}
const CARRIED = /^[A-Za-z0-9._:-]+$/;

const describe = ({ route }: Side): string => route.action.hash.map(describeKey).join(' and ');

/** Hosts were only removed. If the same hosts only fail, fewer keys move. */
function failureNote({ moves, after, before }: ReturnType<typeof simulate>): string[] {
  if (moves === undefined || moves.hostGone === 0 || moves.hostStayed === 0) return [];
  const known = new Set(before.hosts.map(({ host }) => host));
  if (after?.hosts.some(({ host }) => !known.has(host))) return [];
  return [
    `where they only fail their health check, the filter keeps its table: ${moves.hostGone.toLocaleString('en-US')} keys move, none of hosts that stay`,
  ];
}

function notesOf(before: Side, after: Side | undefined): string[] {
  const notes: string[] = [];
  if (before.route.action.hash.length > 1)
    notes.push('keys stand for the first part; the other parts are absent');
  if (changedKeys(before.route).length > 0)
    notes.push('the route changes its own key: each key is taken as the value after the change');
  if (after === undefined) return notes;
  if (describe(before) !== describe(after))
    notes.push(`the key changes to ${describe(after)}: compared as if its values were the same`);
  const [was, is] = [before.pool.balancer, after.pool.balancer];
  if (was.kind === 'maglev' && is.kind === 'maglev' && was.tableSize !== is.tableSize) {
    notes.push(`the table size changes from ${was.tableSize} to ${is.tableSize}, which moves keys by itself`);
  }
  return notes;
}
