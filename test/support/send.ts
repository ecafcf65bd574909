/** Many requests at one Envoy and how they were spread. */
import { send } from '../../demo/fakes/closed-load.ts';
import { backendOf, type Request, type Response } from '../../demo/fakes/http1.ts';
import type { Envoy } from './envoy.ts';

/** `count` equal requests over `width` kept connections; throws when one of them is not answered with 200. */
export async function sendMany(
  envoy: Envoy,
  request: Omit<Request, 'port' | 'agent'>,
  count: number,
  width = 8,
): Promise<readonly Response[]> {
  const { answers, errors } = await send({
    ...request,
    port: envoy.port(),
    requests: count,
    connections: width,
  });
  const wrong = answers.find(({ status }) => status !== 200);
  if (wrong !== undefined) throw new Error(`${request.path}: ${wrong.status} ${wrong.body}`);
  if (errors.size > 0) throw new Error(`${request.path}: ${[...errors.keys()].join(', ')}`);
  return answers;
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
