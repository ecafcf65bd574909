/**
 * The backends of the conformance tests: each tells what it received, and behaves as a request asks it to.
 */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { Backend, type Reply, type Seen, stopAll } from '../../../demo/fakes/backend.ts';
import { grpcReply } from '../../../demo/fakes/http2.ts';
import { startTlsBackend, type TlsBackend } from '../../support/tls-backend.ts';
import { startUdpBackend, type UdpBackend } from '../../support/udp-backend.ts';
import { ASKING, type Certificates, SERVICES, TLS_BACKENDS } from './base.ts';
import type { Behaviour } from './words.ts';

/** Request headers: a Behaviour as JSON; and what a request is known by, in all its attempts and copies. */
export const BEHAVE = 'x-echo';
export const ID = 'x-ask';

/** What a backend received: the body of its answer, or a response header where the call is of gRPC. */
export interface Report {
  readonly path: string;
  readonly method: string;
  readonly host: string;
  readonly version: string;
  /** Several values of a name are joined with commas. */
  readonly headers: Readonly<Record<string, string>>;
}
export const REPORT = 'x-report';

const reportOf = ({ path, method, headers }: Seen): Report => ({
  path,
  method,
  host: String(headers[':authority'] ?? headers.host),
  version: ':path' in headers ? '2' : '1.1',
  headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
});

export class Echoes {
  readonly #backends: readonly Backend[];
  readonly #locked: readonly TlsBackend[];
  readonly #datagrams: readonly UdpBackend[];
  private constructor(
    backends: readonly Backend[],
    locked: readonly TlsBackend[],
    datagrams: readonly UdpBackend[],
  ) {
    this.#backends = backends;
    this.#locked = locked;
    this.#datagrams = datagrams;
  }

  static async start({ locked, ca }: Certificates): Promise<Echoes> {
    const plain = await Promise.all(Object.values(SERVICES).flat().map(startEcho));
    // An answer that any call of gRPC takes as good.
    const headers = { 'grpc-status': '0' };
    const asking = { requestCert: true, rejectUnauthorized: true, ca: ca.certificate };
    const overTls = TLS_BACKENDS.map((name) =>
      startTlsBackend('127.0.0.1', locked, {
        headers: { ...headers, 'x-backend': name },
        ...(name === ASKING ? asking : {}),
      }),
    );
    // On the same port numbers.
    const datagrams = plain.map(({ name, port }) => startUdpBackend('127.0.0.1', port, name));
    return new Echoes(plain, await Promise.all(overTls), await Promise.all(datagrams));
  }

  get ports(): ReadonlyMap<string, number> {
    const locked = TLS_BACKENDS.map((name, i) => [name, this.#locked[i]!.port] as const);
    return new Map([...this.#backends.map(({ name, port }) => [name, port] as const), ...locked]);
  }

  /** How many requests with this id a backend got, and what it received last. */
  got(name: string, id: string): { readonly count: number; readonly last: Report | undefined } {
    const backend = this.#backends.find((one) => one.name === name);
    const seen = backend?.seen.filter(({ headers }) => headers[ID] === id) ?? [];
    const last = seen.at(-1);
    return { count: seen.length, last: last === undefined ? undefined : reportOf(last) };
  }

  stop(): Promise<void> {
    return stopAll([...this.#backends, ...this.#locked, ...this.#datagrams]);
  }
}

async function startEcho(name: string): Promise<Backend> {
  const attempts = new Map<string, number>();
  const backend = await Backend.start({ name, protocol: 'either', upgrade: echoBytes });
  backend.reply = (seen) => {
    const behave = JSON.parse(String(seen.headers[BEHAVE] ?? '{}')) as Behaviour;
    const id = String(seen.headers[ID]);
    const attempt = attempts.get(id) ?? 0;
    attempts.set(id, attempt + 1);
    if (attempt < (behave.fails ?? 0)) return failed(behave);
    return {
      ...answered(seen, behave),
      ...(behave.delayMs === undefined ? {} : { delayMs: behave.delayMs }),
    };
  };
  return backend;
}

const failed = ({ status, failMs }: Behaviour): Reply => ({
  ...(status === undefined ? { cut: true } : { status }),
  ...(failMs === undefined ? {} : { delayMs: failMs }),
});

function answered(seen: Seen, { headers = {} }: Behaviour): Reply {
  const report = JSON.stringify(reportOf(seen));
  const added = Object.entries(headers);
  if (seen.headers['content-type'] !== 'application/grpc') return { headers: added, body: report };
  const reply = grpcReply();
  return { ...reply, headers: [...reply.headers, ...added, [REPORT, report]] };
}

/** A WebSocket as far as a proxy sees it: the handshake, then bytes, which come back. */
function echoBytes(request: IncomingMessage, socket: Duplex): void {
  const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
  const accept = createHash('sha1').update(key).digest('base64');
  const head = ['HTTP/1.1 101 Switching Protocols', 'upgrade: websocket', 'connection: upgrade'];
  socket.write(`${[...head, `sec-websocket-accept: ${accept}`].join('\r\n')}\r\n\r\n`);
  socket.pipe(socket);
}
