/** Both ends of a soak on raw sockets, since Node's own HTTP costs more than Envoy: a backend and a client. */
import { connect, createServer, type Server, type Socket } from 'node:net';

/** Answers each request (none has a body) with the next of the prepared answers, on several addresses at one port. */
export class SoakBackend {
  readonly hosts: readonly { readonly address: string; readonly port: number }[];
  readonly #servers: readonly Server[];
  readonly #sockets: ReadonlySet<Socket>;
  served = 0;

  private constructor(servers: readonly Server[], sockets: ReadonlySet<Socket>) {
    this.#servers = servers;
    this.#sockets = sockets;
    this.hosts = servers.map((server) => server.address() as { address: string; port: number });
  }

  static async start(addresses: readonly string[], answers: readonly Buffer[]): Promise<SoakBackend> {
    const sockets = new Set<Socket>();
    let backend: SoakBackend | undefined;
    let next = 0;
    const servers: Server[] = [];
    for (const host of addresses) {
      const server = createServer({ noDelay: true }, (socket) => {
        sockets.add(socket);
        let pending = '';
        socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
        socket.on('data', (chunk) => {
          pending += chunk.toString('latin1');
          for (let end = pending.indexOf('\r\n\r\n'); end >= 0; end = pending.indexOf('\r\n\r\n')) {
            pending = pending.slice(end + 4);
            if (backend !== undefined) backend.served++;
            socket.write(answers[next++ % answers.length]!);
          }
        });
      });
      const { port } = (servers[0]?.address() as { port: number } | undefined) ?? { port: 0 };
      await new Promise<void>((done, fail) => server.once('error', fail).listen(port, host, 1024, done));
      servers.push(server);
    }
    backend = new SoakBackend(servers, sockets);
    return backend;
  }

  stop(): void {
    for (const server of this.#servers) server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

export interface Tally {
  /** Answers by status. */
  readonly statuses: Record<number, number>;
  /** Header blocks that hold what no client may see; the first few. */
  readonly leaks: string[];
  /** Connections that were closed without an answer. */
  reconnects: number;
}

/**
 * Sends prepared requests in turn, one outstanding on each of `width` connections, until `count` are answered or `more`
 * says no. Throws on an answer that cannot be read.
 */
export async function send(
  port: number,
  requests: readonly Buffer[],
  width: number,
  count: number,
  more: (answered: number) => boolean,
): Promise<Tally> {
  const tally: Tally = { statuses: {}, leaks: [], reconnects: 0 };
  let started = 0;
  let answered = 0;
  let go = true;
  const lane = (): Promise<void> =>
    new Promise((done, fail) => {
      let socket: Socket;
      let pending = '';
      let outstanding = false;
      const next = (): void => {
        if (!go || started >= count) {
          outstanding = false;
          socket.destroy();
          done();
          return;
        }
        outstanding = true;
        socket.write(requests[started++ % requests.length]!);
      };
      const open = (): void => {
        pending = '';
        socket = connect({ host: '127.0.0.1', port, noDelay: true }, next);
        socket.on('error', (error: NodeJS.ErrnoException) =>
          error.code === 'ECONNRESET' ? undefined : fail(error),
        );
        socket.on('close', () => {
          if (!outstanding) return;
          // Unanswered: one more is sent in its place.
          tally.reconnects++;
          started--;
          open();
        });
        socket.on('data', (chunk) => {
          pending += chunk.toString('latin1');
          const size = answerSize(pending);
          if (size === undefined) return;
          const good = pending.startsWith('HTTP/1.1 200');
          note(tally, pending.slice(0, size));
          pending = pending.slice(size);
          if (pending !== '') return fail(new Error(`two answers to one request: ${pending.slice(0, 200)}`));
          answered++;
          if (answered % 1000 === 0) go = more(answered);
          outstanding = false;
          // Envoy closes after a 400.
          if (!good) socket.destroy();
          if (socket.destroyed) open();
          else next();
        });
      };
      open();
    });
  await Promise.all(Array.from({ length: width }, lane));
  return tally;
}

function note(tally: Tally, text: string): void {
  const status = Number(text.slice(9, 12));
  tally.statuses[status] = (tally.statuses[status] ?? 0) + 1;
  if (/x-loadstar|127\.0\.0\.\d|MTI3LjAuMC4/i.test(text) && tally.leaks.length < 5) tally.leaks.push(text);
}

/** Bytes of the answer that `text` begins with; undefined when it is not whole yet. */
function answerSize(text: string): number | undefined {
  const head = text.indexOf('\r\n\r\n');
  if (head < 0) return undefined;
  const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, head + 2))?.[1];
  if (length !== undefined) {
    const size = head + 4 + Number(length);
    return text.length >= size ? size : undefined;
  }
  // The backend's only chunk is two bytes; trailers may follow.
  const last = text.indexOf('\r\n0\r\n', head + 4);
  if (last < 0) return undefined;
  const end = text.startsWith('\r\n', last + 5) ? last + 5 : text.indexOf('\r\n\r\n', last + 5) + 2;
  return end > last + 2 && text.length >= end + 2 ? end + 2 : undefined;
}
