/** How evenly keys are spread over the hosts: the share that each got, and the share that it should get. */
import type { HostShare } from '../filter/shares.ts';

export interface HostSpread {
  readonly host: string;
  readonly weight: number;
  readonly keys: number;
  /** 0..1 of all keys. */
  readonly share: number;
  readonly expected: number;
  /** share / expected − 1: 0.02 is two percent more than its expected share. */
  readonly deviation: number;
}
export interface Spread {
  readonly keys: number;
  /** Sorted by address. */
  readonly hosts: readonly HostSpread[];
  /** The hosts farthest below and above their due. */
  readonly least: HostSpread;
  readonly most: HostSpread;
}

/**
 * @param counts Keys by host; a host without an entry got none. Throws on an empty pool: nothing could be
 *   picked.
 */
export function spreadOf(shares: readonly HostShare[], counts: ReadonlyMap<string, number>): Spread {
  const keys = shares.reduce((sum, { host }) => sum + (counts.get(host) ?? 0), 0);
  const hosts = shares.map(({ host, weight, share: expected }) => {
    const got = counts.get(host) ?? 0;
    const share = keys === 0 ? 0 : got / keys;
    return { host, weight, keys: got, share, expected, deviation: keys === 0 ? 0 : share / expected - 1 };
  });
  const first = hosts[0];
  if (first === undefined) throw new Error('a spread over no hosts');
  return {
    keys,
    hosts,
    least: hosts.reduce((a, b) => (b.deviation < a.deviation ? b : a), first),
    most: hosts.reduce((a, b) => (b.deviation > a.deviation ? b : a), first),
  };
}
