/**
 * The load the documents send: `hey -n N -c C -host H [-H header] URL`. C connections are kept alive, each sends its share of the
 * N requests one after the other; so no more than C requests are ever under way.
 */
import { Agent, type IncomingMessage, request } from 'node:http';

export interface Load {
  /** Of 127.0.0.1. */
  readonly port: number;
  readonly path: string;
  /** The Host header. */
  readonly host: string;
  readonly requests: number;
  /** Kept alive; undefined: one request after the other, each on a connection of its own. */
  readonly connections?: number;
  /** Default GET. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly trailers: IncomingMessage['trailers'];
}

export interface LoadResult {
  /** Status → how many. */
  readonly statuses: ReadonlyMap<number, number>;
  /** Requests without an answer, by reason. */
  readonly errors: ReadonlyMap<string, number>;
  readonly answers: readonly Answer[];
}

/** Sends the load and resolves when the last answer is in; a failed request is counted, never thrown. */
export async function send(load: Load): Promise<LoadResult> {
  const connections = load.connections ?? 1;
  const keepAlive = load.connections !== undefined;
  const agent = new Agent({ keepAlive, maxSockets: connections, maxFreeSockets: connections });
  const statuses = new Map<number, number>();
  const errors = new Map<string, number>();
  const answers: Answer[] = [];
  let left = load.requests;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left--;
      try {
        const answer = await one(load, agent);
        answers.push(answer);
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        errors.set(reason, (errors.get(reason) ?? 0) + 1);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(connections, load.requests) }, worker));
  agent.destroy();
  return { statuses, errors, answers };
}

function one(load: Load, agent: Agent): Promise<Answer> {
  return new Promise((done, fail) => {
    const sent = request(
      {
        host: '127.0.0.1',
        port: load.port,
        method: load.method ?? 'GET',
        path: load.path,
        agent,
        headers: { host: load.host, ...load.headers },
      },
      (response) => {
        response.resume();
        response.on('error', fail);
        response.on('end', () =>
          done({ status: response.statusCode!, headers: response.headers, trailers: response.trailers }),
        );
      },
    );
    sent.setTimeout(10_000, () => sent.destroy(new Error('no answer in 10 s')));
    sent.on('error', fail);
    sent.end();
  });
}
