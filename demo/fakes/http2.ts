/**
 * An HTTP/2 client (h2c by prior knowledge, or TLS) with trailers both ways; also enough for gRPC-shaped
 * calls.
 */
import { type ClientHttp2Session, connect } from 'node:http2';
import { fields, type Response } from './http1.ts';

interface Http2Request {
  readonly method?: string;
  readonly path?: string;
  /** Default www.example.com. */
  readonly authority?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly trailers?: Readonly<Record<string, string | string[]>>;
  readonly body?: Buffer;
}

/** All fields but the pseudo ones, with repeats (Node's merged objects lose them). */
const listed = (raw: readonly string[]): Record<string, string[]> =>
  Object.fromEntries(Object.entries(fields(raw)).filter(([name]) => !name.startsWith(':')));

/** One connection; many requests at once. */
export class Http2Client {
  readonly #session: ClientHttp2Session;

  private constructor(session: ClientHttp2Session) {
    this.#session = session;
  }

  /** @param ca PEM: over TLS to www.example.com, whose certificate this authority has signed. */
  static connect(port: number, host = '127.0.0.1', ca?: string): Promise<Http2Client> {
    return new Promise((done, fail) => {
      const session =
        ca === undefined
          ? connect(`http://${host}:${port}`)
          : connect(`https://${host}:${port}`, { ca, servername: 'www.example.com' });
      session.once('error', fail);
      session.once('connect', () => {
        session.removeListener('error', fail);
        session.on('error', () => {});
        done(new Http2Client(session));
      });
    });
  }

  request(options: Http2Request = {}): Promise<Response> {
    return new Promise((done, fail) => {
      const { body, trailers } = options;
      const stream = this.#session.request(
        {
          ':method': options.method ?? (body === undefined ? 'GET' : 'POST'),
          ':path': options.path ?? '/',
          ':authority': options.authority ?? 'www.example.com',
          ...options.headers,
        },
        { endStream: body === undefined && trailers === undefined, waitForTrailers: trailers !== undefined },
      );
      let status = 0;
      let head: string[] = [];
      let tail: string[] = [];
      const chunks: Buffer[] = [];
      if (trailers !== undefined) stream.on('wantTrailers', () => stream.sendTrailers(trailers));
      stream.on('response', (headers, _flags, raw?: string[]) => {
        status = Number(headers[':status']);
        head = raw ?? [];
      });
      stream.on('trailers', (_headers, _flags, raw?: string[]) => {
        tail = raw ?? [];
      });
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('error', fail);
      stream.setTimeout(30_000, () => stream.destroy(new Error(`no answer in 30 s to ${options.path}`)));
      stream.on('close', () => {
        if (status === 0) fail(new Error(`stream closed without a response, code ${stream.rstCode}`));
        else
          done({
            status,
            headers: listed(head),
            trailers: listed(tail),
            body: Buffer.concat(chunks).toString('utf8'),
          });
      });
      if (body !== undefined || trailers !== undefined) stream.end(body ?? Buffer.from('x'));
    });
  }

  /** A unary gRPC call: one length-prefixed empty message; the status is in the trailers. */
  grpc(path: string, headers: Record<string, string> = {}): Promise<Response> {
    return this.request({
      method: 'POST',
      path,
      headers: { 'content-type': 'application/grpc', te: 'trailers', ...headers },
      body: Buffer.from([0, 0, 0, 0, 0]),
    });
  }

  stop(): Promise<void> {
    return new Promise((done) => {
      if (this.#session.destroyed) return done();
      this.#session.close(() => done());
      // A stream that Envoy never ends would hold the session open.
      setTimeout(() => this.#session.destroy(), 1_000).unref();
    });
  }
}

/**
 * The answer of a gRPC server in this suite: one empty message, and what the trailers shall carry after
 * grpc-status.
 */
export const grpcReply = (trailers: readonly (readonly [string, string])[] = []) => ({
  headers: [['content-type', 'application/grpc']] as const,
  body: '\0\0\0\0\0',
  trailers: [['grpc-status', '0'], ...trailers] as readonly (readonly [string, string])[],
});
