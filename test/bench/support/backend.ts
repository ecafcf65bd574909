/**
 * A backend as cheap as Node allows: fixed bytes for each request, on as many loopback ports as a bench needs. It takes
 * the end of a chunk for the end of a request, which holds for Envoy: one request without a body at a time on a connection.
 */
import { createServer, type Server } from 'node:net';

/** One host of a backend: its port and the bytes it answers with. */
export interface Backend {
  readonly ports: readonly number[];
  /** Requests answered so far, by port: shows that a variant really spread its traffic. */
  readonly served: ReadonlyMap<number, number>;
  close(): void;
}

/** Response bytes with the given extra header lines; the body is always the two bytes `ok`. */
export const answer = (...headers: readonly string[]): Buffer =>
  Buffer.from(['HTTP/1.1 200 OK', 'content-length: 2', ...headers, '', 'ok'].join('\r\n'));

/** Starts `answers.length` servers on free ports of 127.0.0.1; server i answers with answers[i]. */
export async function startBackend(answers: readonly Buffer[]): Promise<Backend> {
  const served = new Map<number, number>();
  const servers: Server[] = [];
  const ports: number[] = [];
  for (const bytes of answers) {
    let port = 0;
    const server = createServer({ noDelay: true }, (socket) => {
      socket.on('error', () => socket.destroy());
      socket.on('data', (chunk: Buffer) => {
        const n = chunk.length;
        if (n < 4 || chunk[n - 1] !== 10 || chunk[n - 3] !== 10) return;
        served.set(port, (served.get(port) ?? 0) + 1);
        socket.write(bytes);
      });
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', 1024, resolve);
    });
    port = (server.address() as { port: number }).port;
    ports.push(port);
    servers.push(server);
  }
  const close = () => {
    for (const server of servers) server.close();
  };
  return { ports, served, close };
}
