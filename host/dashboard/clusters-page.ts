/**
 * What Envoy's admin page `/clusters` says of hosts (source/server/admin/clusters_handler.cc), read again and
 * again. With 500 pools it has megabytes, of which little changes: so it is read as bytes, nothing is made of
 * what is the same as before, and a cluster without changes is the very object that it was.
 */
import type { Clusters, HostCounts } from './envoy-pages.ts';

/** Hosts that are read; those after them are not shown. */
export const MAX_READ = 50_000;

/** The first line of each host has it: Envoy sorts a host's statistics by name. */
const FIRST = Buffer.from('::cx_active::');
const ACTIVE = Buffer.from('::rq_active::');
const ERRORS = Buffer.from('::rq_error::');
const TOTAL = Buffer.from('::rq_total::');
const FLAGS = Buffer.from('::health_flags::');
const LINE = 0x0a;
const ZERO = 0x30;
const SLASH = 0x2f;

interface Known {
  /** `cluster::host`, as the page has it. */
  readonly name: Buffer;
  readonly cluster: string;
  readonly host: string;
  counts: HostCounts;
}

const NOTHING: HostCounts = { total: 0, errors: 0, inFlight: 0, why: '' };

export class ClustersReader {
  /** In the order of the page before. */
  readonly #known: Known[] = [];
  #last: Clusters = new Map();

  /** @param wanted Names of clusters: the others are passed over. */
  read(page: Buffer, wanted: { has(cluster: string): boolean }): Clusters {
    const clusters = new Map<string, Map<string, HostCounts>>();
    let count = 0;
    let first = page.indexOf(FIRST);
    while (first >= 0 && count < MAX_READ) {
      const next = page.indexOf(FIRST, first + FIRST.length);
      const known = this.#at(count++, page.subarray(page.lastIndexOf(LINE, first) + 1, first));
      if (wanted.has(known.cluster)) {
        known.counts = countsOf(page.subarray(first, next < 0 ? page.length : next), known.counts);
        const hosts = clusters.get(known.cluster);
        if (hosts === undefined) clusters.set(known.cluster, new Map([[known.host, known.counts]]));
        else hosts.set(known.host, known.counts);
      }
      first = next;
    }
    this.#known.length = count;
    for (const [cluster, hosts] of clusters) {
      const before = this.#last.get(cluster);
      if (before !== undefined && isSame(before, hosts)) clusters.set(cluster, before as typeof hosts);
    }
    this.#last = clusters;
    return clusters;
  }

  /** The host of that number: the one before, when its name is the same. */
  #at(index: number, name: Buffer): Known {
    const before = this.#known[index];
    if (before?.name.equals(name)) return before;
    const text = name.toString();
    // A host may be `[2001:db8::1]:3000`.
    const end = text.indexOf('::');
    const known = {
      name: Buffer.from(name),
      cluster: text.slice(0, end),
      host: text.slice(end + 2),
      counts: NOTHING,
    };
    this.#known[index] = known;
    return known;
  }
}

/** @param lines Of one host. @param before Given back when nothing changed. */
function countsOf(lines: Buffer, before: HostCounts): HostCounts {
  const total = numberAfter(lines, TOTAL);
  const errors = numberAfter(lines, ERRORS);
  const inFlight = numberAfter(lines, ACTIVE);
  const why = flagsOf(lines);
  const isAsBefore =
    total === before.total && errors === before.errors && inFlight === before.inFlight && why === before.why;
  return isAsBefore ? before : { total, errors, inFlight, why };
}

/** 0 where it is not there. */
function numberAfter(lines: Buffer, name: Buffer): number {
  const at = lines.indexOf(name);
  if (at < 0) return 0;
  let value = 0;
  for (let i = at + name.length; i < lines.length && lines[i] !== LINE; i++)
    value = value * 10 + (lines[i]! - ZERO);
  return Number.isSafeInteger(value) && value >= 0 ? value : 0;
}

/** `healthy`, or a slash before each flag. */
function flagsOf(lines: Buffer): string {
  const at = lines.indexOf(FLAGS);
  const from = at + FLAGS.length;
  if (at < 0 || lines[from] !== SLASH) return '';
  const to = lines.indexOf(LINE, from);
  return lines.toString('utf8', from + 1, to < 0 ? lines.length : to).replaceAll('/', ', ');
}

const isSame = (a: ReadonlyMap<string, HostCounts>, b: ReadonlyMap<string, HostCounts>): boolean => {
  if (a.size !== b.size) return false;
  for (const [host, counts] of b) if (a.get(host) !== counts) return false;
  return true;
};
