/** Many requests at one Envoy and how they were spread. */
import { inParallel } from './engines.ts';
import type { Envoy } from './envoy.ts';
import { backendOf, connections, http1, type Request, type Response } from './http1.ts';

/** `count` equal requests over `width` kept connections; throws when one of them is not answered with 200. */
export async function sendMany(
  envoy: Envoy,
  request: Omit<Request, 'port' | 'agent'>,
  count: number,
  width = 8,
): Promise<Response[]> {
  const agent = connections(width);
  try {
    return await inParallel(new Array(count).fill(0), width, async () => {
      const response = await http1({ ...request, port: envoy.port(), agent });
      if (response.status !== 200) throw new Error(`${request.path}: ${response.status} ${response.body}`);
      return response;
    });
  } finally {
    agent.destroy();
  }
}

/** Backend → answers. Backends without any are absent. */
export function spread(responses: readonly Response[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const response of responses) {
    const name = backendOf(response);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** Share of one backend, 0..1. */
export const shareOf = (responses: readonly Response[], name: string): number =>
  (spread(responses)[name] ?? 0) / responses.length;
