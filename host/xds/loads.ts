/**
 * What Envoys count, by their load reports (envoy/service/load_stats/v3): asked for only while somebody
 * looks, and no oftener than the server can read them. load-sums.ts sums them up.
 */
import { equal } from '../basics/equal.ts';
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

/** What an Envoy is asked. */
interface Question {
  readonly names: readonly string[];
  readonly seconds: number;
}

export class LoadReports {
  readonly #reporters = new Map<Reporter, { asked?: Question; report?: Report }>();
  readonly #sums = new LoadSums(2 * LATEST_SECONDS * 1000);
  #wanted: Wanted | undefined;
  /** Undefined: nobody looks. */
  #question: Question | undefined;
  #isTold = false;

  add(reporter: Reporter): void {
    this.#reporters.set(reporter, {});
    if (this.#question !== undefined) this.#ask(this.#question.names);
  }

  remove(reporter: Reporter): void {
    this.#drop(reporter);
    this.#reporters.delete(reporter);
    if (this.#question !== undefined) this.#ask(this.#question.names);
  }

  /** @param clusters Undefined: nobody looks any more. The same object: nothing changed. */
  want(clusters: Wanted | undefined): void {
    if (clusters === this.#wanted) return;
    this.#wanted = clusters;
    if (clusters === undefined) this.#rest();
    else {
      this.#sums.want(clusters);
      this.#ask(askedFor(clusters));
    }
  }

  #rest(): void {
    for (const [reporter, state] of this.#reporters) {
      this.#drop(reporter);
      if (state.asked !== undefined) reporter.ask([], LATEST_SECONDS);
      state.asked = undefined;
    }
    this.#sums.clear();
    this.#question = undefined;
    this.#isTold = false;
  }

  /** Each once: those of whom nothing else is wanted than before are not asked again. */
  #ask(names: readonly string[]): void {
    const before = this.#question;
    const seconds = pace((names.length * this.#reporters.size) / CLUSTERS_A_SECOND, before?.seconds);
    const isSame = before?.seconds === seconds && equal(before.names, names);
    const question = isSame ? before : { names, seconds };
    this.#question = question;
    for (const [reporter, state] of this.#reporters) {
      if (state.asked === question) continue;
      state.asked = question;
      reporter.ask(names, seconds);
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

/**
 * Seconds between two reports of an Envoy. A change of it is a question to all: it stays while it is enough
 * and not far too much, and a new one leaves room for as many Envoys again.
 * @param needed At least.
 */
function pace(needed: number, before: number | undefined): number {
  const within = (seconds: number) => Math.min(LATEST_SECONDS, Math.max(SOONEST_SECONDS, Math.ceil(seconds)));
  if (before === undefined) return within(needed);
  return within(needed) <= before && within(4 * needed) >= before ? before : within(2 * needed);
}

/** Those that fit, in the order in which they are wanted. */
function askedFor(clusters: Wanted): string[] {
  let hosts = 0;
  return [...clusters].flatMap(([name, { size }]) => {
    hosts += size;
    return hosts <= MAX_ASKED_HOSTS ? [name] : [];
  });
}
