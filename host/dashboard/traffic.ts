/**
 * Envoy's counters over time: rates and shares of the last seconds, and lines of the last minutes. Counters
 * of Envoy begin anew with a host that comes back, so only differences count.
 */
import type { Pool } from '../plan/types.ts';
import type { History, HostNow, PoolNow, PoolRow, SeenShares } from './contract.ts';
import { WINDOW_SECONDS } from './contract.ts';
import { type Clusters, type HostCounts, hostKey, type Stats } from './envoy-pages.ts';
import { Lines } from './lines.ts';
import { remarkOf } from './remark.ts';
import { seenShares } from './seen.ts';

export interface Sample {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly clusters: Clusters;
  readonly stats: Stats;
}

/** A pool as the page lists it, and as the plan has it. */
export interface ShownPool {
  readonly row: PoolRow;
  readonly pool: Pool;
}

export class Traffic {
  /** Oldest first; the newest and those of the window before it. */
  #samples: Sample[] = [];
  readonly #lines = new Lines();

  /** @param sample Newer than those before. */
  add(sample: Sample): void {
    const from = sample.at - WINDOW_SECONDS * 1000;
    // One older than the window is kept, for what happened in the whole of it.
    while (this.#samples.length > 1 && this.#samples[1]!.at <= from) this.#samples.shift();
    this.#samples.push(sample);
    this.#lines.add(sample.at, (record) => {
      for (const [cluster, hosts] of sample.clusters)
        for (const host of hosts.keys()) {
          const key = hostKey(cluster, host);
          record(key, this.#change(cluster, host).rate, thousandths(sample, UTILIZATION, key));
        }
    });
  }

  /** When Envoy was read last, in milliseconds since 1970; 0 before the first time. */
  get at(): number {
    return this.#newest?.at ?? 0;
  }

  pool(shown: ShownPool): PoolNow {
    return this.#poolOf(shown.row.id, this.hosts(shown));
  }

  hosts({ row, pool }: ShownPool): HostNow[] {
    const counts = this.#newest?.clusters.get(row.id);
    if (counts === undefined) return [];
    const changes = new Map([...counts.keys()].map((host) => [host, this.#change(row.id, host)]));
    const all = [...changes.values()].reduce((sum, { requests }) => sum + requests, 0);
    // By load reports Envoy weighs what the filter makes of them, and shows it to nobody.
    const known = pool.balancer.kind === 'utilization' ? [] : row.hosts;
    const due = new Map(known.map(({ host, share }) => [host, share]));
    return [...counts].map(([host, { why, inFlight }]) => {
      const { requests, errors, rate } = changes.get(host)!;
      const share = all === 0 ? 0 : requests / all;
      const key = hostKey(row.id, host);
      const seen = { host, healthy: why === '', why, share, due: due.get(host) };
      return {
        ...seen,
        ...{ rate, errors: requests === 0 ? 0 : errors / requests, inFlight },
        utilization: thousandths(this.#newest, UTILIZATION, key),
        // 0: too few answers to tell.
        fastest: thousandths(this.#newest, FASTEST, key) || undefined,
        // Envoy leaves out gauges that are 0.
        shed: thousandths(this.#newest, SHED, key) ?? (row.sticky ? 0 : undefined),
        remark: remarkOf(seen, all, row),
      };
    });
  }

  history({ id, hosts }: PoolRow): History {
    return { pool: id, ...this.#lines.of(hosts.map(({ host }) => ({ host, key: hostKey(id, host) }))) };
  }

  /** Of a change at that time, for hosts before and after it. */
  seen(id: string, hosts: readonly string[], at: number): SeenShares {
    const keyed = hosts.map((host) => ({ host, key: hostKey(id, host) }));
    return seenShares(this.#lines, keyed, at, Date.now());
  }

  /** Of the filter, by name. */
  counters(): ReadonlyMap<string, number> {
    return this.#newest?.stats.counters ?? new Map();
  }

  get #newest(): Sample | undefined {
    return this.#samples.at(-1);
  }

  /** What the host did in the window. */
  #change(cluster: string, host: string): { requests: number; errors: number; rate: number } {
    const [first, last] = [this.#samples[0], this.#newest];
    const is = last?.clusters.get(cluster)?.get(host);
    if (first === undefined || last === undefined || first === last || is === undefined) return NOTHING;
    const was = first.clusters.get(cluster)?.get(host);
    const requests = since(was, is, 'total');
    return {
      requests,
      errors: since(was, is, 'errors'),
      rate: requests / ((last.at - first.at) / 1000),
    };
  }

  #poolOf(id: string, hosts: readonly HostNow[]): PoolNow {
    const rate = hosts.reduce((sum, host) => sum + host.rate, 0);
    const errors = hosts.reduce((sum, host) => sum + host.errors * host.rate, 0);
    const odd = hosts.find(({ healthy }) => !healthy) ?? hosts.find(({ remark }) => remark !== '');
    return {
      id,
      rate,
      errors: rate === 0 ? 0 : errors / rate,
      healthy: hosts.filter(({ healthy }) => healthy).length,
      total: hosts.length,
      ...this.#newest?.stats.times.get(id),
      remark: odd === undefined ? '' : `${odd.host}: ${odd.remark}`,
    };
  }
}

const NOTHING = { requests: 0, errors: 0, rate: 0 };
const UTILIZATION = 'loadstar_host_utilization_permille';
const SHED = 'loadstar_host_shed_permille';
const FASTEST = 'loadstar_host_fastest_microseconds';

const since = (was: HostCounts | undefined, is: HostCounts, name: 'total' | 'errors'): number =>
  was === undefined || is[name] < was[name] ? is[name] : is[name] - was[name];

const thousandths = (sample: Sample | undefined, gauge: string, key: string): number | undefined => {
  const value = sample?.stats.gauges.get(gauge)?.get(key);
  return value === undefined ? undefined : value / 1000;
};
