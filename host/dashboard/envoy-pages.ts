/**
 * What Envoy counts, as far as the dashboard shows it, and its admin page `/stats` as text. Lines that are
 * something else are passed over. (`/clusters`: clusters-page.ts)
 */

export interface HostCounts {
  /** Requests since the host is known. */
  readonly total: number;
  readonly errors: number;
  readonly inFlight: number;
  /** '' for a healthy host, else Envoy's flags; undefined where Envoy does not tell. */
  readonly why?: string;
}
/** Cluster → host → its counts. */
export type Clusters = ReadonlyMap<string, ReadonlyMap<string, HostCounts>>;

export interface PoolTimes {
  readonly p50?: number;
  readonly p99?: number;
}
export interface Stats {
  /** Of the filter, summed up over Envoy: name → value. */
  readonly counters: ReadonlyMap<string, number>;
  /** Gauge → cluster and host, as `cluster host` → value. */
  readonly gauges: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** Cluster → milliseconds. */
  readonly times: ReadonlyMap<string, PoolTimes>;
}

/** RE2, of all that readStats reads. */
export const STATS_WANTED = '(^|\\.)wasmcustom\\.loadstar_|^cluster\\..*\\.upstream_rq_time$';

const GAUGE = /^(loadstar_host_\w+)\.cluster\.(.*)\.host\.(.*)$/;

/** @param before Of the page before: what is the same is not made anew. */
export function readStats(page: string, before?: Stats): Stats {
  const counters = new Map<string, number>();
  const gauges = new Map<string, Map<string, number>>();
  const times = new Map<string, PoolTimes>();
  for (const line of linesOf(page)) {
    const colon = line.indexOf(': ');
    if (colon < 0) continue;
    const [name, text] = [line.slice(0, colon), line.slice(colon + 2)];
    const own = name.indexOf('wasmcustom.');
    if (own >= 0) {
      const [, gauge, cluster, host] = GAUGE.exec(name.slice(own + 'wasmcustom.'.length)) ?? [];
      if (gauge === undefined) counters.set(name.slice(own + 'wasmcustom.'.length), Number(text) || 0);
      else {
        const known = gauges.get(gauge) ?? new Map<string, number>();
        gauges.set(gauge, known.set(hostKey(cluster!, host!), Number(text) || 0));
      }
    } else if (name.endsWith('.upstream_rq_time')) {
      const cluster = name.slice('cluster.'.length, -'.upstream_rq_time'.length);
      const [is, was] = [quantiles(text), before?.times.get(cluster)];
      times.set(cluster, was !== undefined && was.p50 === is.p50 && was.p99 === is.p99 ? was : is);
    }
  }
  return { counters, gauges, times };
}

export const hostKey = (cluster: string, host: string): string => `${cluster} ${host}`;

/** `P50(of the last interval,since the start) …`: those of the interval; `nan` where there was nothing. */
function quantiles(text: string): PoolTimes {
  const of = (name: string): number | undefined => {
    const at = text.indexOf(`${name}(`);
    const value = at < 0 ? Number.NaN : Number.parseFloat(text.slice(at + name.length + 1));
    return Number.isNaN(value) ? undefined : value;
  };
  return { p50: of('P50'), p99: of('P99') };
}

/** One after another: a page of many clusters has megabytes. */
function* linesOf(page: string): Generator<string> {
  for (let from = 0; from < page.length; ) {
    const to = page.indexOf('\n', from);
    const end = to < 0 ? page.length : to;
    yield page.slice(from, end);
    from = end + 1;
  }
}
