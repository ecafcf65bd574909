/** Reads Envoy's counters while somebody looks, no oftener than it may cost. */
import { readClusters, readStats, STATS_WANTED } from './envoy-pages.ts';
import type { Sample } from './traffic.ts';

export interface EnvoyAdmin {
  clusters(): Promise<string>;
  statsText(filter: string): Promise<string>;
}

const EVERY_MS = 1_000;
/** The first sample is read by code that is not compiled yet: lines must not wait for long after it. */
const AT_MOST_MS = 10_000;
/** Of one core, for reading and telling. */
const MOST_OF_A_CORE = 0.01;

export interface SamplerOptions {
  readonly admin: EnvoyAdmin;
  readonly wanted: (cluster: string) => boolean;
  readonly onSample: (sample: Sample) => void;
  /** Envoy does not answer. */
  readonly onTrouble: (reason: string) => void;
}

export class Sampler {
  readonly #options: SamplerOptions;
  #timer: NodeJS.Timeout | undefined;
  #running = false;

  constructor(options: SamplerOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    void this.#next();
  }

  /** Nothing is read any more. */
  stop(): void {
    this.#running = false;
    clearTimeout(this.#timer);
  }

  async #next(): Promise<void> {
    const { admin, wanted, onSample, onTrouble } = this.#options;
    // With reading what Envoy answers. Not the time by the clock: on a busy machine that tells how long
    // others had their turn.
    const began = process.cpuUsage();
    try {
      const [clusters, stats] = await Promise.all([admin.clusters(), admin.statsText(STATS_WANTED)]);
      if (!this.#running) return;
      onSample({ at: Date.now(), clusters: readClusters(clusters, wanted), stats: readStats(stats) });
    } catch (error) {
      if (this.#running) onTrouble((error as Error).message);
    }
    // Many hosts are read more seldom: each sample may cost its share of the time until the next.
    if (!this.#running) return;
    const { user, system } = process.cpuUsage(began);
    const cost = (user + system) / 1000;
    const wait = Math.min(AT_MOST_MS, Math.max(EVERY_MS, cost / MOST_OF_A_CORE));
    this.#timer = setTimeout(() => void this.#next(), wait).unref();
  }
}
