/**
 * A closed load, as `hey -n N -c C` sends it: C connections are kept alive, each sends its share of the N
 * requests one after the other; so no more than C requests are ever under way.
 */
import { connections, http1, type Request, type Response } from './http1.ts';

interface ClosedLoad extends Omit<Request, 'agent'> {
  readonly requests: number;
  /** Kept alive; undefined: one request after the other, each on a connection of its own. */
  readonly connections?: number;
}

interface LoadResult {
  /** Status → how many. */
  readonly statuses: ReadonlyMap<number, number>;
  /** Requests without an answer, by reason. */
  readonly errors: ReadonlyMap<string, number>;
  /** In the order in which they came. */
  readonly answers: readonly Response[];
}

/** Sends the load and resolves when the last answer is in; a failed request is counted, never thrown. */
export async function send({ requests, connections: width, ...request }: ClosedLoad): Promise<LoadResult> {
  const agent = width === undefined ? undefined : connections(width, request.ca);
  const statuses = new Map<number, number>();
  const errors = new Map<string, number>();
  const answers: Response[] = [];
  let left = requests;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left--;
      try {
        const answer = await http1({ ...request, agent });
        answers.push(answer);
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        errors.set(reason, (errors.get(reason) ?? 0) + 1);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width ?? 1, requests) }, worker));
  agent?.destroy();
  return { statuses, errors, answers };
}
