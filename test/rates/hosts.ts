/** Hosts for simulations: what a host says of its utilization, by what it has to do. */
import type { Random } from '../fuzz/random.ts';

export interface HostOptions {
  /** Requests per second at a utilization of 1. */
  readonly capacity?: number;
  /** Utilization without any request. */
  readonly idle?: number;
  /** Utilization that does not depend on requests. */
  readonly fixed?: number;
  /** Time constant of an exponential average of the utilization, in seconds. */
  readonly lag?: number;
  /** Or the length of a plain moving average. */
  readonly window?: number;
  /** Largest utilization that it tells. */
  readonly most?: number;
  /** Standard deviation of each report, as a part of it. */
  readonly noise?: number;
  /** Tells its own rate too. */
  readonly ownRate?: boolean;
  /** What its report says, instead of cpu_utilization. */
  readonly metric?: string;
  /** Its utilization is this function of its load (the part of its capacity in use). */
  readonly curve?: (load: number) => number;
  readonly silent?: boolean;
}

/** Seconds over which a host counts its requests: as often as it computes its utilization. */
const COUNT = 0.25;

export class SimulatedHost {
  readonly name: string;
  options: HostOptions;
  readonly #random: Random;
  #count = 0;
  #rates: number[] = [];
  #rate = 0;
  #average = -1;
  /** Since the last look of the simulation. */
  requests = 0;

  constructor(name: string, options: HostOptions, random: Random) {
    this.name = name;
    this.options = options;
    this.#random = random;
  }

  request(): void {
    this.#count++;
    this.requests++;
  }

  /** Called each COUNT seconds, or so many after the last time. */
  count(seconds = COUNT): void {
    this.#rates.push(this.#count / seconds);
    this.#count = 0;
    const { window = 1, lag = 0 } = this.options;
    while (this.#rates.length > window / COUNT) this.#rates.shift();
    this.#rate = this.#rates.reduce((sum, one) => sum + one, 0) / this.#rates.length;
    const now = Math.min(this.options.most ?? 1, this.at(this.#rate));
    if (this.#average < 0 || lag === 0) this.#average = now;
    else this.#average += (now - this.#average) * (1 - Math.exp(-COUNT / lag));
  }

  /** Utilization at a rate, without lag, bound and noise. */
  at(rate: number): number {
    const { fixed, idle = 0, capacity = 1, curve } = this.options;
    if (fixed !== undefined) return fixed;
    const load = rate / capacity;
    return curve === undefined ? idle + (1 - idle) * load : curve(load);
  }

  report(): string | undefined {
    const { most = 1, noise = 0, ownRate = false, metric = 'cpu_utilization', silent = false } = this.options;
    if (silent) return undefined;
    let told = this.options.fixed ?? this.#average;
    if (noise > 0) told *= Math.max(0.1, 1 + noise * this.#normal());
    const value = Math.max(0, Math.min(most, told)).toFixed(4);
    return `TEXT ${metric}=${value}${ownRate ? `,rps_fractional=${Math.max(this.#rate, 0.1).toFixed(3)}` : ''}`;
  }

  #normal(): number {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += this.#random.below(1_000_000) / 1_000_000;
    return sum;
  }
}

export const COUNT_SECONDS = COUNT;
