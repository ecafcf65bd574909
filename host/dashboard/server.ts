/**
 * The HTTP server of the dashboard: its files, its questions as JSON, and one stream of server-sent events
 * for each open page. It reads only. It asks Envoy for nothing while no page is open.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { hostname } from 'node:os';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Events } from './contract.ts';
import { COOKIE, Guard, SECURITY_HEADERS } from './guard.ts';

/** Pages that are open at once. */
export const MAX_OPEN_PAGES = 16;
const MAX_CONNECTIONS = 128;
/** Of a request line and its headers; a question is in the line. */
const MAX_HEADER_BYTES = 32_768;
/** A page that does not read is closed when this much waits for it. */
const MAX_WAITING_BYTES = 4_194_304;
/** Questions that wait for their turn; more are refused. */
const MAX_WAITING = 8;
/**
 * A question may take a second of the thread that also brings changes to Envoys: after each comes a pause.
 */
const PAUSE_PER_COST = 4;
/** Asked by the page itself, and answered from memory. */
const CHEAP: ReadonlySet<string> = new Set(['history']);
/** So that a proxy between does not end a quiet stream, and the page knows that we live. */
const HEARTBEAT_MS = 5_000;

export interface Asset {
  readonly type: string;
  readonly body: string;
}

/** An answer to a question; `problem` is for who asked. */
export type Answer = { readonly value: unknown } | { readonly problem: string };

/** What the server shows. */
export interface Shown {
  readonly assets: ReadonlyMap<string, Asset>;
  /** Undefined: there is no such question. */
  ask(name: string, query: URLSearchParams): Promise<Answer> | Answer | undefined;
  /** A page is open: `send` may be called until what it returns is called. */
  open(page: OpenPage): () => void;
}

export interface OpenPage {
  /** Of its address: what it shows whole. */
  readonly query: URLSearchParams;
  send<Name extends keyof Events>(name: Name, value: Events[Name]): void;
}

export interface Address {
  readonly address: string;
  readonly port: number;
}

export class DashboardServer {
  readonly #server: Server;
  readonly #guard: Guard;
  readonly #shown: Shown;
  readonly #token: string | undefined;
  readonly #pages = new Set<() => void>();
  #asking: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** @param token See Guard. */
  constructor(shown: Shown, token?: string) {
    this.#shown = shown;
    this.#token = token;
    this.#guard = new Guard(token, [hostname()]);
    this.#server = createServer(
      { maxHeaderSize: MAX_HEADER_BYTES, requestTimeout: 10_000 },
      (request, response) => {
        this.#answer(request, response).catch(() => response.destroy());
      },
    );
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.on('clientError', (_, socket) => socket.destroy());
  }

  /** @returns where it listens. Rejects when it cannot. */
  listen({ address, port }: Address): Promise<Address> {
    return new Promise((done, fail) => {
      this.#server.once('error', fail);
      this.#server.listen(port, address, () => {
        this.#server.off('error', fail);
        done({ address, port: (this.#server.address() as { port: number }).port });
      });
    });
  }

  /** Safe to call twice. */
  async close(): Promise<void> {
    for (const end of [...this.#pages]) end();
    this.#server.closeAllConnections();
    await new Promise<void>((done) => this.#server.close(() => done()));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname: path, searchParams: query } = urlOf(request.url ?? '');
    const { method, headers } = request;
    const refused = this.#guard.refusal({ method, headers, token: query.get('token'), path });
    if (refused !== undefined) return say(response, refused.status, { text: refused.reason });
    // The token is kept where no address shows it.
    if (this.#token !== undefined && query.has('token')) {
      const cookie = `${COOKIE}=${this.#token}; HttpOnly; SameSite=Strict; Path=/`;
      response.writeHead(303, { ...SECURITY_HEADERS, location: '/', 'set-cookie': cookie }).end();
      return;
    }
    if (path === '/api/events') return this.#stream(request, response, query);
    const asset = this.#shown.assets.get(path === '/' ? '/index.html' : path);
    if (asset !== undefined) return say(response, 200, asset);
    const answer = path.startsWith('/api/') ? await this.#ask(path.slice('/api/'.length), query) : undefined;
    if (answer === undefined) return say(response, 404, { text: 'There is no such page.' });
    say(response, 200, { type: JSON_TYPE, body: JSON.stringify(answer) });
  }

  /** One after another, with time for others between. */
  #ask(name: string, query: URLSearchParams): Promise<Answer | undefined> {
    if (CHEAP.has(name)) return Promise.resolve(this.#shown.ask(name, query));
    if (this.#waiting >= MAX_WAITING)
      return Promise.resolve({ problem: 'Too many questions at once: ask again in a moment.' });
    this.#waiting++;
    let cost = 0;
    const turn = this.#asking.then(async () => {
      const began = performance.now();
      try {
        return await this.#shown.ask(name, query);
      } finally {
        cost = performance.now() - began;
      }
    });
    const over = async () => {
      await sleep(PAUSE_PER_COST * cost, undefined, { ref: false });
      this.#waiting--;
    };
    this.#asking = turn.then(over, over);
    return turn;
  }

  #stream(request: IncomingMessage, response: ServerResponse, query: URLSearchParams): void {
    if (this.#pages.size >= MAX_OPEN_PAGES) {
      say(response, 503, { text: `${MAX_OPEN_PAGES} pages are open already.` });
      return;
    }
    response.writeHead(200, { ...SECURITY_HEADERS, 'content-type': 'text/event-stream' });
    const write = (text: string): void => {
      if (response.writableLength > MAX_WAITING_BYTES) response.destroy();
      else response.write(text);
    };
    const beat = setInterval(() => write('event: here\ndata: 1\n\n'), HEARTBEAT_MS);
    const close = this.#shown.open({
      query,
      send: (name, value) => write(`event: ${name}\ndata: ${JSON.stringify(value)}\n\n`),
    });
    const end = (): void => {
      if (!this.#pages.delete(end)) return;
      clearInterval(beat);
      close();
      response.end();
    };
    this.#pages.add(end);
    request.on('close', end);
    response.on('close', end);
  }
}

/** One that cannot be read is a page that does not exist. */
const urlOf = (text: string): URL => new URL(URL.canParse(text, BASE) ? text : '/unreadable', BASE);
const BASE = 'http://dashboard';

const JSON_TYPE = 'application/json';

function say(response: ServerResponse, status: number, content: Asset | { readonly text: string }): void {
  const { type, body } =
    'text' in content ? { type: 'text/plain; charset=utf-8', body: `${content.text}\n` } : content;
  response.writeHead(status, { ...SECURITY_HEADERS, 'content-type': type }).end(body);
}
