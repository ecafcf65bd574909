/**
 * Writes the status of what is followed, as soon as it is another: by server-side apply, at a bounded rate,
 * and only upon the very version that was judged. Whatever fails is done again with what is there then.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { equal } from '../../basics/equal.ts';
import { resourceTitle } from '../../diagnostics/diagnostic.ts';
import { asObject } from '../../schema/words/findings.ts';
import { type ApiClient, ApiError } from '../client.ts';
import type { Cluster } from '../cluster-source.ts';
import { pathOf } from '../discovery.ts';
import type { Stored } from '../objects.ts';
import { Troubles } from '../troubles.ts';
import { ownPart } from './gateways.ts';
import { type Judgement, wantedStatus } from './wanted.ts';

const FIELD_MANAGER = 'loadstar';
/** Between two rounds, and between two writes of one. */
const ROUND_MS = 200;
const WRITE_MS = 20;
const RETRY_MS = 1_000;
const MAX_KNOWN = 10_000;

type Fields = Readonly<Record<string, unknown>>;
interface StatusOptions {
  readonly controller: string;
  /** Each of our Gateways by itself, from what the cluster has now. */
  readonly judge: () => Promise<readonly Judgement[]>;
  /** Another server writes while this is not so. */
  readonly leads: () => boolean;
  readonly say: (line: string) => void;
  readonly roundMs?: number;
}

export class StatusWriter {
  readonly #client: ApiClient;
  readonly #cluster: Cluster;
  readonly #options: StatusOptions;
  readonly #troubles: Troubles;
  /** What was written, and what the API server made of it. */
  readonly #written = new Map<string, { readonly wanted: string; readonly status: Fields }>();
  #pending = false;
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(client: ApiClient, cluster: Cluster, options: StatusOptions) {
    this.#client = client;
    this.#cluster = cluster;
    this.#options = options;
    this.#troubles = new Troubles(options.say);
  }

  /** Something may have to be written. */
  changed(): void {
    this.#pending = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#pending && !this.#closed) {
      this.#pending = false;
      if (!this.#options.leads()) return;
      const began = performance.now();
      try {
        await this.#round();
        this.#troubles.over('status');
      } catch (error) {
        this.#pending = true;
        if (!(error instanceof ApiError && error.status === 409))
          this.#troubles.tell('status', (error as Error).message);
        await delay(RETRY_MS);
      }
      // Judging costs a translation for each Gateway: it never takes more than a third of the time.
      await delay(Math.max(this.#options.roundMs ?? ROUND_MS, 2 * (performance.now() - began)));
    }
  }

  async #round(): Promise<void> {
    const failures: ApiError[] = [];
    const before = this.#cluster.objects();
    const judgements = await this.#options.judge();
    const { classes } = this.#cluster.relevant();
    const now = `${new Date().toISOString().slice(0, 19)}Z`;
    const { controller } = this.#options;
    // What is another by now was not judged: its change brings a round of its own.
    const current = new Map(this.#cluster.objects().map((one) => [resourceTitle(one), one]));
    const wanted = wantedStatus(before, { controller, classes, judgements, now });
    for (const [one, status] of wanted) {
      const here = current.get(resourceTitle(one));
      if (here?.value !== one.value || here.status !== one.status || this.#closed) continue;
      if (!this.#options.leads()) return;
      await this.#write(one, status).catch((error) => failures.push(error));
    }
    // One that cannot be written keeps no other from it.
    const first = failures.find(({ status }) => status !== 409) ?? failures[0];
    if (first !== undefined) throw first;
  }

  async #write(one: Stored, status: Fields): Promise<void> {
    const title = resourceTitle(one);
    if (equal(ownPart(one.status, status), status)) return;
    const text = JSON.stringify(status);
    const written = this.#written.get(title);
    // An API server may keep it in other words: once is enough.
    if (written?.wanted === text && equal(written.status, one.status)) return;
    const resource = this.#cluster.resourceOf(one.kind);
    if (resource === undefined) return;
    const { apiVersion, clusterScoped } = resource;
    const { name, namespace, resourceVersion } = one;
    const answer: Fields = await this.#client
      .ask({
        method: 'PATCH',
        path: `${pathOf(resource, namespace)}/${name}/status`,
        query: { fieldManager: FIELD_MANAGER, force: true },
        type: 'application/apply-patch+yaml',
        body: {
          ...{ apiVersion, kind: one.kind },
          metadata: { name, ...(clusterScoped ? {} : { namespace }), resourceVersion },
          status,
        },
      })
      .catch((error) => {
        // It is gone: there is nothing to say of it.
        if (error instanceof ApiError && error.status === 404) return {};
        throw error instanceof ApiError && error.status !== 409
          ? new ApiError(error.status, `the status of ${title} cannot be written: ${error.message}`)
          : error;
      });
    if (this.#written.size >= MAX_KNOWN) this.#written.clear();
    this.#written.set(title, { wanted: text, status: asObject(answer.status) ?? {} });
    await delay(WRITE_MS);
  }
}
