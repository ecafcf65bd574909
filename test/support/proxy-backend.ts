/**
 * A backend whose connections have to begin with a PROXY header (version 1 or 2), perhaps with TLS behind it.
 * Each request is answered with what the header says: `V1 127.0.0.9`, or `none`.
 */
import { createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { type Listening, listen } from '../../demo/fakes/listen.ts';
import type { Issued } from './certificates.ts';

export interface ProxyBackend extends Listening {
  /** Connections, by what their header says. */
  readonly seen: string[];
}

export async function startProxyBackend(address: string, certificate?: Issued): Promise<ProxyBackend> {
  const seen: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => {});
    void begin(socket).then(({ told, rest }) => {
      seen.push(told);
      socket.unshift(rest);
      answer(certificate === undefined ? socket : secure(socket, certificate), told);
    });
  });
  return { ...(await listen(server, address, 0)), seen };
}

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');

/** What the header says, and what came behind it. */
const begin = (socket: Socket): Promise<{ told: string; rest: Buffer }> =>
  new Promise((done) => {
    let got = Buffer.alloc(0);
    const read = (chunk: Buffer): void => {
      got = Buffer.concat([got, chunk]);
      const found = headerOf(got);
      if (found === undefined) return;
      socket.off('data', read).pause();
      done({ told: found.told, rest: got.subarray(found.length) });
    };
    socket.on('data', read);
  });

function headerOf(got: Buffer): { told: string; length: number } | undefined {
  if (got.subarray(0, 12).equals(SIGNATURE)) {
    if (got.length < 16 || got.length < 16 + got.readUInt16BE(14)) return undefined;
    return { told: `V2 ${[...got.subarray(16, 20)].join('.')}`, length: 16 + got.readUInt16BE(14) };
  }
  const line = got.toString('latin1').split('\r\n')[0]!;
  if (!line.startsWith('PROXY ')) return { told: 'none', length: 0 };
  return got.includes('\r\n') ? { told: `V1 ${line.split(' ')[2]}`, length: line.length + 2 } : undefined;
}

const secure = (socket: Socket, { certificate: cert, key }: Issued): Duplex =>
  new TLSSocket(socket, { isServer: true, cert, key }).on('error', () => {});

function answer(stream: Duplex, told: string): void {
  let text = '';
  stream.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    for (; text.includes('\r\n\r\n'); text = text.slice(text.indexOf('\r\n\r\n') + 4))
      stream.write(`HTTP/1.1 200 OK\r\ncontent-length: ${told.length}\r\n\r\n${told}`);
  });
  stream.resume();
}
