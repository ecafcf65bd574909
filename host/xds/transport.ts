/**
 * Where Envoys connect: HTTP/2, over TLS with certificates of both sides or in plain text. On the same port
 * it answers GET over HTTP/1.1 and HTTP/2, for people and probes.
 */
import { createServer as createHttp1, type Server as Http1 } from 'node:http';
import {
  constants,
  createServer as createHttp2,
  type Http2Server,
  type Http2Session,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { createServer as createTcp, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTls, type TLSSocket } from 'node:tls';
import type { XdsAddress } from './start-bootstrap.ts';

/** PEM. */
export interface Certificates {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  /** Who must have signed the client's. */
  readonly clientCa: string | Buffer;
}
export interface PageAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}
/** The answer to GET; undefined: there is no such path. */
export type Page = (path: string) => PageAnswer | undefined;

/** Open at once; more are closed at once. */
export const MAX_CONNECTIONS = 4_096;
/** From a connection to its first bytes, or to the end of a TLS handshake. */
const GREETING_MS = 10_000;
/** A page is asked for and read within this time. Its connection, over HTTP/1, is then of no more use. */
const PAGE_MS = 30_000;
/** A connection of HTTP/2 on which nothing is open. */
const IDLE_MS = 30_000;
/** On one connection; Envoy has one. */
export const MAX_SESSION_STREAMS = 128;
/** After this time without a word the kernel asks whether the peer is still there. */
const KEEP_ALIVE_MS = 30_000;
/** Of memory, for what one peer sends or does not read beside its streams; in MiB. */
const SESSION_MEMORY = 64;

export class Transport {
  readonly #server: Server;
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #sockets = new Set<Socket>();

  /** @param onStream All over HTTP/2 but GET. */
  constructor(
    onStream: (stream: ServerHttp2Stream, path: string) => void,
    page: Page = () => undefined,
    certificates?: Certificates,
  ) {
    // Without Node's compatibility of HTTP/2 with HTTP/1, which would send trailers in the place of gRPC's.
    const http2 = createHttp2({
      maxSessionMemory: SESSION_MEMORY,
      settings: { maxConcurrentStreams: MAX_SESSION_STREAMS },
    });
    http2.on('session', (session) => {
      this.#sessions.add(session);
      session.on('error', () => {});
      session.on('close', () => this.#sessions.delete(session));
      endIdle(session);
    });
    http2.on('stream', (stream, headers) => {
      stream.on('error', () => {});
      // A peer may open one and be gone before it is told of.
      if (stream.destroyed || stream.closed) return;
      const [method, path = ''] = [headers[':method'], headers[':path']];
      if (method === 'POST') return onStream(stream, path);
      const { status, type, body } = answerOf(method, path, page);
      stream.respond({ ':status': status, ...headersOf(type) });
      stream.end(body);
      within(PAGE_MS, stream, () => stream.close(constants.NGHTTP2_CANCEL));
    });
    const http1 = createHttp1((request, response) => {
      const { status, type, body } = answerOf(request.method, request.url, page);
      response.writeHead(status, { ...headersOf(type), connection: 'close' });
      response.end(body);
    });
    // Node's own limits of time hold only at a server that listens itself.
    http1.on('connection', (socket: Socket) => within(PAGE_MS, socket, () => socket.destroy()));
    this.#server = certificates === undefined ? sorting(http2, http1) : secure(certificates, http2, http1);
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.setKeepAlive(true, KEEP_ALIVE_MS);
      socket.on('error', () => {});
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  /** @returns where it listens. */
  listen(address: XdsAddress): Promise<XdsAddress> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      const done = () => {
        this.#server.off('error', reject);
        const bound = this.#server.address();
        resolve(
          typeof bound === 'object' && bound !== null
            ? { address: bound.address, port: bound.port }
            : address,
        );
      };
      if ('path' in address) {
        // Others may not open it, not even for the moment until its mode is set.
        const mask = process.umask(0o177);
        this.#server.listen(address.path, done);
        process.umask(mask);
      } else this.#server.listen(address.port, address.address, done);
    });
  }

  async close(): Promise<void> {
    // Sessions first: the path of a socket is unlinked when all have ended, and may be a successor's by then.
    for (const session of this.#sessions) session.destroy();
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((done) => this.#server.close(() => done()));
  }
}

/** Of the client's certificate, which was checked: equal for equal ones; '' over plain text. */
export function shownCertificate(session: Http2Session | undefined): string {
  try {
    const socket = session?.socket as Partial<TLSSocket> | undefined;
    return socket?.getPeerX509Certificate?.()?.fingerprint256 ?? '';
  } catch {
    // The connection is over.
    return '';
  }
}

function secure({ cert, key, clientCa }: Certificates, http2: Http2Server, http1: Http1): Server {
  const both = { cert, key, ca: clientCa, requestCert: true, rejectUnauthorized: true };
  const server = createTls(
    { ...both, minVersion: 'TLSv1.2', ALPNProtocols: ['h2', 'http/1.1'], handshakeTimeout: GREETING_MS },
    (socket) => {
      socket.on('error', () => {});
      (socket.alpnProtocol === 'h2' ? http2 : http1).emit('connection', socket);
    },
  );
  // A stranger, or half a handshake: the connection is over, and nobody else is concerned.
  server.on('tlsClientError', (_, socket) => socket.destroy());
  return server;
}

/** Without TLS there is no ALPN: what a client says first tells its protocol (RFC 9113, section 3.4). */
const PREFACE = 'PRI ';

function sorting(http2: Http2Server, http1: Http1): Server {
  return createTcp((socket) => {
    const timer = within(GREETING_MS, socket, () => socket.destroy());
    // Read and put back before anyone listens for data: HTTP/2 takes over a socket that does not flow.
    socket.once('readable', () => {
      clearTimeout(timer);
      const greeting = socket.read() as Buffer | null;
      if (greeting === null) return socket.destroy();
      socket.unshift(greeting);
      const is2 = PREFACE.startsWith(greeting.toString('latin1', 0, PREFACE.length));
      (is2 ? http2 : http1).emit('connection', socket);
    });
  });
}

/** Does it after the time, unless the stream is closed before. */
function within(ms: number, stream: Duplex, end: () => void): NodeJS.Timeout {
  const timer = setTimeout(end, ms);
  stream.once('close', () => clearTimeout(timer));
  return timer;
}

function endIdle(session: ServerHttp2Session): void {
  let open = 0;
  const end = () => session.destroy();
  let timer = setTimeout(end, IDLE_MS);
  session.on('close', () => clearTimeout(timer));
  session.on('stream', (stream) => {
    open++;
    clearTimeout(timer);
    stream.once('close', () => {
      open--;
      if (open > 0 || session.destroyed) return;
      clearTimeout(timer);
      timer = setTimeout(end, IDLE_MS);
    });
  });
}

function answerOf(method: string | undefined, url: string | undefined, page: Page): PageAnswer {
  if (method !== 'GET') return { status: 405, type: TEXT, body: 'Only GET is answered.\n' };
  const [path = ''] = (url ?? '').split('?', 1);
  return page(path) ?? { status: 404, type: TEXT, body: 'There is no such page.\n' };
}

const TEXT = 'text/plain; charset=utf-8';
const headersOf = (type: string) => ({ 'content-type': type, 'cache-control': 'no-store' });
