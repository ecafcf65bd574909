/**
 * `--probes`: whether the server lives and is ready, in plain HTTP, for whoever has no certificate to show:
 * the kubelet. It says nothing else.
 */
import { createServer } from 'node:http';
import { RunError, reasonOf } from '../run/errors.ts';
import { type Args, hostPort } from './args.ts';

const MAX_CONNECTIONS = 64;

export interface Probes {
  /** From now on it is ready. */
  ready(): void;
  close(): void;
}

/** Listens when it resolves; undefined: not asked for. @throws {UsageError} @throws {RunError} */
export async function answerProbes(args: Args): Promise<Probes | undefined> {
  const given = args.one('probes');
  if (given === undefined) return undefined;
  const { address, port } = hostPort('--probes', given);
  let ready = false;
  const server = createServer((request, answer) => {
    const alive = request.url === '/healthz';
    const known = alive || request.url === '/readyz';
    const good = alive || (known && ready);
    answer.writeHead(good ? 200 : known ? 503 : 404, { 'content-type': 'text/plain; charset=utf-8' });
    answer.end(good ? 'ok\n' : known ? 'not ready\n' : 'not found\n');
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.requestTimeout = 5_000;
  server.headersTimeout = 5_000;
  await new Promise<void>((done, fail) => {
    server.once('error', (error) => fail(new RunError(`--probes ${given}: ${reasonOf(error)}`)));
    server.listen(port, address, done);
  });
  return {
    ready() {
      ready = true;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
