/**
 * Upstream hosts for the demo and the tests: HTTP/1 or HTTP/2 (h2c) servers on loopback addresses that answer
 * as configured, count requests, and remember what they received. Each says its own name (never its address)
 * in the response header x-backend.
 */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  createServer as createHttp2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import { createServer as createTcpServer, type Server } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Listening, listen, onOnePort } from './listen.ts';

export { stopAll } from './listen.ts';

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
  /** The connection ends without an answer. */
  readonly cut?: boolean;
}

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Names and values as they came, with repeats. HTTP/2: lower case, as on the wire. */
  readonly raw: readonly string[];
  trailers: readonly string[];
}

interface BackendOptions {
  /** In 127.0.0.0/8, or ::1; default 127.0.0.1. */
  readonly address?: string;
  /** Default 0: the kernel chooses. */
  readonly port?: number;
  /** `either`: whichever a connection begins with. */
  readonly protocol?: 'http1' | 'h2c' | 'either';
  /** Default `b-<last part of the address>`. */
  readonly name?: string;
  /** What a request counts as in `hits`; default its path without the query. */
  readonly countAs?: (request: Seen) => string;
  /** What becomes of a connection of HTTP/1 that wants another protocol. */
  readonly upgrade?: (request: IncomingMessage, socket: Duplex) => void;
}

/** On a busy machine a connection may rest for long between two rounds of a test. */
const KEEP_MS = 600_000;
/** Requests that a backend remembers. */
const MAX_SEEN = 2_000;

export class Backend {
  readonly name: string;
  readonly hits = new Map<string, number>();
  /** The last MAX_SEEN requests. */
  readonly seen: Seen[] = [];
  /** What to answer; may be changed while running. */
  reply: (request: Seen) => Reply = () => ({});
  readonly #countAs: (request: Seen) => string;
  #listening!: Listening;

  private constructor(name: string, countAs: (request: Seen) => string) {
    this.name = name;
    this.#countAs = countAs;
  }

  static async start(options: BackendOptions = {}): Promise<Backend> {
    const address = options.address ?? '127.0.0.1';
    const backend = new Backend(
      options.name ?? `b-${address.split(/[.:]/).at(-1)}`,
      options.countAs ?? pathOf,
    );
    const http2 = createHttp2Server((request, response) => backend.#answer(request, response, answerHttp2));
    const http1 = createServer({ keepAliveTimeout: KEEP_MS }, (request, response) =>
      backend.#answer(request, response, answerHttp1),
    );
    if (options.upgrade !== undefined) http1.on('upgrade', options.upgrade);
    const servers = { http1, h2c: http2, either: either(http1, http2) };
    const server = servers[options.protocol ?? 'http1'];
    backend.#listening = await listen(server, address, options.port);
    return backend;
  }

  #answer<Request extends IncomingMessage | Http2ServerRequest, Response>(
    request: Request,
    response: Response,
    answer: (request: Request, response: Response, name: string, reply: Reply) => void,
  ): void {
    const seen: Seen = {
      method: request.method!,
      path: request.url!,
      headers: request.headers,
      raw: request.rawHeaders,
      trailers: [],
    };
    const counted = this.#countAs(seen);
    this.hits.set(counted, (this.hits.get(counted) ?? 0) + 1);
    this.seen.push(seen);
    if (this.seen.length > MAX_SEEN) this.seen.shift();
    request.on('error', () => {}).resume();
    request.on('end', () => {
      seen.trailers = request.rawTrailers;
      const reply = this.reply(seen);
      setTimeout(() => {
        if (reply.cut === true) request.socket.destroy();
        else answer(request, response, this.name, reply);
      }, reply.delayMs ?? 0);
    });
  }

  get address(): string {
    return this.#listening.address;
  }
  get port(): number {
    return this.#listening.port;
  }
  /** `ip:port` as Envoy prints it. */
  get host(): string {
    return this.address.includes(':') ? `[${this.address}]:${this.port}` : `${this.address}:${this.port}`;
  }

  /** Breaks all connections, with whatever is under way on them. */
  dropConnections(): void {
    this.#listening.dropConnections();
  }
  stop(): Promise<void> {
    return this.#listening.stop();
  }
}

/** HTTP/2 begins with `PRI`, which no request of HTTP/1 does. */
const either = (http1: Server, http2: Server): Server =>
  createTcpServer((socket) => {
    socket.once('data', (first) => {
      socket.pause();
      socket.unshift(first);
      (first.toString('latin1', 0, 3) === 'PRI' ? http2 : http1).emit('connection', socket);
      process.nextTick(() => socket.resume());
    });
  });

const pathOf = ({ path }: Seen): string => path.split('?')[0]!;

function answerHttp2(
  _request: Http2ServerRequest,
  response: Http2ServerResponse,
  name: string,
  reply: Reply,
): void {
  if (response.stream?.destroyed !== false) return;
  response.writeHead(reply.status ?? 200, grouped([['x-backend', name], ...(reply.headers ?? [])]));
  response.addTrailers(grouped(reply.trailers ?? []) as unknown as IncomingHttpHeaders);
  response.end(reply.body ?? name);
}

function answerHttp1(request: IncomingMessage, response: ServerResponse, name: string, reply: Reply): void {
  const fields: Fields = [['x-backend', name], ...(reply.headers ?? [])];
  const body = reply.body ?? name;
  const framing: Fields =
    reply.trailers === undefined
      ? [['content-length', String(Buffer.byteLength(body))]]
      : [
          ['transfer-encoding', 'chunked'],
          ['trailer', [...new Set(reply.trailers.map(([n]) => n))].join(', ')],
        ];
  response.writeHead(reply.status ?? 200, [...fields, ...framing].flat() as string[]);
  if (reply.trailers !== undefined) response.addTrailers(reply.trailers as unknown as [string, string][]);
  response.end(request.method === 'HEAD' ? undefined : body);
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
 * Backends `b1`, `b2`, … (or with another name before the number) on the given addresses and one common port.
 */
export const startBackends = (
  addresses: readonly string[],
  options: Omit<BackendOptions, 'address'> = {},
): Promise<Backend[]> =>
  onOnePort(addresses, options.port ?? 0, (address, port, i) =>
    Backend.start({ ...options, address, port, name: `${options.name ?? 'b'}${i + 1}` }),
  );
