/** A large page that is read again and again: by one connection, and into memory that is kept. */
import { Agent, get, type IncomingMessage } from 'node:http';
import { RunError } from './errors.ts';

/** Of one page; more is refused. 100,000 hosts have some 150 MB. */
const MAX_BYTES = 268_435_456;
/** Without a byte. */
const TIMEOUT_MS = 5_000;

export class RepeatedPage {
  readonly #url: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  #memory = Buffer.alloc(0);

  constructor(url: string) {
    this.#url = url;
  }

  /** What it gives holds until the next call. Rejects with a RunError or Node's own. */
  read(): Promise<Buffer> {
    return new Promise((done, fail) => {
      const request = get(this.#url, { agent: this.#agent }, (response) => {
        this.#take(response).then(done, fail);
      });
      const late = new RunError(`${this.#url} gives no answer in ${TIMEOUT_MS / 1000} s`);
      request.setTimeout(TIMEOUT_MS, () => request.destroy(late));
      request.on('error', fail);
    });
  }

  async #take(response: IncomingMessage): Promise<Buffer> {
    let size = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      if (size + chunk.length > MAX_BYTES)
        throw new RunError(`${this.#url} has more than ${MAX_BYTES} bytes`);
      if (size + chunk.length > this.#memory.length) {
        const larger = Buffer.allocUnsafeSlow(Math.max(65_536, 2 * (size + chunk.length)));
        this.#memory.copy(larger, 0, 0, size);
        this.#memory = larger;
      }
      chunk.copy(this.#memory, size);
      size += chunk.length;
    }
    if (response.statusCode !== 200) throw new RunError(`${this.#url} answers ${response.statusCode}`);
    return this.#memory.subarray(0, size);
  }

  /** Forgets the memory, and ends the connection. It may be read again. */
  close(): void {
    this.#agent.destroy();
    this.#memory = Buffer.alloc(0);
  }
}
