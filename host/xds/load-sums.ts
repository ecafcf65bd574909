/**
 * What hosts do, summed up over the load reports of all Envoys. A report tells what happened since the one
 * before; it is paid out over as long a time again, so that rates do not jump with the moments at which
 * reports come.
 */
import type { ClusterStats } from '../proto/endpoint_pb.js';

/** Cluster → its hosts, as `127.0.0.1:3000`. What is reported of others is passed over. */
export type Wanted = ReadonlyMap<string, ReadonlySet<string>>;

/** Of one Envoy, since its report before. */
export interface EnvoyLoad {
  /** Requests a second. */
  readonly rate: number;
  /** Of the requests, 0..1. */
  readonly errors: number;
}

export interface HostLoad {
  /** Since somebody looks; parts of requests too. */
  readonly total: number;
  readonly errors: number;
  readonly inFlight: number;
}
/** Cluster → host → its counts. A cluster in which nothing happened is the same object as before. */
export type Loads = ReadonlyMap<string, ReadonlyMap<string, HostLoad>>;

/** Hosts that one Envoy is asked for, and of one report: a peer may name one again and again. */
export const MAX_ASKED_HOSTS = 50_000;
/** Hosts of all reports that are held at once. */
export const MAX_HELD = 500_000;

interface Count {
  total: number;
  errors: number;
  inFlight: number;
}

interface Part {
  readonly count: Count;
  readonly requests: number;
  readonly errors: number;
  readonly inFlight: number;
}

/** What is held of the last report of one Envoy. */
export interface Report {
  readonly parts: readonly Part[];
  /** Milliseconds, by the caller's clock. */
  readonly at: number;
  readonly ms: number;
  /** How much of it is in the sums, 0..1. */
  paid: number;
}

export class LoadSums {
  readonly #longestMs: number;
  readonly #counts = new Map<string, Map<string, Count>>();
  #read = new Map<string, ReadonlyMap<string, HostLoad>>();
  #held = 0;

  /** @param longestMs That one report may be of, whatever its Envoy says. */
  constructor(longestMs: number) {
    this.#longestMs = longestMs;
  }

  /** Sums of hosts that were wanted before go on. */
  want(clusters: Wanted): void {
    const before = new Map(this.#counts);
    this.#counts.clear();
    for (const [cluster, hosts] of clusters) {
      const counts = [...hosts].map((host) => {
        const count = before.get(cluster)?.get(host);
        return [host, count ?? { total: 0, errors: 0, inFlight: 0 }] as const;
      });
      this.#counts.set(cluster, new Map(counts));
    }
  }

  /** Nothing is wanted any more. */
  clear(): void {
    this.#counts.clear();
    this.#read = new Map();
  }

  /** What is held of a report until drop(). */
  hold(stats: readonly ClusterStats[], at: number): Report {
    const parts: Part[] = [];
    let ms = 0;
    for (const { clusterName: cluster, upstreamLocalityStats, loadReportInterval: time } of stats) {
      const hosts = this.#counts.get(cluster);
      if (hosts === undefined) continue;
      ms = Math.max(ms, time === undefined ? 0 : Number(time.seconds) * 1000 + time.nanos / 1e6);
      for (const one of upstreamLocalityStats.flatMap((locality) => locality.upstreamEndpointStats)) {
        const count = hosts.get(hostOf(one));
        if (count === undefined || this.#held >= MAX_HELD || parts.length >= MAX_ASKED_HOSTS) continue;
        this.#held++;
        parts.push({
          count,
          requests: one.totalIssuedRequests,
          errors: one.totalErrorRequests,
          inFlight: one.totalRequestsInProgress,
        });
      }
    }
    return { parts, at, ms: Math.min(this.#longestMs, Math.max(1_000, ms)), paid: 0 };
  }

  /** What is not paid of it is lost. */
  drop(report: Report): void {
    this.#held -= report.parts.length;
  }

  /** Brings into the sums what is due of a report. */
  pay(report: Report, now: number): void {
    if (report.paid === 1) return;
    const due = Math.min(1, Math.max(report.paid, (now - report.at) / report.ms));
    const more = due - report.paid;
    report.paid = due;
    for (const { count, requests, errors } of report.parts) {
      count.total += more * requests;
      count.errors += more * errors;
    }
  }

  /** The sums until now, of every host that is wanted. @param reports All that are held. */
  read(reports: readonly Report[], now: number): Loads {
    for (const hosts of this.#counts.values()) for (const count of hosts.values()) count.inFlight = 0;
    for (const report of reports) {
      this.pay(report, now);
      for (const { count, inFlight } of report.parts) count.inFlight += inFlight;
    }
    const read = new Map<string, ReadonlyMap<string, HostLoad>>();
    for (const [cluster, hosts] of this.#counts) read.set(cluster, snapshot(hosts, this.#read.get(cluster)));
    this.#read = read;
    return read;
  }
}

export function envoyLoad({ parts, ms }: Report): EnvoyLoad {
  let [requests, errors] = [0, 0];
  for (const part of parts) {
    requests += part.requests;
    errors += part.errors;
  }
  return { rate: requests / (ms / 1000), errors: requests === 0 ? 0 : errors / requests };
}

/** As Envoy writes it elsewhere. */
function hostOf({ address }: ClusterStats['upstreamLocalityStats'][0]['upstreamEndpointStats'][0]): string {
  const at = address?.address;
  if (at?.case !== 'socketAddress') return '';
  const { address: host, portSpecifier } = at.value;
  return `${host.includes(':') ? `[${host}]` : host}:${portSpecifier.value ?? 0}`;
}

function snapshot(
  hosts: ReadonlyMap<string, Count>,
  before: ReadonlyMap<string, HostLoad> | undefined,
): ReadonlyMap<string, HostLoad> {
  let isSame = before?.size === hosts.size;
  const now = new Map<string, HostLoad>();
  for (const [host, { total, errors, inFlight }] of hosts) {
    const was = before?.get(host);
    const same = was?.total === total && was.errors === errors && was.inFlight === inFlight;
    now.set(host, same ? was : { total, errors, inFlight });
    isSame &&= same;
  }
  return isSame ? before! : now;
}
