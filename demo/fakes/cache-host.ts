/**
 * A host with a bounded cache (cached-work.ts) that speaks HTTP. `/open` and `/wait` are requests that hang:
 * with the headers of an answer, and without.
 */
import { createServer, type ServerResponse } from 'node:http';
import { CachedWork, type Clock, type HostOptions } from './cached-work.ts';
import { type Listening, listen } from './listen.ts';
import { randomFrom } from './open-load.ts';

/**
 * On a busy machine timers are late. This must not make the hosts slower than they are meant to be, so what
 * begins when a timer ends begins at the time that was asked for.
 */
class WallClock implements Clock {
  #due: number | undefined;

  get now(): number {
    return this.#due ?? performance.now();
  }

  in(ms: number, run: () => void): void {
    const due = this.now + ms;
    setTimeout(
      () => {
        this.#due = due;
        run();
        this.#due = undefined;
      },
      Math.max(0, due - performance.now()),
    );
  }
}

export class CacheHost {
  healthy = true;
  readonly work: CachedWork;
  #listening!: Listening;

  private constructor(options: HostOptions, seed: number) {
    this.work = new CachedWork(options, new WallClock(), randomFrom(seed));
  }

  /** @param port 0: the kernel chooses. */
  static async start(options: HostOptions, seed = 1, port = 0): Promise<CacheHost> {
    const host = new CacheHost(options, seed);
    const server = createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
      if (request.url === '/health') response.writeHead(host.healthy ? 200 : 503).end();
      else if (request.url === '/open') response.writeHead(200).flushHeaders();
      else if (request.url !== '/wait') host.#take(String(request.headers['x-session']), response);
    });
    host.#listening = await listen(server, '127.0.0.1', port);
    return host;
  }

  get port(): number {
    return this.#listening.port;
  }

  stop(): Promise<void> {
    return this.#listening.stop();
  }

  #take(key: string, response: ServerResponse): void {
    const takeBack = this.work.take(
      key,
      (hit, report) => {
        response.writeHead(200, {
          'x-port': this.port,
          'x-hit': hit ? 1 : 0,
          ...(report === undefined ? {} : { 'endpoint-load-metrics': report }),
        });
        response.flushHeaders();
      },
      () => response.end(),
    );
    response.on('close', takeBack);
  }
}
