/** Figures of a run: how unequal the hosts are, how soon they are equal, how much their shares swing. */
import type { Result } from './run.ts';

const mean = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0) / values.length;

/**
 * Mean utilization of each host from second `from` to before `to`, by its load. Hosts without requests are
 * left out.
 */
export function utilizations({ seconds, hosts }: Result, from: number, to: number): number[] {
  return hosts.flatMap((host, i) => {
    const rate = mean(seconds.slice(from, to).map(({ rates }) => rates[i]!));
    return rate === 0 ? [] : [host.at(rate)];
  });
}

/** Utilization of the busiest host as a multiple of that of the least busy one. */
export function unevenness(result: Result, from: number, to: number): number {
  const all = utilizations(result, from, to);
  return Math.max(...all) / Math.min(...all);
}

export function share({ seconds }: Result, host: number, from: number, to: number): number {
  return mean(seconds.slice(from, to).map(({ shares }) => shares[host]!));
}

/** Seconds from `from` until the unevenness over 5 seconds stays within `bound`; Infinity: never. */
export function settled(result: Result, from: number, to: number, bound: number, window = 5): number {
  let since = Number.POSITIVE_INFINITY;
  for (let end = to; end - window >= from; end--) {
    if (unevenness(result, end - window, end) > bound) break;
    since = end - window - from;
  }
  return since;
}

/** Largest relative standard deviation of a host's share, second by second. */
export function swing({ seconds }: Result, from: number, to: number): number {
  const some = seconds.slice(from, to);
  const hosts = some[0]!.shares.length;
  let most = 0;
  for (let i = 0; i < hosts; i++) {
    const shares = some.map(({ shares }) => shares[i]!);
    const middle = mean(shares);
    if (middle === 0) continue;
    most = Math.max(most, Math.sqrt(mean(shares.map((one) => (one - middle) ** 2))) / middle);
  }
  return most;
}
