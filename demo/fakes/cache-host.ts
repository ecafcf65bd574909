/**
 * Hosts with a prefix cache, simulated: a request whose key is in the host's cache is cheap, any other is
 * expensive. The cache is bounded and drops the least recently used key. Few requests are served at a time,
 * the others wait. Each answer reports how busy the host is.
 */
import { createServer, type ServerResponse } from 'node:http';
import { type Listening, listen } from './listen.ts';

export interface HostOptions {
  /** 1: as fast as the times below say; 0.8: a quarter slower. */
  readonly speed: number;
  /** Requests served at a time. */
  readonly slots: number;
  readonly hitMs: number;
  readonly missMs: number;
  /** Keys that the cache holds. */
  readonly capacity: number;
  /** Whether answers carry a load report. */
  readonly reports: boolean;
}

interface Job {
  readonly key: string;
  readonly response: ServerResponse;
  readonly came: number;
  gone: boolean;
}

/** The reported utilization is a moving average of the share of slots in use, over about so long. */
const AVERAGE_MS = 1_000;

export class CacheHost {
  /** How many times slower than usual; may be changed while running. */
  slowness = 1;
  healthy = true;
  readonly #options: HostOptions;
  #listening!: Listening;
  readonly #cache = new Set<string>();
  readonly #queue: Job[] = [];
  #busy = 0;
  #utilization = 0;
  #averagedAt = performance.now();

  private constructor(options: HostOptions) {
    this.#options = options;
  }

  static async start(options: HostOptions): Promise<CacheHost> {
    const host = new CacheHost(options);
    const server = createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
      if (request.url === '/health') response.writeHead(host.healthy ? 200 : 503).end();
      else host.#take(String(request.headers['x-session']), response);
    });
    host.#listening = await listen(server, '127.0.0.1');
    return host;
  }

  get port(): number {
    return this.#listening.port;
  }

  stop(): Promise<void> {
    return this.#listening.stop();
  }

  /** Requests here: being served, and waiting. */
  get load(): number {
    return this.#busy + this.#queue.length;
  }

  /** As after a restart. */
  forget(): void {
    this.#cache.clear();
  }

  #take(key: string, response: ServerResponse): void {
    const job: Job = { key, response, came: performance.now(), gone: false };
    response.on('close', () => {
      job.gone = true;
    });
    this.#queue.push(job);
    this.#serve(0);
  }

  /**
   * @param free Since when a slot is free. On a busy machine that is in the past, because timers are late;
   *   this must not make the hosts slower than they are meant to be.
   */
  #serve(free: number): void {
    const { slots, hitMs, missMs, speed } = this.#options;
    while (this.#busy < slots) {
      const job = this.#queue.shift();
      if (job === undefined) return;
      // The client has given up, so the server does not begin.
      if (job.gone) continue;
      const hit = this.#cache.has(job.key);
      this.#occupy(1);
      const due = Math.max(job.came, free) + ((hit ? hitMs : missMs) * this.slowness) / speed;
      setTimeout(() => this.#finish(job, hit, due), Math.max(0, due - performance.now()));
    }
  }

  #finish({ key, response, gone }: Job, hit: boolean, due: number): void {
    this.#occupy(-1);
    this.#cache.delete(key);
    this.#cache.add(key);
    if (this.#cache.size > this.#options.capacity) {
      for (const oldest of this.#cache) {
        this.#cache.delete(oldest);
        break;
      }
    }
    if (!gone) {
      const report = {
        'endpoint-load-metrics': `TEXT application_utilization=${this.#utilization.toFixed(3)}`,
      };
      response.writeHead(200, {
        'content-length': 0,
        'x-port': this.port,
        'x-hit': hit ? 1 : 0,
        ...(this.#options.reports ? report : {}),
      });
      response.end();
    }
    this.#serve(due);
  }

  #occupy(change: number): void {
    const now = performance.now();
    const share = this.#busy / this.#options.slots;
    this.#utilization += (share - this.#utilization) * (1 - Math.exp((this.#averagedAt - now) / AVERAGE_MS));
    this.#averagedAt = now;
    this.#busy += change;
  }
}
