/**
 * A lean HTTP/1.1 load generator: raw sockets kept alive, one request outstanding on each, prepared request bytes, and a
 * response taken as complete when it ends in the two-byte body that the backend sends. Anything else is counted as wrong.
 *
 * While a shot is under way the process never sleeps. Waking a sleeping peer is paid by the one that writes, and in a virtual
 * machine that costs Envoy up to 20 µs a request, now and then: more than everything this bench wants to see.
 */
import { connect, type Socket } from 'node:net';

const tail = Buffer.from('\r\n\r\nok');

interface Lane {
  readonly socket: Socket;
  pending: Buffer | undefined;
}

export interface ShotResult {
  readonly wallNs: number;
  /** Answers other than 200. */
  readonly wrong: number;
}

export class Load {
  private readonly lanes: Lane[] = [];
  private next = 0;
  private left = 0;
  private unanswered = 0;
  private wrong = 0;
  private finish: (() => void) | undefined;
  private fail: ((error: Error) => void) | undefined;
  private readonly requests: readonly Buffer[];

  private constructor(requests: readonly Buffer[]) {
    this.requests = requests;
  }

  /** Opens the connections (1 to 64) that every later shot uses. */
  static async open(port: number, connections: number, requests: readonly Buffer[]): Promise<Load> {
    const load = new Load(requests);
    for (let i = 0; i < connections; i++) {
      const socket = connect({ host: '127.0.0.1', port, noDelay: true });
      const lane: Lane = { socket, pending: undefined };
      await new Promise<void>((resolve, reject) => {
        socket.once('connect', resolve);
        socket.once('error', reject);
      });
      socket.on('data', (chunk: Buffer) => load.receive(lane, chunk));
      socket.on('close', () => load.fail?.(new Error('Envoy closed a connection of the load generator')));
      socket.on('error', (error) => load.fail?.(error));
      load.lanes.push(lane);
    }
    return load;
  }

  /** Sends `count` requests, the prepared ones in turn, and waits for every answer. */
  async shot(count: number): Promise<ShotResult> {
    this.left = count;
    this.unanswered = count;
    this.wrong = 0;
    const begin = process.hrtime.bigint();
    await new Promise<void>((resolve, reject) => {
      this.finish = resolve;
      this.fail = reject;
      for (const lane of this.lanes) this.send(lane);
      this.stayAwake();
    });
    this.finish = undefined;
    this.fail = undefined;
    return { wallNs: Number(process.hrtime.bigint() - begin), wrong: this.wrong };
  }

  close(): void {
    this.fail = undefined;
    for (const lane of this.lanes) lane.socket.destroy();
  }

  private stayAwake(): void {
    if (this.finish !== undefined) setImmediate(() => this.stayAwake());
  }

  private send(lane: Lane): void {
    if (this.left === 0) return;
    this.left--;
    lane.socket.write(this.requests[this.next]!);
    this.next = this.next + 1 === this.requests.length ? 0 : this.next + 1;
  }

  private receive(lane: Lane, chunk: Buffer): void {
    const bytes = lane.pending === undefined ? chunk : Buffer.concat([lane.pending, chunk]);
    const complete = bytes.length > 14 && bytes.compare(tail, 0, 6, bytes.length - 6) === 0;
    // An answer that Envoy itself made (503 and the like) has another body: it is told by its status line and its length.
    const local = !complete && bytes.length > 14 && bytes[9] !== 50 && isWhole(bytes);
    if (!complete && !local) {
      lane.pending = bytes;
      return;
    }
    lane.pending = undefined;
    if (bytes[9] !== 50 /* '2' of 200 */) this.wrong++;
    this.unanswered--;
    if (this.unanswered === 0) this.finish?.();
    else this.send(lane);
  }
}

/** Whether header and body (by content-length; absent counts as 0) are all there. Only used for answers that are wrong. */
function isWhole(bytes: Buffer): boolean {
  const text = bytes.toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1] ?? 0);
  return bytes.length >= end + 4 + length;
}

/** Bytes of a GET. `headers` are lines without the line end. */
export const get = (path: string, ...headers: readonly string[]): Buffer =>
  Buffer.from([`GET ${path} HTTP/1.1`, ...headers, '', ''].join('\r\n'));
