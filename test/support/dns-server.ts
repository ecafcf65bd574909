/**
 * A DNS server on 127.0.0.1 (UDP) that answers A and AAAA as a test tells it, and counts what it was asked
 * (RFC 1035, section 4).
 */
import { createSocket, type Socket } from 'node:dgram';

export type DnsReply =
  | { readonly a?: readonly string[]; readonly aaaa?: readonly string[]; readonly ttl?: number }
  | 'NXDOMAIN'
  | 'SERVFAIL'
  /** No answer at all. */
  | 'silence';

const A = 1;
const AAAA = 28;
const CODES = { NXDOMAIN: 3, SERVFAIL: 2 } as const;

export class DnsServer {
  readonly port: number;
  /** Name in lower case → what it is; NXDOMAIN for others. */
  readonly names = new Map<string, DnsReply>();
  /** `A shop.test`, in order. */
  readonly asked: string[] = [];
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.port = socket.address().port;
    socket.on('message', (message, { address, port }) => {
      const reply = this.#reply(message);
      if (reply !== undefined) socket.send(reply, port, address);
    });
  }

  /** @param port 53 for the system's own resolver, in a network namespace of the test. */
  static async start(port = 0): Promise<DnsServer> {
    const socket = createSocket('udp4');
    await new Promise<void>((done, fail) => {
      socket.once('error', fail);
      socket.bind(port, '127.0.0.1', done);
    });
    return new DnsServer(socket);
  }

  stop(): Promise<void> {
    return new Promise((done) => this.#socket.close(done));
  }

  #reply(message: Buffer): Buffer | undefined {
    const labels: string[] = [];
    let at = 12;
    for (let length = message[at]; length !== undefined && length > 0; length = message[at]) {
      labels.push(message.toString('latin1', at + 1, at + 1 + length));
      at += 1 + length;
    }
    const question = message.subarray(12, at + 5);
    const type = message.readUInt16BE(at + 1);
    const name = labels.join('.').toLowerCase();
    this.asked.push(`${type === A ? 'A' : type === AAAA ? 'AAAA' : type} ${name}`);
    const known = this.names.get(name) ?? 'NXDOMAIN';
    if (known === 'silence') return undefined;
    const found =
      typeof known === 'string' ? [] : ((type === A ? known.a : type === AAAA ? known.aaaa : []) ?? []);
    const head = Buffer.alloc(12);
    message.copy(head, 0, 0, 2);
    const code = typeof known === 'string' ? CODES[known] : 0;
    // An answer, authoritative, recursion available.
    head.writeUInt16BE(0x8480 | (message.readUInt16BE(2) & 0x0100) | code, 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(found.length, 6);
    const ttl = typeof known === 'string' ? 0 : (known.ttl ?? 1);
    return Buffer.concat([head, question, ...found.map((address) => record(type, ttl, address))]);
  }
}

function record(type: number, ttl: number, address: string): Buffer {
  const data = type === A ? Buffer.from(address.split('.').map(Number)) : ipv6(address);
  const head = Buffer.alloc(12);
  // The name is that of the question, 12 bytes in.
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(ttl, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function ipv6(address: string): Buffer {
  const [before = '', after] = address.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':').map((g) => Number.parseInt(g, 16)));
  const [left, right] = [groups(before), groups(after ?? '')];
  const all = [...left, ...new Array(8 - left.length - right.length).fill(0), ...right];
  const bytes = Buffer.alloc(16);
  all.forEach((group, i) => {
    bytes.writeUInt16BE(group, i * 2);
  });
  return bytes;
}
