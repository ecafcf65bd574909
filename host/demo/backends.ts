/**
 * The demo's four replicas of the documents' `backend`: HTTP servers on loopback addresses that count requests by path and
 * report load in the way and at the height the demo tells them.
 */
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** Response headers that report a CPU utilization, in one of ORCA's forms. */
export type Reporter = (cpu: number) => Readonly<Record<string, string>>;

export interface Backend {
  readonly address: string;
  readonly port: number;
  /** Requests answered, by the value of x-demo-count, else by path. */
  readonly hits: Map<string, number>;
  /** What a path reports, and how high. Other paths report nothing. */
  readonly reports: Map<string, { readonly form: Reporter; cpu: number }>;
  stop(): Promise<void>;
}

/**
 * Four backends on one port of the given addresses: `wanted` when it is free on all of them, else one that the kernel
 * names. Throws what the kernel says about an address this machine does not have.
 */
export async function startBackends(addresses: readonly string[], wanted: number): Promise<Backend[]> {
  for (const port of [wanted, 0, 0, 0]) {
    const started: Backend[] = [];
    try {
      for (const address of addresses) started.push(await start(address, started[0]?.port ?? port));
      return started;
    } catch (error) {
      await Promise.all(started.map((backend) => backend.stop()));
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
  throw new Error(`no port is free on all of ${addresses.join(', ')}`);
}

async function start(address: string, port: number): Promise<Backend> {
  const hits = new Map<string, number>();
  const reports: Backend['reports'] = new Map();
  const sockets = new Set<Socket>();
  const server: Server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const path = request.url!.split('?')[0]!;
    const counted = request.headers['x-demo-count'];
    const key = typeof counted === 'string' ? counted : path;
    hits.set(key, (hits.get(key) ?? 0) + 1);
    const report = reports.get(path);
    const headers = report === undefined ? {} : report.form(report.cpu);
    const body = `${JSON.stringify({ path, host: request.headers.host, backend: address })}\n`;
    // A short wait, so that requests overlap and least-request has something to choose by.
    setTimeout(() => {
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-length': body.length,
        ...headers,
      });
      response.end(body);
    }, 2);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen({ host: address, port }, done);
  });
  return {
    address,
    port: (server.address() as AddressInfo).port,
    hits,
    reports,
    stop: async () => {
      const closed = new Promise((done) => server.close(done));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
