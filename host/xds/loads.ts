/**
 * What Envoys count, by their load reports (envoy/service/load_stats/v3): asked for only while somebody
 * looks, and summed up over all Envoys of a group. A report tells what happened since the one before; it is
 * paid out over as long a time again, so that rates do not jump with the moments at which reports come.
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

/** One Envoy that reports. */
export interface Reporter {
  /** @param clusters None: nothing more is to be reported. */
  ask(clusters: readonly string[], seconds: number): void;
}

/** Hosts that one Envoy is asked for, and of one report: a peer may name one again and again. */
export const MAX_ASKED_HOSTS = 50_000;
/** Hosts of all reports that are held at once. */
export const MAX_HELD = 500_000;
/** Reports of a cluster, of all Envoys together, that are asked for in a second. */
const CLUSTERS_A_SECOND = 10_000;
const SOONEST_SECONDS = 2;
const LATEST_SECONDS = 30;

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

interface Report {
  readonly parts: readonly Part[];
  /** Milliseconds, by the caller's clock. */
  readonly at: number;
  readonly ms: number;
  /** How much of it is in the sums, 0..1. */
  paid: number;
}

export class LoadReports {
  readonly #reporters = new Map<Reporter, { asked?: object; report?: Report }>();
  #wanted: { readonly clusters: Wanted; readonly names: readonly string[]; seconds: number } | undefined;
  readonly #counts = new Map<string, Map<string, Count>>();
  #read = new Map<string, ReadonlyMap<string, HostLoad>>();
  #held = 0;
  #isTold = false;

  add(reporter: Reporter): void {
    this.#reporters.set(reporter, {});
    this.#ask();
  }

  remove(reporter: Reporter): void {
    this.#drop(reporter);
    this.#reporters.delete(reporter);
    this.#ask();
  }

  /** @param clusters Undefined: nobody looks any more. The same object: nothing changed. */
  want(clusters: Wanted | undefined): void {
    if (clusters === this.#wanted?.clusters) return;
    if (clusters === undefined) {
      this.#wanted = undefined;
      for (const [reporter, state] of this.#reporters) {
        this.#drop(reporter);
        if (state.asked !== undefined) reporter.ask([], LATEST_SECONDS);
        state.asked = undefined;
      }
      this.#counts.clear();
      this.#read = new Map();
      this.#isTold = false;
      return;
    }
    this.#wanted = { clusters, names: askedFor(clusters), seconds: SOONEST_SECONDS };
    this.#count(clusters);
    this.#ask();
  }

  /** Tells those that do not know it yet what is wanted. */
  #ask(): void {
    const wanted = this.#wanted;
    if (wanted === undefined) return;
    const each = (wanted.names.length * this.#reporters.size) / CLUSTERS_A_SECOND;
    const seconds = Math.min(LATEST_SECONDS, Math.max(SOONEST_SECONDS, Math.ceil(each)));
    if (seconds !== wanted.seconds) this.#wanted = { ...wanted, seconds };
    for (const [reporter, state] of this.#reporters) {
      if (state.asked === this.#wanted) continue;
      state.asked = this.#wanted;
      reporter.ask(wanted.names, seconds);
    }
  }

  /** @returns false: nobody asked for it. */
  take(reporter: Reporter, stats: readonly ClusterStats[], at: number): boolean {
    const state = this.#reporters.get(reporter);
    if (this.#wanted === undefined || state === undefined) return false;
    // What is left of the one before is paid now.
    this.#pay(state.report, Number.POSITIVE_INFINITY);
    this.#drop(reporter);
    const parts: Part[] = [];
    let ms = 0;
    for (const { clusterName: cluster, upstreamLocalityStats, loadReportInterval: time } of stats) {
      const hosts = this.#counts.get(cluster);
      if (hosts === undefined) continue;
      ms = Math.max(ms, time === undefined ? 0 : Number(time.seconds) * 1000 + time.nanos / 1e6);
      for (const { upstreamEndpointStats } of upstreamLocalityStats)
        for (const one of upstreamEndpointStats) {
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
    // A peer may say anything.
    const most = 2 * LATEST_SECONDS * 1000;
    this.#isTold = true;
    state.report = { parts, at, ms: Math.min(most, Math.max(1_000, ms)), paid: 0 };
    return true;
  }

  /** The sums until now, of every host that is wanted; undefined: no Envoy has told anything yet. */
  read(now: number): Loads | undefined {
    if (!this.#isTold) return undefined;
    for (const hosts of this.#counts.values()) for (const count of hosts.values()) count.inFlight = 0;
    for (const { report } of this.#reporters.values()) {
      this.#pay(report, now);
      for (const { count, inFlight } of report?.parts ?? []) count.inFlight += inFlight;
    }
    const read = new Map<string, ReadonlyMap<string, HostLoad>>();
    for (const [cluster, hosts] of this.#counts) read.set(cluster, snapshot(hosts, this.#read.get(cluster)));
    this.#read = read;
    return read;
  }

  /** Undefined: it has not reported yet, or was not asked. */
  of(reporter: Reporter): EnvoyLoad | undefined {
    const report = this.#reporters.get(reporter)?.report;
    if (report === undefined) return undefined;
    let [requests, errors] = [0, 0];
    for (const part of report.parts) {
      requests += part.requests;
      errors += part.errors;
    }
    return { rate: requests / (report.ms / 1000), errors: requests === 0 ? 0 : errors / requests };
  }

  #pay(report: Report | undefined, now: number): void {
    if (report === undefined || report.paid === 1) return;
    const due = Math.min(1, Math.max(report.paid, (now - report.at) / report.ms));
    const more = due - report.paid;
    report.paid = due;
    for (const { count, requests, errors } of report.parts) {
      count.total += more * requests;
      count.errors += more * errors;
    }
  }

  #drop(reporter: Reporter): void {
    const state = this.#reporters.get(reporter);
    this.#held -= state?.report?.parts.length ?? 0;
    if (state !== undefined) state.report = undefined;
  }

  /** Of hosts that are wanted still, the counts go on. */
  #count(clusters: Wanted): void {
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
}

/** Those that fit, in the order in which they are wanted. */
function askedFor(clusters: Wanted): string[] {
  let hosts = 0;
  return [...clusters].flatMap(([name, { size }]) => {
    hosts += size;
    return hosts <= MAX_ASKED_HOSTS ? [name] : [];
  });
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
