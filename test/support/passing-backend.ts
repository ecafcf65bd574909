/** Backends that end TLS themselves, and say their name first; what comes is sent back. */
import type { AddressInfo } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import type { Issued } from './certificates.ts';

export interface PassingBackend {
  readonly address: string;
  readonly port: number;
  /** Server names of the connections that arrived. */
  readonly names: string[];
  stop(): Promise<void>;
}

export function startPassingBackend(
  address: string,
  { certificate: cert, key }: Issued,
  port = 0,
): Promise<PassingBackend> {
  const names: string[] = [];
  const open = new Set<TLSSocket>();
  const server = createServer({ cert, key, ALPNProtocols: ['echo', 'h2'] }, (socket) => {
    names.push(String((socket as TLSSocket & { servername?: string | false }).servername || ''));
    open.add(socket);
    socket.on('close', () => open.delete(socket)).on('error', () => {});
    socket.write(`${address}\n`);
    socket.pipe(socket);
  });
  server.on('tlsClientError', () => {});
  return new Promise((done, fail) =>
    server.on('error', fail).listen(port, address, () =>
      done({
        address,
        port: (server.address() as AddressInfo).port,
        names,
        stop: () =>
          new Promise((closed) => {
            server.close(() => closed());
            for (const socket of open) socket.destroy();
          }),
      }),
    ),
  );
}
