/**
 * People who chat with a language model: each session sends its whole history with each turn, as clients of
 * the OpenAI API do. Turns come at random times, whether or not earlier ones are answered. Equal seeds give
 * equal sessions and times.
 */
import { Agent, request } from 'node:http';
import { arrivals, randomFrom } from './open-load.ts';

export interface ChatOptions {
  /** Of 127.0.0.1. */
  readonly port: number;
  readonly host: string;
  /** Turns per second, of all sessions. */
  readonly rate: number;
  /** Sessions at a time; one that ends is followed by a new one. */
  readonly sessions: number;
  /** Turns of a session. */
  readonly turns: number;
  /** Part of the turns whose answer is streamed. */
  readonly streamed: number;
  readonly tokens: number;
  readonly seed: number;
  readonly timeoutMs: number;
}

/** What became of a turn. */
export interface Turn {
  /** Milliseconds since the start. */
  readonly at: number;
  readonly session: string;
  readonly streamed: boolean;
  /** Status 200, and the answer came to its end. */
  readonly whole: boolean;
  /** Address of the server; '': none answered. */
  readonly server: string;
  /** Milliseconds from when it was due to the first piece of the answer. */
  readonly firstMs: number;
  /** Tokens of the prompt, and those of them that were in the server's cache. */
  readonly prompt: number;
  readonly cached: number;
  /** Header `x-why`. */
  readonly why: string | undefined;
  /** A load report has reached the client. */
  readonly leaked: boolean;
}

interface Session {
  readonly id: string;
  text: string;
  turns: number;
}

const LETTERS_OF_A_TURN = 300;
const LETTERS_OF_A_START = 1_200;

export function startChats(options: ChatOptions): { readonly turns: readonly Turn[]; stop(): Promise<void> } {
  const random = randomFrom(options.seed);
  const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
  const turns: Turn[] = [];
  let made = 0;
  const newSession = (): Session => {
    const id = `${options.seed}-${made++}`;
    return { id, text: `${id} `.repeat(LETTERS_OF_A_START / (id.length + 1)), turns: 0 };
  };
  const sessions = Array.from({ length: options.sessions }, newSession);
  const stop = arrivals(
    () => options.rate,
    random,
    async (due, began) => {
      const place = Math.floor(random() * sessions.length);
      const session = sessions[place]!;
      if (++session.turns > options.turns) sessions[place] = newSession();
      session.text += `${session.turns} `.repeat(LETTERS_OF_A_TURN / 2);
      const streamed = random() < options.streamed;
      turns.push(await ask(options, agent, session, streamed, due, began));
    },
  );
  return {
    turns,
    stop: async () => {
      await stop();
      agent.destroy();
    },
  };
}

/** Never rejects. */
function ask(
  { port, host, tokens, timeoutMs }: ChatOptions,
  agent: Agent,
  { id, text }: Session,
  streamed: boolean,
  at: number,
  began: number,
): Promise<Turn> {
  return new Promise((done) => {
    const failed: Turn = {
      ...{ at, session: id, streamed, whole: false, server: '', firstMs: timeoutMs },
      ...{ prompt: 0, cached: 0, why: undefined, leaked: false },
    };
    const body = JSON.stringify({
      messages: [{ role: 'user', content: text }],
      stream: streamed,
      max_tokens: tokens,
    });
    const headers = { host, 'x-session-id': id, 'content-type': 'application/json' };
    const options = { port, method: 'POST', path: '/v1/chat/completions', agent, headers };
    const sent = request({ ...options, signal: AbortSignal.timeout(timeoutMs) }, (response) => {
      let answer = '';
      let firstMs = timeoutMs;
      response.setEncoding('utf8');
      response.on('data', (piece: string) => {
        if (answer === '') firstMs = performance.now() - began - at;
        answer += piece;
      });
      response.on('error', () => done(failed));
      response.on('end', () => {
        const [, prompt = 0] = /"prompt_tokens":(\d+)/.exec(answer) ?? [];
        const [, cached = 0] = /"cached_tokens":(\d+)/.exec(answer) ?? [];
        const ended = streamed ? answer.endsWith('data: [DONE]\n\n') : answer.endsWith('}');
        const told = (name: string): string | undefined => response.headers[name]?.toString();
        done({
          ...{ at, session: id, streamed, whole: response.statusCode === 200 && ended },
          ...{ server: told('x-server') ?? '', firstMs, prompt: Number(prompt), cached: Number(cached) },
          ...{ why: told('x-why'), leaked: told('endpoint-load-metrics') !== undefined },
        });
      });
    });
    sent.on('error', () => done(failed));
    sent.end(body);
  });
}
