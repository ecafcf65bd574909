/**
 * What Envoys count, by their load reports (envoy/service/load_stats/v3): asked for only while somebody
 * looks, and no oftener than the server can read them. load-sums.ts sums them up.
 */
import type { ClusterStats } from '../proto/endpoint_pb.js';
import {
  type EnvoyLoad,
  envoyLoad,
  LoadSums,
  type Loads,
  MAX_ASKED_HOSTS,
  type Report,
  type Wanted,
} from './load-sums.ts';

/** One Envoy that reports. */
export interface Reporter {
  /** @param clusters None: nothing more is to be reported. */
  ask(clusters: readonly string[], seconds: number): void;
}

/** Reports of a cluster, of all Envoys together, that are asked for in a second. */
const CLUSTERS_A_SECOND = 10_000;
const SOONEST_SECONDS = 2;
const LATEST_SECONDS = 30;

export class LoadReports {
  readonly #reporters = new Map<Reporter, { asked?: object; report?: Report }>();
  readonly #sums = new LoadSums(2 * LATEST_SECONDS * 1000);
  #wanted:
    | { readonly clusters: Wanted; readonly names: readonly string[]; readonly seconds: number }
    | undefined;
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
    this.#wanted = clusters && { clusters, names: askedFor(clusters), seconds: SOONEST_SECONDS };
    if (clusters === undefined) this.#rest();
    else this.#sums.want(clusters);
    this.#ask();
  }

  #rest(): void {
    for (const [reporter, state] of this.#reporters) {
      this.#drop(reporter);
      if (state.asked !== undefined) reporter.ask([], LATEST_SECONDS);
      state.asked = undefined;
    }
    this.#sums.clear();
    this.#isTold = false;
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
    if (state.report !== undefined) this.#sums.pay(state.report, Number.POSITIVE_INFINITY);
    this.#drop(reporter);
    state.report = this.#sums.hold(stats, at);
    this.#isTold = true;
    return true;
  }

  /** The sums until now, of every host that is wanted; undefined: no Envoy has told anything yet. */
  read(now: number): Loads | undefined {
    if (!this.#isTold) return undefined;
    const held = [...this.#reporters.values()].flatMap(({ report }) => report ?? []);
    return this.#sums.read(held, now);
  }

  /** Undefined: it has not reported yet, or was not asked. */
  of(reporter: Reporter): EnvoyLoad | undefined {
    const report = this.#reporters.get(reporter)?.report;
    return report && envoyLoad(report);
  }

  #drop(reporter: Reporter): void {
    const state = this.#reporters.get(reporter);
    if (state?.report === undefined) return;
    this.#sums.drop(state.report);
    state.report = undefined;
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
