/** Backends that end TLS themselves, and say their name first; what comes is sent back. */
import { createServer, type TLSSocket } from 'node:tls';
import { type Listening, listen } from '../../demo/fakes/listen.ts';
import type { Issued } from './certificates.ts';

export interface PassingBackend extends Listening {
  /** Server names of the connections that arrived. */
  readonly names: string[];
}

export async function startPassingBackend(
  address: string,
  { certificate: cert, key }: Issued,
  port = 0,
): Promise<PassingBackend> {
  const names: string[] = [];
  const server = createServer({ cert, key, ALPNProtocols: ['echo', 'h2'] }, (socket) => {
    names.push(String((socket as TLSSocket & { servername?: string | false }).servername || ''));
    socket.on('error', () => {});
    socket.write(`${address}\n`);
    socket.pipe(socket);
  });
  server.on('tlsClientError', () => {});
  return { ...(await listen(server, address, port)), names };
}
