/**
 * Upstream hosts for tests: HTTP/1 or HTTP/2 (h2c) servers on loopback addresses that answer what a test tells them, count by
 * path, and remember what they were sent. Each says its own name (never its address) in the response header x-backend.
 */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo, Server, Socket } from 'node:net';

export type Fields = readonly (readonly [name: string, value: string])[];

export interface Reply {
  /** Default 200. */
  readonly status?: number;
  readonly headers?: Fields;
  readonly trailers?: Fields;
  /** Default: the backend's name. */
  readonly body?: string;
  /** Milliseconds before the answer starts. */
  readonly delayMs?: number;
}

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Names and values as they came, with repeats. HTTP/2: lower case, as on the wire. */
  readonly raw: readonly string[];
  trailers: readonly string[];
}

export interface BackendOptions {
  /** In 127.0.0.0/8, or ::1; default 127.0.0.1. */
  readonly address?: string;
  /** Default 0: the kernel chooses. */
  readonly port?: number;
  readonly protocol?: 'http1' | 'h2c';
  /** Default `b-<last part of the address>`. */
  readonly name?: string;
}

export class Backend {
  readonly address: string;
  readonly port: number;
  readonly name: string;
  /** Requests per path without the query. */
  readonly hits = new Map<string, number>();
  /** The last 2,000 requests. */
  readonly seen: Seen[] = [];
  /** What to answer; may be changed while running. */
  reply: (request: Seen) => Reply = () => ({});
  readonly #server: Server;
  readonly #sockets: Set<Socket>;

  private constructor(server: Server, sockets: Set<Socket>, name: string) {
    const at = server.address() as AddressInfo;
    this.address = at.address;
    this.port = at.port;
    this.name = name;
    this.#server = server;
    this.#sockets = sockets;
  }

  static async start(options: BackendOptions = {}): Promise<Backend> {
    const address = options.address ?? '127.0.0.1';
    const sockets = new Set<Socket>();
    let backend: Backend;
    const server: Server =
      options.protocol === 'h2c'
        ? createHttp2Server((request, response) => {
            const seen = backend.#note(request.method, request.url, request.headers, request.rawHeaders);
            request.on('error', () => {}).resume();
            request.on('end', () => {
              seen.trailers = request.rawTrailers;
              const reply = backend.reply(seen);
              setTimeout(() => {
                if (response.stream?.destroyed !== false) return;
                response.writeHead(
                  reply.status ?? 200,
                  grouped([['x-backend', backend.name], ...(reply.headers ?? [])]),
                );
                response.addTrailers(grouped(reply.trailers ?? []) as unknown as IncomingHttpHeaders);
                response.end(reply.body ?? backend.name);
              }, reply.delayMs ?? 0);
            });
          })
        : createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
            const seen = backend.#note(request.method!, request.url!, request.headers, request.rawHeaders);
            request.resume().on('end', () => {
              seen.trailers = request.rawTrailers;
              const reply = backend.reply(seen);
              setTimeout(() => {
                const fields: Fields = [['x-backend', backend.name], ...(reply.headers ?? [])];
                const body = reply.body ?? backend.name;
                const framing: Fields =
                  reply.trailers === undefined
                    ? [['content-length', String(Buffer.byteLength(body))]]
                    : [
                        ['transfer-encoding', 'chunked'],
                        ['trailer', [...new Set(reply.trailers.map(([n]) => n))].join(', ')],
                      ];
                response.writeHead(reply.status ?? 200, [...fields, ...framing].flat() as string[]);
                if (reply.trailers !== undefined)
                  response.addTrailers(reply.trailers as unknown as [string, string][]);
                response.end(request.method === 'HEAD' ? undefined : body);
              }, reply.delayMs ?? 0);
            });
          });
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      socket.on('error', () => {});
    });
    await new Promise<void>((done, fail) => {
      server.once('error', fail);
      server.listen({ host: address, port: options.port ?? 0 }, done);
    });
    backend = new Backend(server, sockets, options.name ?? `b-${address.split(/[.:]/).at(-1)}`);
    return backend;
  }

  #note(method: string, url: string, headers: IncomingHttpHeaders, raw: readonly string[]): Seen {
    const path = url.split('?')[0]!;
    this.hits.set(path, (this.hits.get(path) ?? 0) + 1);
    const seen: Seen = { method, path: url, headers, raw, trailers: [] };
    this.seen.push(seen);
    if (this.seen.length > 2_000) this.seen.shift();
    return seen;
  }

  /** `ip:port` as Envoy prints it. */
  get host(): string {
    return this.address.includes(':') ? `[${this.address}]:${this.port}` : `${this.address}:${this.port}`;
  }

  /** Breaks all connections, with whatever is under way on them. */
  dropConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    const closed = new Promise((done) => this.#server.close(done));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

/** name → value or values, as http2 wants repeated fields. */
function grouped(fields: Fields): Record<string, string | string[]> {
  const out: Record<string, string | string[]> = {};
  for (const [name, value] of fields) {
    const had = out[name];
    out[name] = had === undefined ? value : [...(Array.isArray(had) ? had : [had]), value];
  }
  return out;
}

/**
 * Backends on several addresses and one common port, as an EndpointSlice wants them. The kernel chooses the port at the
 * first; when it is taken at another address, all start again.
 */
export async function startBackends(
  addresses: readonly string[],
  options: Omit<BackendOptions, 'address' | 'name'> = {},
): Promise<Backend[]> {
  for (let attempt = 0; ; attempt++) {
    const started: Backend[] = [];
    try {
      for (const [i, address] of addresses.entries()) {
        const port = started[0]?.port ?? options.port ?? 0;
        started.push(await Backend.start({ ...options, address, port, name: `b${i + 1}` }));
      }
      return started;
    } catch (error) {
      await Promise.all(started.map((backend) => backend.stop()));
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || attempt === 9) throw error;
    }
  }
}

export const stopAll = async (parts: readonly { stop(): Promise<void> }[]): Promise<void> => {
  await Promise.all(parts.map((part) => part.stop()));
};
