/**
 * Who of several servers writes: whoever holds a Lease (coordination.k8s.io). It is renewed while the server
 * lives; another takes it when it was not renewed for as long as it says, by the clock of whoever looks.
 */
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { asObject } from '../../schema/words/findings.ts';
import { type ApiClient, ApiError } from '../client.ts';
import { Troubles } from '../troubles.ts';

const SECONDS = 15;
const RENEW_MS = 4_000;

interface LeaseOptions {
  readonly namespace: string;
  readonly name: string;
  readonly say: (line: string) => void;
  readonly onLead: () => void;
  readonly renewMs?: number;
  readonly seconds?: number;
}

export class Lease {
  readonly #client: ApiClient;
  readonly #options: LeaseOptions;
  readonly #me = `${hostname()}-${Math.random().toString(36).slice(2, 8)}`;
  readonly #stop = new AbortController();
  readonly #troubles: Troubles;
  readonly #running: Promise<void>;
  /** The last that was seen of another's, and when. */
  #seen = { version: '', at: 0 };
  #renewed = Number.NEGATIVE_INFINITY;
  #led = false;

  constructor(client: ApiClient, options: LeaseOptions) {
    this.#client = client;
    this.#options = options;
    this.#troubles = new Troubles(options.say);
    this.#running = this.#run();
  }

  /** It stops to be so before another may begin. */
  get leads(): boolean {
    return performance.now() - this.#renewed < (this.#seconds * 1000 * 2) / 3;
  }

  /** Lets another lead at once. */
  async close(): Promise<void> {
    const led = this.leads;
    this.#stop.abort();
    await this.#running;
    this.#renewed = Number.NEGATIVE_INFINITY;
    if (led) await this.#step('').catch(() => {});
  }

  get #seconds(): number {
    return this.#options.seconds ?? SECONDS;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const asked = performance.now();
      try {
        if (await this.#step(this.#me)) {
          this.#renewed = asked;
          if (!this.#led) this.#options.onLead();
        }
        this.#troubles.over('lease');
      } catch (error) {
        if (!(error instanceof ApiError && error.status === 409))
          this.#troubles.tell('lease', `the Lease ${this.#options.name}: ${(error as Error).message}`);
      }
      this.#led = this.leads;
      await delay(this.#options.renewMs ?? RENEW_MS, undefined, { signal }).catch(() => {});
    }
  }

  /** True: it is held by `holder` now. @param holder Empty: by nobody. */
  async #step(holder: string): Promise<boolean> {
    const { namespace, name } = this.#options;
    const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
    const found = await this.#client.ask({ path: `${path}/${name}` }).catch((error) => {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    });
    const spec = asObject(found?.spec) ?? {};
    const version = String(asObject(found?.metadata)?.resourceVersion ?? '');
    const other = spec.holderIdentity !== this.#me && spec.holderIdentity !== '' && found !== undefined;
    if (other && !this.#isOver(version, Number(spec.leaseDurationSeconds))) return false;
    if (holder === '' && spec.holderIdentity !== this.#me) return false;
    const time = new Date().toISOString().replace('Z', '000Z');
    const body = {
      ...{ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' },
      metadata: { name, namespace, ...(found === undefined ? {} : { resourceVersion: version }) },
      spec: {
        holderIdentity: holder,
        leaseDurationSeconds: this.#seconds,
        acquireTime: other || found === undefined ? time : (spec.acquireTime ?? time),
        renewTime: time,
      },
    };
    await this.#client.ask(
      found === undefined ? { method: 'POST', path, body } : { method: 'PUT', path: `${path}/${name}`, body },
    );
    return true;
  }

  #isOver(version: string, seconds: number): boolean {
    if (version !== this.#seen.version) this.#seen = { version, at: performance.now() };
    return performance.now() - this.#seen.at > (seconds > 0 ? seconds : this.#seconds) * 1000;
  }
}
