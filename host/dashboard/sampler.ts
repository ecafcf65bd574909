/** Reads Envoy's counters while somebody looks, no oftener than it may cost. */
import { ClustersReader } from './clusters-page.ts';
import { readStats, STATS_WANTED, type Stats } from './envoy-pages.ts';
import type { Sample } from './traffic-history.ts';

/** A page of Envoy's that is read again and again; what it gives holds until the next time. */
export interface AdminPage {
  read(): Promise<Buffer>;
  close(): void;
}
export interface EnvoyAdmin {
  clusters(): AdminPage;
  statsText(filter: string): AdminPage;
}

const EVERY_MS = 1_000;
/** Of statistics: Envoy itself sums up times every five seconds, and lines have a point each three. */
const STATS_EVERY_MS = 3_000;
const AT_MOST_MS = 10_000;
/** The first sample is read by code that is not compiled yet: rates must not wait for long after it. */
const FIRST_SAMPLES = 1;
const FIRST_AT_MOST_MS = 3_000;
/** Of one core, for reading and telling. */
const MOST_OF_A_CORE = 0.006;

export interface SamplerOptions {
  readonly admin: EnvoyAdmin;
  /** Clusters that are shown: the others are passed over. */
  readonly wanted: () => { has(cluster: string): boolean };
  readonly onSample: (sample: Sample) => void;
  /** Envoy does not answer. */
  readonly onTrouble: (reason: string) => void;
}

export class Sampler {
  readonly #options: SamplerOptions;
  readonly #clusters: AdminPage;
  readonly #stats: AdminPage;
  #reader = new ClustersReader();
  #lastStats: { readonly at: number; readonly stats: Stats } | undefined;
  #count = 0;
  #timer: NodeJS.Timeout | undefined;
  #running = false;

  constructor(options: SamplerOptions) {
    this.#options = options;
    this.#clusters = options.admin.clusters();
    this.#stats = options.admin.statsText(STATS_WANTED);
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#count = 0;
    void this.#next();
  }

  /** Nothing is read any more. */
  stop(): void {
    this.#running = false;
    clearTimeout(this.#timer);
    this.#clusters.close();
    this.#stats.close();
    this.#reader = new ClustersReader();
    this.#lastStats = undefined;
  }

  async #next(): Promise<void> {
    const { wanted, onSample, onTrouble } = this.#options;
    // With reading what Envoy answers. Not the time by the clock: on a busy machine that tells how long
    // others had their turn.
    const began = process.cpuUsage();
    try {
      const clusters = this.#reader.read(await this.#clusters.read(), wanted());
      const stats = await this.#newStats();
      if (!this.#running) return;
      onSample({ at: Date.now(), clusters, stats });
    } catch (error) {
      if (this.#running) onTrouble((error as Error).message);
    }
    // Many hosts are read more seldom: each sample may cost its share of the time until the next.
    if (!this.#running) return;
    const { user, system } = process.cpuUsage(began);
    const cost = (user + system) / 1000;
    const atMost = this.#count++ < FIRST_SAMPLES ? FIRST_AT_MOST_MS : AT_MOST_MS;
    const wait = Math.min(atMost, Math.max(EVERY_MS, cost / MOST_OF_A_CORE));
    this.#timer = setTimeout(() => void this.#next(), wait).unref();
  }

  async #newStats(): Promise<Stats> {
    const now = Date.now();
    // A sample may come a little early.
    if (this.#lastStats !== undefined && now - this.#lastStats.at < STATS_EVERY_MS - EVERY_MS / 2)
      return this.#lastStats.stats;
    const stats = readStats((await this.#stats.read()).toString('latin1'), this.#lastStats?.stats);
    this.#lastStats = { at: now, stats };
    return stats;
  }
}
