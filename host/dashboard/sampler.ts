/** Reads Envoy's counters while somebody looks, no oftener than it may cost. */
import { performance } from 'node:perf_hooks';
import { readClusters, readStats, STATS_WANTED } from './envoy-pages.ts';
import type { Sample } from './traffic.ts';

export interface EnvoyAdmin {
  clusters(): Promise<string>;
  statsText(filter: string): Promise<string>;
}

const EVERY_MS = 1_000;
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
    let cost = 0;
    try {
      const [clusters, stats] = await Promise.all([admin.clusters(), admin.statsText(STATS_WANTED)]);
      if (!this.#running) return;
      const began = performance.now();
      onSample({ at: Date.now(), clusters: readClusters(clusters, wanted), stats: readStats(stats) });
      cost = performance.now() - began;
    } catch (error) {
      if (this.#running) onTrouble((error as Error).message);
    }
    // Many hosts are read more seldom: each sample may cost its share of the time until the next.
    if (this.#running)
      this.#timer = setTimeout(() => void this.#next(), Math.max(EVERY_MS, cost / MOST_OF_A_CORE)).unref();
  }
}
