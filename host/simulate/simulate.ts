/**
 * Many keys through the compiled filter's table, before and after a change: how they spread, which of them
 * move. The look-ups are passed in, so this file is only arithmetic over host names.
 */

import type { HostShare } from '../filter/shares.ts';
import { type Flow, type Moves, movesOf } from './moves.ts';
import { type Spread, spreadOf } from './spread.ts';

/** A pool as the filter sees it. */
export interface Lookup {
  readonly shares: readonly HostShare[];
  /** Hosts by the numbers that `pick` answers. */
  readonly hosts: readonly string[];
  /** The host's number for each key, in order. */
  pick(keys: readonly string[]): ArrayLike<number>;
}

/** Keys by number, with how often each comes. */
export interface Keys {
  /** Different keys. */
  readonly length: number;
  at(i: number): string;
  count(i: number): number;
}

export interface Simulated {
  /** Requests: the sum of all counts. */
  readonly keys: number;
  readonly distinct: number;
  readonly before: Spread;
  readonly after?: Spread;
  readonly moves?: Moves;
}

/**
 * Large enough that calls into the module cost little compared with the look-ups, small enough to show
 * progress.
 */
const BATCH = 20_000;

/** @param progress Called after each batch with the number of different keys done. */
export function simulate(
  keys: Keys,
  before: Lookup,
  after: Lookup | undefined,
  progress: (done: number) => void = () => {},
): Simulated {
  const width = after?.hosts.length ?? 1;
  const counts = new Float64Array(before.hosts.length * width);
  for (let from = 0; from < keys.length; from += BATCH) {
    const to = Math.min(from + BATCH, keys.length);
    const batch: string[] = [];
    for (let i = from; i < to; i++) batch.push(keys.at(i));
    const old = before.pick(batch);
    const now = after?.pick(batch);
    for (let i = 0; i < batch.length; i++) {
      const cell = old[i]! * width + (now === undefined ? 0 : now[i]!);
      counts[cell] = counts[cell]! + keys.count(from + i);
    }
    progress(to);
  }
  const flows: Flow[] = [];
  before.hosts.forEach((from, i) => {
    for (let j = 0; j < width; j++) {
      const count = counts[i * width + j]!;
      if (count > 0) flows.push({ from, to: after === undefined ? from : after.hosts[j]!, keys: count });
    }
  });
  return {
    keys: flows.reduce((total, flow) => total + flow.keys, 0),
    distinct: keys.length,
    before: spreadOf(before.shares, totals(flows, 'from')),
    after: after === undefined ? undefined : spreadOf(after.shares, totals(flows, 'to')),
    moves: after === undefined ? undefined : movesOf(before.shares, after.shares, flows),
  };
}

function totals(flows: readonly Flow[], end: 'from' | 'to'): Map<string, number> {
  const found = new Map<string, number>();
  for (const flow of flows) found.set(flow[end], (found.get(flow[end]) ?? 0) + flow.keys);
  return found;
}
