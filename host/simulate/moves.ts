/**
 * What a change of hosts or weights does to keys: how many get another host, and how many of those had to.
 *
 * The least that any scheme can move: the keys of hosts that are gone, and of each host that stays what its
 * share shrinks by. Three equal hosts that become two must move the third's keys and no other; a fourth host
 * added to three takes a quarter.
 */
import type { HostShare } from '../filter/shares.ts';

export interface Flow {
  readonly from: string;
  readonly to: string;
  readonly keys: number;
}
export interface Moves {
  readonly keys: number;
  readonly moved: number;
  /** Moved since their host is gone: they had to. */
  readonly hostGone: number;
  /** Moved although their host is still there. */
  readonly hostStayed: number;
  /**
   * Of those, the ones that went to a host that was there before, too. With equal weights none of these is
   * needed.
   */
  readonly betweenStaying: number;
  /** Keys that the best possible scheme would move. */
  readonly ideal: number;
  /** moved − ideal, never below 0. */
  readonly needless: number;
  /** Largest first, then by name. */
  readonly flows: readonly Flow[];
}

/** @param counts Keys by host before and host after. */
export function movesOf(
  before: readonly HostShare[],
  after: readonly HostShare[],
  counts: readonly Flow[],
): Moves {
  const was = new Set(before.map(({ host }) => host));
  const now = new Map(after.map(({ host, share }) => [host, share]));
  const keys = sum(counts);
  const flows = counts
    .filter(({ from, to, keys }) => from !== to && keys > 0)
    .sort((a, b) => b.keys - a.keys || compare(a.from, b.from) || compare(a.to, b.to));
  const moved = sum(flows);
  const hostGone = sum(flows.filter(({ from }) => !now.has(from)));
  const shrinks = before.reduce((total, { host, share }) => {
    const left = now.get(host);
    return left === undefined ? total : total + Math.max(0, share - left);
  }, 0);
  const ideal = hostGone + Math.round(shrinks * keys);
  return {
    keys,
    moved,
    hostGone,
    hostStayed: moved - hostGone,
    betweenStaying: sum(flows.filter(({ from, to }) => now.has(from) && was.has(to))),
    ideal,
    needless: Math.max(0, moved - ideal),
    flows,
  };
}

const sum = (flows: readonly Flow[]): number => flows.reduce((total, { keys }) => total + keys, 0);
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
