/**
 * A backend as cheap as Node allows, for benches and soaks: prepared answers on raw sockets, since Node's own
 * HTTP costs more than Envoy. No request may have a body.
 */
import { createServer } from 'node:net';
import { type Listening, listen } from './listen.ts';

interface RawHost {
  readonly address: string;
  /** 0: the kernel chooses; `same`: the port of the first host. */
  readonly port: number | 'same';
  /** Bytes of the next answer. */
  readonly answer: () => Buffer;
}

const END = Buffer.from('\r\n\r\n');

export class RawBackend {
  readonly hosts: readonly Listening[];
  /** Requests answered so far, by host: shows that the traffic was really spread. */
  readonly served: readonly number[];

  private constructor(hosts: readonly Listening[], served: readonly number[]) {
    this.hosts = hosts;
    this.served = served;
  }

  static async start(wanted: readonly RawHost[]): Promise<RawBackend> {
    const served = wanted.map(() => 0);
    const hosts: Listening[] = [];
    for (const [i, { address, port, answer }] of wanted.entries()) {
      const server = createServer({ noDelay: true }, (socket) => {
        let pending: Buffer | undefined;
        socket.on('data', (chunk: Buffer) => {
          const bytes = pending === undefined ? chunk : Buffer.concat([pending, chunk]);
          let begin = 0;
          for (let end = bytes.indexOf(END); end >= 0; end = bytes.indexOf(END, begin)) {
            begin = end + END.length;
            served[i]!++;
            socket.write(answer());
          }
          pending = begin === bytes.length ? undefined : bytes.subarray(begin);
        });
      });
      hosts.push(await listen(server, address, port === 'same' ? (hosts[0]?.port ?? 0) : port));
    }
    return new RawBackend(hosts, served);
  }

  async stop(): Promise<void> {
    await Promise.all(this.hosts.map((host) => host.stop()));
  }
}

/** Response bytes with the given extra header lines; the body is always the two bytes `ok`. */
export const answer = (...headers: readonly string[]): Buffer =>
  Buffer.from(['HTTP/1.1 200 OK', 'content-length: 2', ...headers, '', 'ok'].join('\r\n'));
