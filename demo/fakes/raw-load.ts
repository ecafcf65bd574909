/**
 * A lean HTTP/1.1 load generator for benches and soaks: raw sockets kept alive, one request outstanding on
 * each, prepared request bytes. A connection that Envoy closes (after a 400) is opened again, and what was
 * unanswered on it is sent once more.
 */
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

export interface Shot {
  /** Requests to send, the prepared ones in turn. */
  readonly count: number;
  /** Asked after each answer, with how many there are: false ends the shot early. */
  readonly more?: (answered: number) => boolean;
  /** Sees each answer: header block, body and trailers. */
  readonly look?: (answer: Buffer) => void;
  /**
   * While a shot is under way the process never sleeps. Whoever writes to a sleeping peer pays for waking it.
   * In a virtual machine that costs Envoy up to 20 µs in some requests, more than the differences that a
   * bench has to show.
   */
  readonly awake?: boolean;
}

interface ShotResult {
  readonly wallNs: number;
  /** Answers by status. */
  readonly statuses: Readonly<Record<number, number>>;
  /** Connections that were closed without an answer. */
  readonly reconnects: number;
}

/** Over TLS: to a server of this name, whose certificate this authority has signed. */
export interface LoadTls {
  /** PEM. */
  readonly ca: string;
  readonly serverName: string;
}

interface Lane {
  socket: Socket;
  pending: Buffer | undefined;
  outstanding: Buffer | undefined;
}

export class RawLoad {
  readonly #port: number;
  readonly #requests: readonly Buffer[];
  readonly #tls: LoadTls | undefined;
  readonly #lanes: Lane[] = [];
  #next = 0;
  #shot: Shot = { count: 0 };
  #left = 0;
  #answered = 0;
  #under = 0;
  #reconnects = 0;
  #statuses: Record<number, number> = {};
  #closed = false;
  #finish: (() => void) | undefined;
  #fail: ((error: Error) => void) | undefined;

  private constructor(port: number, requests: readonly Buffer[], tls: LoadTls | undefined) {
    this.#port = port;
    this.#requests = requests;
    this.#tls = tls;
  }

  /** Opens the connections (1 to 64) that every later shot uses, to a port of 127.0.0.1. */
  static async open(
    port: number,
    connections: number,
    requests: readonly Buffer[],
    tls?: LoadTls,
  ): Promise<RawLoad> {
    const load = new RawLoad(port, requests, tls);
    const open = tls === undefined ? 'connect' : 'secureConnect';
    for (let i = 0; i < connections; i++) {
      const lane: Lane = { socket: load.#connect(), pending: undefined, outstanding: undefined };
      load.#serve(lane);
      await new Promise<void>((done, fail) => lane.socket.once(open, done).once('error', fail));
      load.#lanes.push(lane);
    }
    return load;
  }

  /** Sends the requests and waits for every answer. Rejects on an answer that cannot be read. */
  async shot(shot: Shot): Promise<ShotResult> {
    this.#shot = shot;
    this.#left = shot.count;
    this.#answered = 0;
    this.#reconnects = 0;
    this.#statuses = {};
    const begin = process.hrtime.bigint();
    await new Promise<void>((done, fail) => {
      this.#finish = done;
      this.#fail = fail;
      for (const lane of this.#lanes) this.#send(lane);
      if (shot.awake) this.#stayAwake();
    });
    this.#finish = undefined;
    this.#fail = undefined;
    const wallNs = Number(process.hrtime.bigint() - begin);
    return { wallNs, statuses: this.#statuses, reconnects: this.#reconnects };
  }

  close(): void {
    this.#closed = true;
    for (const { socket } of this.#lanes) socket.destroy();
  }

  #stayAwake(): void {
    if (this.#finish !== undefined) setImmediate(() => this.#stayAwake());
  }

  #connect(): Socket {
    const to = { host: '127.0.0.1', port: this.#port, noDelay: true };
    if (this.#tls === undefined) return connect(to);
    const { ca, serverName: servername } = this.#tls;
    return connectTls({ ...to, ca, servername });
  }

  #serve(lane: Lane): void {
    const { socket } = lane;
    socket.on('data', (chunk: Buffer) => this.#receive(lane, chunk));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET') this.#fail?.(error);
    });
    socket.on('close', () => {
      if (this.#closed || lane.socket !== socket) return;
      const again = lane.outstanding;
      if (again !== undefined) this.#reconnects++;
      this.#reopen(lane);
      if (again !== undefined) lane.socket.write(again);
    });
  }

  #reopen(lane: Lane): void {
    lane.pending = undefined;
    lane.socket = this.#connect();
    this.#serve(lane);
  }

  #send(lane: Lane): void {
    if (this.#left === 0) return;
    this.#left--;
    this.#under++;
    lane.outstanding = this.#requests[this.#next]!;
    this.#next = this.#next + 1 === this.#requests.length ? 0 : this.#next + 1;
    lane.socket.write(lane.outstanding);
  }

  #receive(lane: Lane, chunk: Buffer): void {
    const bytes = lane.pending === undefined ? chunk : Buffer.concat([lane.pending, chunk]);
    const size = answerSize(bytes);
    if (size === undefined) {
      lane.pending = bytes;
      return;
    }
    if (size < bytes.length) {
      this.#fail?.(new Error(`two answers to one request: ${bytes.toString('latin1', size)}`));
      return;
    }
    lane.pending = undefined;
    lane.outstanding = undefined;
    const status = (bytes[9]! - 48) * 100 + (bytes[10]! - 48) * 10 + (bytes[11]! - 48);
    this.#statuses[status] = (this.#statuses[status] ?? 0) + 1;
    this.#shot.look?.(bytes);
    this.#answered++;
    this.#under--;
    if (this.#shot.more?.(this.#answered) === false) this.#left = 0;
    if (this.#left === 0) {
      if (this.#under === 0) this.#finish?.();
      return;
    }
    // Envoy closes after a 400.
    if (status === 400) {
      const { socket } = lane;
      this.#reopen(lane);
      socket.destroy();
    }
    this.#send(lane);
  }
}

const USUAL_END = Buffer.from('\r\n\r\nok');

/** Bytes of the answer that `bytes` begin with; undefined when it is not whole yet. */
function answerSize(bytes: Buffer): number | undefined {
  // What a raw backend sends ends so; looked at first, since this is all that most answers of a bench need.
  if (bytes.length > 14 && bytes[9] === 50 && bytes.compare(USUAL_END, 0, 6, bytes.length - 6) === 0)
    return bytes.length;
  const text = bytes.toString('latin1');
  const head = text.indexOf('\r\n\r\n');
  if (head < 0) return undefined;
  const fields = text.slice(0, head + 2);
  const length = /\r\ncontent-length: (\d+)/i.exec(fields)?.[1];
  if (length !== undefined || !/\r\ntransfer-encoding: chunked/i.test(fields)) {
    const size = head + 4 + Number(length ?? 0);
    return bytes.length >= size ? size : undefined;
  }
  // The only chunk of a raw backend is two bytes; trailers may follow the last one.
  const last = text.indexOf('\r\n0\r\n', head + 4);
  if (last < 0) return undefined;
  const end = text.startsWith('\r\n', last + 5) ? last + 5 : text.indexOf('\r\n\r\n', last + 5) + 2;
  return end > last + 2 && text.length >= end + 2 ? end + 2 : undefined;
}

/** Bytes of a GET. `headers` are lines without the line end. */
export const get = (path: string, ...headers: readonly string[]): Buffer =>
  Buffer.from([`GET ${path} HTTP/1.1`, ...headers, '', ''].join('\r\n'));
