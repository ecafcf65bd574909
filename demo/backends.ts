/**
 * The demo's four replicas of the documents' `backend`: HTTP servers on loopback addresses that count requests by path and
 * report load in the way and at the height the demo tells them; and their twins that speak HTTP/2, for trailers.
 */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo, Server, Socket } from 'node:net';

/** Fields that report a CPU utilization, in one of ORCA's forms. */
export type Reporter = (cpu: number) => Readonly<Record<string, string>>;

export interface Backend {
  readonly address: string;
  readonly port: number;
  /** Requests answered, by the value of x-demo-count, else by path. */
  readonly hits: Map<string, number>;
  /** What a path reports, and how high; on HTTP/2 in trailers. Other paths report nothing. */
  readonly reports: Map<string, { readonly form: Reporter; cpu: number }>;
  stop(): Promise<void>;
}

export type Protocol = 'http1' | 'http2';

/**
 * Four backends on one port of the given addresses: `wanted` when it is free on all of them, else one that the kernel
 * names. Throws what the kernel says about an address this machine does not have.
 */
export async function startBackends(
  addresses: readonly string[],
  wanted: number,
  protocol: Protocol,
): Promise<Backend[]> {
  for (const port of [wanted, 0, 0, 0]) {
    const started: Backend[] = [];
    try {
      for (const address of addresses) started.push(await start(address, started[0]?.port ?? port, protocol));
      return started;
    } catch (error) {
      await Promise.all(started.map((backend) => backend.stop()));
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
  throw new Error(`no port is free on all of ${addresses.join(', ')}`);
}

/** A short wait before each answer, so that requests overlap and least-request has something to choose by. */
const answerAfterMs = 2;

async function start(address: string, port: number, protocol: Protocol): Promise<Backend> {
  const hits = new Map<string, number>();
  const reports: Backend['reports'] = new Map();
  const sockets = new Set<Socket>();
  /** Counts the request; what to say to it, and what it reports. */
  const answer = (url: string, headers: IncomingHttpHeaders) => {
    const path = url.split('?')[0]!;
    const counted = headers['x-demo-count'];
    const key = typeof counted === 'string' ? counted : path;
    hits.set(key, (hits.get(key) ?? 0) + 1);
    const report = reports.get(path);
    return {
      body: `${JSON.stringify({ path, host: headers.host ?? headers[':authority'], backend: address })}\n`,
      report: report === undefined ? {} : report.form(report.cpu),
    };
  };
  const json = { 'content-type': 'application/json' };
  const server: Server =
    protocol === 'http1'
      ? createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
          const { body, report } = answer(request.url!, request.headers);
          setTimeout(() => {
            response.writeHead(200, { ...json, 'content-length': body.length, ...report });
            response.end(body);
          }, answerAfterMs);
        })
      : createHttp2Server((request, response) => {
          const { body, report } = answer(request.url, request.headers);
          setTimeout(() => {
            if (response.stream?.destroyed !== false) return;
            response.writeHead(200, json);
            response.addTrailers(report);
            response.end(body);
          }, answerAfterMs);
        });
  server.on('connection', (socket: Socket) => {
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
