/**
 * A server of language models, simulated as vLLM behaves towards a proxy: `/v1/chat/completions`, streamed
 * (server-sent events) or whole; a prefix cache; few requests at a time, the others wait. A load report comes
 * only where the request asks for one, and never with a stream, whose headers leave before there is anything
 * to report (vllm/entrypoints/openai: api_server.py, orca_metrics.py).
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Listening, listen } from './listen.ts';

export interface LlmOptions {
  /** Requests that are computed at a time. */
  readonly slots: number;
  /** Of the key-value cache. A block is BLOCK_TOKENS tokens. */
  readonly cacheBlocks: number;
  /** Milliseconds for a block of a prompt that is not in the cache. */
  readonly prefillMs: number;
  /** Milliseconds for a token of the answer. */
  readonly tokenMs: number;
}

interface Asked {
  readonly messages: readonly { readonly content: string }[];
  readonly stream?: boolean;
  readonly max_tokens?: number;
}

interface Job {
  readonly blocks: readonly string[];
  readonly tokens: number;
  readonly stream: boolean;
  readonly format: string;
  readonly response: ServerResponse;
  cached: number;
  gone: boolean;
}

const BLOCK_TOKENS = 16;
/** A token is four letters, about. */
const BLOCK_LETTERS = BLOCK_TOKENS * 4;
const MOST_BODY_BYTES = 1 << 20;

/** A name for each full block of a prompt, which is also that of all blocks before it. */
function blocksOf(prompt: string): string[] {
  const names: string[] = [];
  for (let at = 0; at + BLOCK_LETTERS <= prompt.length; at += BLOCK_LETTERS) {
    const before = names.at(-1) ?? '';
    names.push(
      createHash('sha1')
        .update(before + prompt.slice(at, at + BLOCK_LETTERS))
        .digest('base64'),
    );
  }
  return names;
}

export class LlmServer {
  /** How many times slower than usual; may be changed while running. */
  slowness = 1;
  /** What is reported as the used part of the cache, in place of the real one. */
  pretended: number | undefined;
  readonly #options: LlmOptions;
  #listening!: Listening;
  /** Names of blocks, the least recently used first. */
  readonly #cache = new Set<string>();
  readonly #queue: Job[] = [];
  readonly #running = new Set<Job>();

  private constructor(options: LlmOptions) {
    this.#options = options;
  }

  static async start(options: LlmOptions, address = '127.0.0.1', port = 0): Promise<LlmServer> {
    const server = new LlmServer(options);
    const http = createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
      if (request.method === 'POST' && request.url === '/v1/chat/completions')
        server.#read(request, response);
      else response.writeHead(request.url === '/health' ? 200 : 404).end();
    });
    server.#listening = await listen(http, address, port);
    return server;
  }

  get address(): string {
    return this.#listening.address;
  }

  get port(): number {
    return this.#listening.port;
  }

  stop(): Promise<void> {
    return this.#listening.stop();
  }

  /** Used part of the cache: what runs now. Blocks that are merely kept count as free, as in vLLM. */
  get usage(): number {
    const used = [...this.#running].reduce((sum, { blocks }) => sum + blocks.length, 0);
    return this.pretended ?? Math.min(1, used / this.#options.cacheBlocks);
  }

  #read(request: IncomingMessage, response: ServerResponse): void {
    let text = '';
    request.setEncoding('utf8');
    request.on('data', (piece: string) => {
      text += piece;
      if (text.length > MOST_BODY_BYTES) request.destroy();
    });
    request.on('end', () => {
      const { messages, stream = false, max_tokens: tokens = BLOCK_TOKENS } = JSON.parse(text) as Asked;
      const job: Job = {
        blocks: blocksOf(messages.map(({ content }) => content).join('\n')),
        tokens,
        stream,
        format: String(request.headers['endpoint-load-metrics-format'] ?? ''),
        response,
        cached: 0,
        gone: false,
      };
      response.on('close', () => {
        job.gone = true;
      });
      if (stream) {
        response.writeHead(200, { 'content-type': 'text/event-stream', 'x-server': this.address });
        response.flushHeaders();
      }
      this.#queue.push(job);
      this.#serve();
    });
  }

  #serve(): void {
    while (this.#running.size < this.#options.slots) {
      const job = this.#queue.shift();
      if (job === undefined) return;
      if (job.gone) continue;
      this.#running.add(job);
      const missing = job.blocks.findIndex((block) => !this.#cache.has(block));
      job.cached = missing < 0 ? job.blocks.length : missing;
      for (const block of job.blocks) this.#keep(block);
      const prefill = (job.blocks.length - job.cached) * this.#options.prefillMs;
      setTimeout(() => this.#tell(job, 1), prefill * this.slowness);
    }
  }

  #keep(block: string): void {
    this.#cache.delete(block);
    this.#cache.add(block);
    if (this.#cache.size <= this.#options.cacheBlocks) return;
    const [oldest] = this.#cache;
    if (oldest !== undefined) this.#cache.delete(oldest);
  }

  /** A token of the answer, and those after it. */
  #tell(job: Job, token: number): void {
    if (job.stream && !job.gone) job.response.write(`data: {"choices":[{"delta":{"content":"word "}}]}\n\n`);
    if (token < job.tokens && !job.gone) {
      setTimeout(() => this.#tell(job, token + 1), this.#options.tokenMs * this.slowness);
      return;
    }
    if (!job.gone) this.#finish(job);
    this.#running.delete(job);
    this.#serve();
  }

  #finish({ stream, response, blocks, cached, tokens, format }: Job): void {
    const usage = {
      prompt_tokens: blocks.length * BLOCK_TOKENS,
      completion_tokens: tokens,
      prompt_tokens_details: { cached_tokens: cached * BLOCK_TOKENS },
    };
    if (stream) {
      response.end(`data: ${JSON.stringify({ choices: [], usage })}\n\ndata: [DONE]\n\n`);
      return;
    }
    const body = JSON.stringify({ choices: [{ message: { content: 'word '.repeat(tokens) } }], usage });
    response.writeHead(200, {
      'content-type': 'application/json',
      'x-server': this.address,
      ...this.#report(format),
    });
    response.end(body);
  }

  #report(format: string): Record<string, string> {
    const metrics = { kv_cache_usage_perc: this.usage, num_requests_waiting: this.#queue.length };
    switch (format.toLowerCase()) {
      case 'text': {
        const named = Object.entries(metrics).map(([name, value]) => `named_metrics.${name}=${value}`);
        return { 'endpoint-load-metrics': `TEXT ${named.join(', ')}` };
      }
      case 'json':
        return { 'endpoint-load-metrics': `JSON ${JSON.stringify({ named_metrics: metrics })}` };
      default:
        return {};
    }
  }
}
