/** Which keys move, by the compiled filter: after a change that is imagined, or one that was. */

import { slotStrip } from '../drawing/slots.ts';
import { Filter } from '../filter/driver.ts';
import { isForward, poolConfig } from '../filter/pool-config.ts';
import { routesOf } from '../plan/routes-of.ts';
import type { Plan } from '../plan/types.ts';
import { type Change, changePool } from '../simulate/change.ts';
import { numberedKey } from '../simulate/keys.ts';
import type { Keys } from '../simulate/simulate.ts';
import { runPool, type Side } from '../simulate/simulate-pool.ts';
import { renderSvg } from '../simulate/svg.ts';
import { type Target, targetsOf } from '../simulate/target.ts';
import type { Plans } from './timeline.ts';

/** Enough for shares to a tenth of a percent, in some 20 ms. */
const KEYS = 20_000;

/** What cannot be answered, for who asked. */
export class Unanswerable extends Error {}

export interface Moved {
  /** Of all keys, 0..1; undefined: nothing was changed. */
  readonly moved?: number;
  /** Least that any scheme could move. */
  readonly ideal?: number;
  readonly svg: string;
  readonly notes: readonly string[];
}

/** @throws {Unanswerable} */
export function whatIf(module: WebAssembly.Module, plan: Plan, pool: string, change: Change): Moved {
  const target = targetOf(plan, pool);
  const changed = changePool(target.pool, change);
  if (!changed.ok) throw new Unanswerable(changed.problems.join(' '));
  const words = [...change.remove.map((h) => `without ${h}`), ...change.add.map((h) => `with ${h}`)];
  return moved(module, target, { route: target.route, pool: changed.pool }, words.join(', '));
}

/** @throws {Unanswerable} */
export function whatMoved(module: WebAssembly.Module, { before, after }: Plans, pool: string): Moved {
  return moved(module, targetOf(before.plan, pool), targetOf(after.plan, pool), 'this change');
}

/** @throws {Unanswerable} */
function targetOf(plan: Plan, pool: string): Target {
  const found = targetsOf(plan, pool);
  const target = found.ok ? found.targets.find((one) => one.pool.name === pool) : undefined;
  if (target === undefined) throw new Unanswerable(`${pool} does not send by key`);
  return target;
}

function moved(module: WebAssembly.Module, before: Target, after: Side, change: string): Moved {
  const { kind } = before.route.action.hash[0]!;
  const keys: Keys = { length: KEYS, at: (i) => numberedKey(kind, i), count: () => 1 };
  const report = runPool({ module, before, after, routes: before.routes, keys, change });
  if (report === undefined) throw new Unanswerable('its hosts are not known, or it has none');
  const { moves, notes } = report;
  return {
    moved: moves && moves.moved / moves.keys,
    ideal: moves && moves.ideal / moves.keys,
    svg: renderSvg([report], false),
    notes,
  };
}

/** Slots on both sides of the key's. */
const AROUND = 30;

/** The part of a route's table around a slot; undefined where the filter has none. */
export function slotsAround(
  module: WebAssembly.Module,
  plan: Plan,
  routeName: string,
  poolName: string,
  slot: number,
): string | undefined {
  const route = routesOf(plan)
    .filter(isForward)
    .find(({ name }) => name === routeName);
  const pool = plan.pools.find(({ name }) => name === poolName);
  const config = route && pool && poolConfig(route, pool);
  const table = config && new Filter(module, config).table(poolName);
  if (table === undefined) return undefined;
  const first = (((slot - AROUND) % table.size) + table.size) % table.size;
  const count = Math.min(2 * AROUND + 1, table.size);
  const owners = Array.from({ length: count }, (_, i) =>
    table.hosts.indexOf(table.attempt(BigInt((first + i) % table.size), 0).host),
  );
  return slotStrip({ tableSize: table.size, first, owners, hosts: table.hosts, chosen: slot });
}
