/** Backends over TLS (HTTP/1.1 and HTTP/2 by ALPN) that say in their answers how they were called. */
import { createSecureServer, type Http2SecureServer, type SecureServerOptions } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Issued } from './certificates.ts';

export interface TlsBackend {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** Requests that arrived; connections that a handshake was tried on. */
  readonly seen: { requests: number; handshakes: number };
  /** For new connections. */
  use(certificate: Issued): void;
  stop(): Promise<void>;
}

/** @param more `requestCert` and the like; `headers` stand in every answer. */
export function startTlsBackend(
  address: string,
  certificate: Issued,
  {
    headers = {},
    ...more
  }: SecureServerOptions & { readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<TlsBackend> {
  const seen = { requests: 0, handshakes: 0 };
  const of = ({ certificate: cert, key }: Issued) => ({ cert, key });
  const server: Http2SecureServer = createSecureServer({ allowHTTP1: true, ...of(certificate), ...more });
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    seen.handshakes++;
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  server.on('request', (request, response) => {
    seen.requests++;
    const socket = (request.stream?.session?.socket ?? request.socket) as TLSSocket;
    const subject = socket.getPeerCertificate()?.subject;
    response.writeHead(200, {
      'x-backend': `${address}:${(server.address() as AddressInfo).port}`,
      'x-sni': String((socket as TLSSocket & { servername?: string | false }).servername || 'none'),
      'x-version': request.httpVersion,
      'x-alpn': String(socket.alpnProtocol || 'none'),
      'x-tls': String(socket.getProtocol()),
      'x-client': subject?.CN ?? 'none',
      ...headers,
    });
    response.end('ok');
  });
  server.on('tlsClientError', () => {});
  server.on('sessionError', () => {});
  return new Promise((done) =>
    server.listen(0, address, () => {
      const { port } = server.address() as AddressInfo;
      done({
        name: `${address}:${port}`,
        address,
        port,
        seen,
        use: (one) => server.setSecureContext(of(one)),
        stop: () =>
          new Promise((closed) => {
            server.close(() => closed());
            for (const socket of open) socket.destroy();
          }),
      });
    }),
  );
}
