/**
 * Envoy's client_side_weighted_round_robin, written anew from its description for simulations: which host a
 * request goes to, and what a report makes of a host's weight. Sources: Envoy's
 * load_balancing_policies/common/orca_weight_manager.cc and upstream/edf_scheduler.h.
 */
import type { Random } from '../fuzz/random.ts';

/** Of the documents' policy: Envoy's defaults, in seconds. */
export const BLACKOUT = 10;
export const EXPIRATION = 180;
export const UPDATE = 1;

interface Weighed {
  /** Of the last report; an integer, as in Envoy. */
  reported: number;
  since: number;
  last: number;
  /** That requests are spread by. */
  weight: number;
}

const median = (weights: number[]): number => {
  if (weights.length === 0) return 1;
  const sorted = weights.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[middle]!;
  return Math.floor((sorted[middle - 1]! + sorted[middle]!) / 2);
};

/** Weights of the hosts of one Envoy, which its workers share. */
export class Weights {
  readonly hosts = new Map<string, Weighed>();

  /** Hosts that there are from now on; those known already keep what they have. */
  set(names: readonly string[]): void {
    for (const name of this.hosts.keys()) if (!names.includes(name)) this.hosts.delete(name);
    for (const name of names)
      if (!this.hosts.has(name))
        this.hosts.set(name, { reported: 1, since: Number.POSITIVE_INFINITY, last: -1, weight: 1 });
    this.update(0);
  }

  /** A report as Envoy reads it; false when it makes no weight of it. */
  report(name: string, rate: number, utilization: number, now: number): boolean {
    const host = this.hosts.get(name);
    if (host === undefined || !(rate > 0) || !(utilization > 0)) return false;
    host.reported = Math.trunc(Math.min(rate / utilization, 2 ** 32 - 1));
    host.last = now;
    if (host.since === Number.POSITIVE_INFINITY) host.since = now;
    return true;
  }

  /** Takes the reported weights over; hosts without a valid one get the median of the others. */
  update(now: number): void {
    const valid: Weighed[] = [];
    const others: Weighed[] = [];
    for (const host of this.hosts.values()) {
      if (host.last >= 0 && host.last < now - EXPIRATION) host.since = Number.POSITIVE_INFINITY;
      (host.since <= now - BLACKOUT ? valid : others).push(host);
    }
    for (const host of valid) host.weight = Math.max(1, host.reported);
    const standIn = Math.max(1, median(valid.map(({ weight }) => weight)));
    for (const host of others) host.weight = standIn;
  }
}

/**
 * One worker's schedule: earliest deadline first, begun at a random place whenever the weights are taken
 * over.
 */
export class Worker {
  readonly #weights: Weights;
  readonly #random: Random;
  #queue: { name: string; deadline: number; order: number }[] = [];
  #order = 0;

  constructor(weights: Weights, random: Random) {
    this.#weights = weights;
    this.#random = random;
    this.refresh();
  }

  refresh(): void {
    this.#order = 0;
    const hosts = [...this.#weights.hosts];
    this.#queue = hosts.map(([name, { weight }]) => ({
      name,
      deadline: (this.#random.below(1_000_000) / 1_000_000 + 1e-9) / weight,
      order: this.#order++,
    }));
  }

  pick(): string {
    let first = this.#queue[0]!;
    for (const entry of this.#queue)
      if (entry.deadline < first.deadline || (entry.deadline === first.deadline && entry.order < first.order))
        first = entry;
    first.deadline += 1 / this.#weights.hosts.get(first.name)!.weight;
    first.order = this.#order++;
    return first.name;
  }
}
