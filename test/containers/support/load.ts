/** Loads for the container tests: many requests, counted by the backend that answered. */

import { backendOf, connections, http1, type Response } from '../../../demo/fakes/http1.ts';
import { Http2Client } from '../../../demo/fakes/http2.ts';

/**
 * How often each backend answered `n` requests, `parallel` at a time; throws when one was not answered by a
 * backend.
 */
export async function spread(
  n: number,
  send: (i: number) => Promise<Response>,
  parallel = 10,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < n) {
      const name = backendOf(await send(next++));
      counts[name] = (counts[name] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: Math.min(n, parallel) }, worker));
  return counts;
}

/** GETs of a path over at most ten connections. */
export function getter(port: number, path: string) {
  const agent = connections(10);
  return {
    get: (headers: readonly (readonly [string, string])[] = []) => http1({ port, path, headers, agent }),
    close: () => agent.destroy(),
  };
}

export const grpcClient = async (port: number) => {
  const client = await Http2Client.connect(port);
  return {
    call: () => client.grpc('/helloworld.Greeter/SayHello', { ':authority': 'grpc.example.com' }),
    close: () => client.stop(),
  };
};
