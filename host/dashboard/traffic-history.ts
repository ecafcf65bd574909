/**
 * Envoy's counters over time: rates and shares of the last seconds, and lines of the last minutes. Counters
 * of Envoy begin anew with a host that comes back, so only differences count.
 */
import type { Pool } from '../plan/types.ts';
import type { History, HostNow, PoolNow, PoolRow, SeenShares } from './contract.ts';
import { WINDOW_SECONDS } from './contract.ts';
import { type Clusters, type HostCounts, hostKey, type Stats } from './envoy-pages.ts';
import { Lines } from './lines.ts';
import { MIN_REQUESTS, remarkOf, unhealthy } from './remark.ts';
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

  /** Rounded as the page shows it, so that what looks the same is the same. */
  pool(shown: ShownPool): PoolNow {
    const { id } = shown.row;
    const [first, last] = [this.#samples[0]?.clusters.get(id), this.#newest?.clusters.get(id)];
    let [requests, errors, healthy, total] = [0, 0, 0, 0];
    let sick = '';
    for (const [host, is] of last ?? []) {
      if (is.why !== undefined) total++;
      if (is.why === '') healthy++;
      else if (is.why !== undefined && sick === '') sick = `${host}: ${unhealthy(is.why)}`;
      const was = first?.get(host);
      if (was === is || this.#seconds === 0) continue;
      requests += since(was, is, 'total');
      errors += since(was, is, 'errors');
    }
    return {
      id,
      rate: requests === 0 ? 0 : rounded(requests / this.#seconds, 100),
      errors: requests === 0 ? 0 : rounded(errors / requests, 10_000),
      ...{ healthy, total },
      ...this.#newest?.stats.times.get(id),
      remark: sick !== '' || requests < MIN_REQUESTS ? sick : this.#oddest(shown),
    };
  }

  #oddest(shown: ShownPool): string {
    const odd = this.hosts(shown).find(({ remark }) => remark !== '');
    return odd === undefined ? '' : `${odd.host}: ${odd.remark}`;
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
      const healthy = why === undefined ? undefined : why === '';
      const seen = { host, healthy, why: why ?? '', share, due: due.get(host) };
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

  /** Of the window, as far as there is one yet. */
  get #seconds(): number {
    return this.#samples.length < 2 ? 0 : (this.at - this.#samples[0]!.at) / 1000;
  }

  /** What the host did in the window. */
  #change(cluster: string, host: string): { requests: number; errors: number; rate: number } {
    const is = this.#newest?.clusters.get(cluster)?.get(host);
    if (is === undefined || this.#seconds === 0) return NOTHING;
    const was = this.#samples[0]!.clusters.get(cluster)?.get(host);
    if (was === is) return NOTHING;
    const requests = since(was, is, 'total');
    return { requests, errors: since(was, is, 'errors'), rate: requests / this.#seconds };
  }
}

const NOTHING = { requests: 0, errors: 0, rate: 0 };
const UTILIZATION = 'loadstar_host_utilization_permille';
const SHED = 'loadstar_host_shed_permille';
const FASTEST = 'loadstar_host_fastest_microseconds';

const rounded = (value: number, parts: number): number => Math.round(value * parts) / parts;

const since = (was: HostCounts | undefined, is: HostCounts, name: 'total' | 'errors'): number =>
  was === undefined || is[name] < was[name] ? is[name] : is[name] - was[name];

const thousandths = (sample: Sample | undefined, gauge: string, key: string): number | undefined => {
  const value = sample?.stats.gauges.get(gauge)?.get(key);
  return value === undefined ? undefined : value / 1000;
};
