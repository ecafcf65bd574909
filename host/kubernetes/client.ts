/**
 * Requests to an API server by Node's own HTTP client: one answer, or the lines of a watch. All that comes is
 * bounded in size and time, and a refused token is asked for anew once.
 */
import { type IncomingMessage, Agent as PlainAgent, request as plainRequest } from 'node:http';
import { Agent, request } from 'node:https';
import { asObject, asText } from '../schema/words/findings.ts';
import type { Access } from './access.ts';

/** Of one answer: a page of a list. */
const MAX_BYTES = 32 * 1024 * 1024;
/** Of one line of a watch: an object, which the API server holds to some 3 MB. */
const MAX_LINE = 16 * 1024 * 1024;
const ANSWER_MS = 30_000;

/** What the API server, or the way to it, says instead of an answer. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** 0: there was no answer. */
  readonly status: number;
  readonly retryAfterMs: number | undefined;
  constructor(status: number, message: string, retryAfterMs?: number) {
    super(message);
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}
/** An answer is larger than MAX_BYTES. */
export class TooLarge extends ApiError {}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;
interface Asked {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly path: string;
  readonly query?: Query;
  readonly body?: object;
  readonly type?: string;
  readonly signal?: AbortSignal;
  /** Without a byte for so long, it is given up. */
  readonly idleMs?: number;
}

export class ApiClient {
  readonly #access: Access;
  readonly #agent: Agent | PlainAgent;

  constructor(access: Access) {
    this.#access = access;
    const keep = { keepAlive: true, keepAliveMsecs: 15_000 };
    this.#agent = access.server.protocol === 'https:' ? new Agent(keep) : new PlainAgent(keep);
  }

  get namespace(): string {
    return this.#access.namespace;
  }

  /** @throws {ApiError} */
  async ask(asked: Asked): Promise<Readonly<Record<string, unknown>>> {
    const answer = await this.#send({ idleMs: ANSWER_MS, ...asked });
    const text = await bodyOf(answer, MAX_BYTES);
    try {
      const value = asObject(JSON.parse(text));
      if (value !== undefined) return value;
    } catch {}
    throw new ApiError(0, `the answer to ${asked.path} is no JSON object`);
  }

  /**
   * Calls with each line, and resolves at the end of the answer. @throws {ApiError}
   * @param onBegin The answer begins, and is none of an error.
   */
  async lines(asked: Asked, onLine: (line: string) => void, onBegin: () => void): Promise<void> {
    const answer = await this.#send(asked);
    onBegin();
    let rest: Buffer[] = [];
    let size = 0;
    try {
      for await (const chunk of answer as AsyncIterable<Buffer>) {
        let from = 0;
        for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
          const line = Buffer.concat([...rest, chunk.subarray(from, end)]).toString();
          [rest, size, from] = [[], 0, end + 1];
          if (line.trim() !== '') onLine(line);
        }
        if (from === chunk.length) continue;
        rest.push(chunk.subarray(from));
        size += chunk.length - from;
        if (size > MAX_LINE) throw new TooLarge(0, `an object is larger than ${MAX_LINE} bytes`);
      }
    } catch (error) {
      throw asApiError(error);
    } finally {
      answer.destroy();
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  async #send(asked: Asked): Promise<IncomingMessage> {
    const answer = await this.#once(asked, false);
    if (answer.statusCode !== 401) return checked(answer);
    answer.resume();
    return checked(await this.#once(asked, true));
  }

  async #once(asked: Asked, anew: boolean): Promise<IncomingMessage> {
    const { method = 'GET', path, query = {}, body, type = 'application/json', signal, idleMs } = asked;
    const { server, tls } = this.#access;
    const token = await this.#access.token(anew).catch((error) => {
      throw asApiError(error);
    });
    const given = Object.entries(query).flatMap(([key, value]): [string, string][] =>
      value === undefined ? [] : [[key, String(value)]],
    );
    const url = new URL(server);
    url.pathname = `${server.pathname.replace(/\/$/, '')}${path}`;
    url.search = new URLSearchParams(given).toString();
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = {
      accept: 'application/json',
      'user-agent': 'loadstar',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(text === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(text) }),
    };
    const send = url.protocol === 'https:' ? request : plainRequest;
    return new Promise((done, fail) => {
      const sent = send(url, { ...tls, agent: this.#agent, method, headers, signal, timeout: idleMs }, done);
      sent.on('timeout', () => sent.destroy(new ApiError(0, `no answer within ${idleMs} ms`)));
      sent.on('error', (error) => fail(asApiError(error)));
      sent.end(text);
    });
  }
}

const asApiError = (error: unknown): ApiError => {
  if (error instanceof ApiError) return error;
  const { message, code } = error as NodeJS.ErrnoException;
  return new ApiError(0, message || code || String(error));
};

/** @throws {ApiError} in the server's own words. */
async function checked(answer: IncomingMessage): Promise<IncomingMessage> {
  const { statusCode = 0 } = answer;
  if (statusCode >= 200 && statusCode < 300) return answer;
  const text = await bodyOf(answer, 64 * 1024).catch(() => '');
  let said: string | undefined;
  try {
    said = asText(asObject(JSON.parse(text))?.message);
  } catch {}
  const after = Number(answer.headers['retry-after']);
  throw new ApiError(
    statusCode,
    said ?? `it answers ${statusCode}`,
    Number.isFinite(after) && after > 0 ? after * 1000 : undefined,
  );
}

async function bodyOf(answer: IncomingMessage, limit: number): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limit) throw new TooLarge(0, `an answer is larger than ${limit} bytes`);
      parts.push(chunk);
    }
  } catch (error) {
    throw asApiError(error);
  } finally {
    answer.destroy();
  }
  return Buffer.concat(parts).toString();
}
