/**
 * A steady load at one listener: HTTP/1.1 and HTTP/2, half of the requests on new connections. Every request
 * is kept with its key, so that a test can say which of them failed and which went to a wrong host.
 */
import { Agent, request as send } from 'node:http';
import { type ClientHttp2Session, connect, constants, type OutgoingHttpHeaders } from 'node:http2';

export interface Shot {
  /** Milliseconds, as performance.now(), when it was sent and when its answer was whole. */
  readonly sent: number;
  readonly ended: number;
  readonly path: string;
  readonly key: string;
  readonly how: 'http1' | 'http1-new' | 'http2' | 'http2-new';
  /** 0: no answer. */
  readonly status: number;
  readonly backend: string;
  /** The server will end the connection after this answer. */
  readonly closes: boolean;
  readonly error?: string;
}

export interface LoadOptions {
  readonly port: number;
  /** Default 127.0.0.1. */
  readonly address?: string;
  readonly paths: readonly string[];
  /** Requests per second. */
  readonly rate: number;
  /** How many keys go round. */
  readonly keys?: number;
  /** Request header that carries the key. */
  readonly header?: string;
}

/** Keeps what came of a request; the first call counts. */
type End = (status: number, backend?: string, closes?: boolean, error?: string) => void;

/** Requests under way at once. */
const MAX_OPEN = 64;

export class SteadyLoad {
  readonly shots: Shot[] = [];
  readonly #options: Required<LoadOptions>;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 });
  readonly #timer: NodeJS.Timeout;
  readonly #start = performance.now();
  #session: ClientHttp2Session | undefined;
  #sent = 0;
  #open = 0;
  /** GOAWAY frames that the kept HTTP/2 connection got. */
  goaways = 0;
  /** Requests that were refused as they crossed the end of a connection, and sent again. */
  refused = 0;

  constructor(options: LoadOptions) {
    this.#options = { address: '127.0.0.1', keys: 500, header: 'x-key', ...options };
    this.#timer = setInterval(() => {
      const due = ((performance.now() - this.#start) * this.#options.rate) / 1_000;
      // What a busy machine could not send in time is left out: a burst would only measure the test itself.
      for (; this.#sent < due; this.#sent++) if (this.#open < MAX_OPEN) this.#shoot(this.#sent);
    }, 2);
  }

  get failed(): Shot[] {
    return this.shots.filter(({ status }) => status !== 200);
  }

  get #origin(): string {
    return `http://${this.#options.address}:${this.#options.port}`;
  }

  /** Ends it; resolves with all requests when the last is answered. */
  async stop(): Promise<Shot[]> {
    clearInterval(this.#timer);
    while (this.#open > 0) await new Promise((done) => setTimeout(done, 10));
    this.#agent.destroy();
    this.#session?.destroy();
    return this.shots;
  }

  #shoot(index: number): void {
    const { paths, keys, header, port, address } = this.#options;
    const path = paths[index % paths.length] as string;
    const key = `key-${(index * 7_919) % keys}`;
    const how = (['http1', 'http1-new', 'http2', 'http2-new'] as const)[
      Math.floor(index / paths.length) % 4
    ]!;
    const sent = performance.now();
    this.#open += 1;
    let over = false;
    const end: End = (status, backend = '', closes = false, error) => {
      if (over) return;
      over = true;
      this.#open -= 1;
      this.shots.push({ sent, ended: performance.now(), path, key, how, status, backend, closes, error });
    };
    if (how === 'http1' || how === 'http1-new') {
      const agent = how === 'http1' ? this.#agent : false;
      const headers = { host: 'www.example.com', [header]: key };
      const request = send({ host: address, port, path, agent, headers }, (response) => {
        const closes = how === 'http1' && response.headers.connection === 'close';
        response.on('error', ({ message }) => end(0, '', false, message));
        response.on('end', () =>
          end(response.statusCode ?? 0, String(response.headers['x-backend']), closes),
        );
        response.resume();
      });
      request.setTimeout(20_000, () => request.destroy(new Error('no answer in 20 s')));
      request.on('error', ({ message }) => end(0, '', false, message));
      request.end();
      return;
    }
    this.#overHttp2(how === 'http2-new', { ':path': path, [header]: key }, end);
  }

  /** @param again whether it was refused once already, and sent again. */
  #overHttp2(own: boolean, headers: OutgoingHttpHeaders, end: End, again = false): void {
    const session = own ? connect(this.#origin) : this.#kept();
    if (own) session.on('error', ({ message }) => end(0, '', false, message));
    const stream = session.request({ ':authority': 'www.example.com', ...headers });
    let status = 0;
    let backend = '';
    stream.on('response', (response) => {
      status = Number(response[':status']);
      backend = String(response['x-backend']);
    });
    // REFUSED_STREAM says that the server has not looked at the request, as when it crosses the end of its
    // connection: clients send it again by themselves (RFC 9113, section 8.7).
    const refused = () => !again && stream.rstCode === constants.NGHTTP2_REFUSED_STREAM;
    stream.on('error', ({ message }) => refused() || end(0, '', false, message));
    stream.on('close', () => {
      if (own) session.close();
      if (!refused()) return end(status, backend);
      this.refused += 1;
      if (session === this.#session) this.#session = undefined;
      return this.#overHttp2(own, headers, end, true);
    });
    stream.resume();
  }

  /** A connection that Envoy drains is replaced; what is under way on it goes on. */
  #kept(): ClientHttp2Session {
    let session = this.#session;
    if (session === undefined || session.closed || session.destroyed) {
      session = connect(this.#origin);
      session.on('error', () => {});
      session.on('goaway', () => {
        this.goaways += 1;
        this.#session = undefined;
      });
      this.#session = session;
    }
    return session;
  }
}
