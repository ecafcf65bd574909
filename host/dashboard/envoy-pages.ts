/**
 * What Envoy's admin pages say, as far as the dashboard shows it: `/clusters` (source/server/admin/
 * clusters_handler.cc) and `/stats` as text. Lines that are something else are passed over.
 */

export interface HostCounts {
  /** Requests since the host is known. */
  total: number;
  errors: number;
  inFlight: number;
  /** '' for a healthy host, else Envoy's flags. */
  why: string;
}
/** Cluster → host → its counts. */
export type Clusters = ReadonlyMap<string, ReadonlyMap<string, HostCounts>>;

/** Hosts that are read; those after them are not shown. */
export const MAX_READ = 50_000;

const HEALTHY = 'healthy';

/** @param wanted Names of clusters: the others are passed over. */
export function readClusters(page: string, wanted: (cluster: string) => boolean): Clusters {
  const clusters = new Map<string, Map<string, HostCounts>>();
  let hosts = 0;
  let [name, isWanted] = ['', false];
  for (const line of linesOf(page)) {
    const end = line.indexOf('::');
    if (end < 0) continue;
    const cluster = line.slice(0, end);
    if (cluster !== name) [name, isWanted] = [cluster, wanted(cluster)];
    if (!isWanted) continue;
    // From the end: an IPv6 address has `::` in it.
    const value = line.lastIndexOf('::');
    const field = line.lastIndexOf('::', value - 1);
    if (field <= end) continue;
    const key = COUNTS[line.slice(field + 2, value)];
    if (key === undefined) continue;
    const host = line.slice(end + 2, field);
    const known = clusters.get(cluster) ?? new Map<string, HostCounts>();
    const counts = known.get(host) ?? { total: 0, errors: 0, inFlight: 0, why: '' };
    if (!known.has(host)) {
      if (++hosts > MAX_READ) break;
      clusters.set(cluster, known.set(host, counts));
    }
    const text = line.slice(value + 2);
    if (key === 'why') counts.why = text === HEALTHY ? '' : text.replace(/^\//, '').replaceAll('/', ', ');
    else counts[key] = Number(text) || 0;
  }
  return clusters;
}

const COUNTS: Readonly<Record<string, keyof HostCounts | undefined>> = {
  __proto__: null as never,
  rq_total: 'total',
  rq_error: 'errors',
  rq_active: 'inFlight',
  health_flags: 'why',
};

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

export function readStats(page: string): Stats {
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
    } else if (name.endsWith('.upstream_rq_time'))
      times.set(name.slice('cluster.'.length, -'.upstream_rq_time'.length), quantiles(text));
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
