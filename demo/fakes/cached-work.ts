/**
 * What a host with a bounded cache does, by any clock: a key in the cache is cheap, any other is expensive.
 * So many requests are served at a time, the others wait in order. An answer reports how busy the host is.
 */

export interface Clock {
  /** Milliseconds. In what `in` runs it is the time that was asked for, however late that runs. */
  readonly now: number;
  in(ms: number, run: () => void): void;
}

export interface HostOptions {
  /** 1: as fast as the times below say; 0.8: a quarter slower. */
  readonly speed?: number;
  /** Requests served at a time. */
  readonly slots: number;
  /** Milliseconds until the headers of the answer. */
  readonly hitMs: number;
  readonly missMs: number;
  /** After the headers the answer streams so long, and keeps its slot. */
  readonly streamMs?: number;
  /** Each time is multiplied by a number of its own, up to so much above or below 1. */
  readonly spread?: number;
  /** Keys that the cache holds; the least recently used one goes. */
  readonly capacity: number;
  /** Whether answers carry a load report. */
  readonly reports: boolean;
}

interface Job {
  readonly key: string;
  readonly came: number;
  readonly headers: (hit: boolean, report: string | undefined) => void;
  readonly ended: () => void;
  gone: boolean;
}

/** The reported utilization is a moving average of the share of slots in use, over about so long. */
const AVERAGE_MS = 1_000;

export class CachedWork {
  /** How many times slower than usual. */
  slowness = 1;
  /** It answers nothing, and goes on with what it has when this ends. */
  #frozen = false;
  readonly #options: HostOptions;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #cache = new Set<string>();
  readonly #queue: Job[] = [];
  #busy = 0;
  #utilization = 0;
  #averagedAt: number;

  /** @param random From 0 to 1, for `spread`. */
  constructor(options: HostOptions, clock: Clock, random: () => number) {
    this.#options = options;
    this.#clock = clock;
    this.#random = random;
    this.#averagedAt = clock.now;
  }

  set frozen(frozen: boolean) {
    this.#frozen = frozen;
    this.#serve();
  }

  /** Requests here: being served, and waiting. */
  get load(): number {
    return this.#busy + this.#queue.length;
  }

  /** As after a restart. */
  forget(): void {
    this.#cache.clear();
  }

  /** Answers a request, in time. What is returned takes it back while it waits. */
  take(key: string, headers: Job['headers'], ended: Job['ended']): () => void {
    const job: Job = { key, came: this.#clock.now, headers, ended, gone: false };
    this.#queue.push(job);
    this.#serve();
    return () => {
      job.gone = true;
    };
  }

  #serve(): void {
    const { slots, hitMs, missMs, streamMs = 0 } = this.#options;
    while (this.#busy < slots && !this.#frozen) {
      const job = this.#queue.shift();
      if (job === undefined) return;
      // The client has given up, so the host does not begin.
      if (job.gone) continue;
      const hit = this.#cache.has(job.key);
      this.#occupy(1);
      // A timer that was late found a place that became free before the request came.
      const wait = Math.max(0, job.came - this.#clock.now);
      this.#clock.in(wait + this.#time(hit ? hitMs : missMs), () => {
        this.#remember(job.key);
        const report = `TEXT application_utilization=${this.#utilization.toFixed(3)}`;
        if (!job.gone) job.headers(hit, this.#options.reports ? report : undefined);
        this.#clock.in(streamMs === 0 ? 0 : this.#time(streamMs), () => {
          this.#occupy(-1);
          if (!job.gone) job.ended();
          this.#serve();
        });
      });
    }
  }

  #time(ms: number): number {
    const { speed = 1, spread = 0 } = this.#options;
    return ((ms * this.slowness) / speed) * (1 + spread * (2 * this.#random() - 1));
  }

  #remember(key: string): void {
    this.#cache.delete(key);
    this.#cache.add(key);
    if (this.#cache.size <= this.#options.capacity) return;
    for (const oldest of this.#cache) {
      this.#cache.delete(oldest);
      return;
    }
  }

  #occupy(change: number): void {
    const { now } = this.#clock;
    const share = this.#busy / this.#options.slots;
    this.#utilization += (share - this.#utilization) * (1 - Math.exp((this.#averagedAt - now) / AVERAGE_MS));
    this.#averagedAt = now;
    this.#busy += change;
  }
}
