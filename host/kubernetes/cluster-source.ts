/**
 * An API server as a source of manifests: every kind that it has of those that are read, followed and kept.
 * What it does not have yet is looked for again; what cannot be reached stays as it was.
 */
import { Debounce } from '../basics/debounce.ts';
import { equal } from '../basics/equal.ts';
import type { Document } from '../manifests/documents.ts';
import { ourGroups } from '../schema/other-kinds.ts';
import type { ApiClient } from './client.ts';
import { discover, type Resource } from './discovery.ts';
import { Follower } from './follower.ts';
import { followedKinds, kindId } from './kinds.ts';
import type { Stored } from './objects.ts';
import { type Relevant, relevant } from './relevant.ts';
import { Troubles } from './troubles.ts';

export interface ClusterOptions {
  /** Of GatewayClasses: whose Gateways are served. */
  readonly controller: string;
  /** Those that are read; empty: all. */
  readonly namespaces: readonly string[];
  /** One line, without its end. */
  readonly say: (line: string) => void;
  /** Quiet time before a change is told: a rolling update brings many. */
  readonly debounceMs?: number;
  /** Between two looks for kinds that were not there. */
  readonly discoverMs?: number;
  readonly backOffMs?: number;
}
const DEBOUNCE_MS = 50;
/** A steady stream of changes is told at the latest after this time. */
const LATEST_MS = 500;
const DISCOVER_MS = 30_000;
const RETRY_MS = 2_000;

export class Cluster {
  readonly #client: ApiClient;
  readonly #options: ClusterOptions;
  readonly #troubles: Troubles;
  readonly #debounce: Debounce;
  /** By kindId and namespace. */
  readonly #followers = new Map<string, Follower>();
  readonly #unlisted = new Set<string>();
  readonly #listeners = new Set<{ readonly relevantOnly: boolean; readonly call: () => void }>();
  #files: readonly Document[] = [];
  /** Something is not what it was since `#last` was made. */
  #stale = true;
  #last: Relevant | undefined;
  /** What it was when the last change was told. */
  #reported: Relevant | undefined;
  #discovered = false;
  #missing = '';
  #looking: NodeJS.Timeout | undefined;
  #closed = false;
  #onSynced = (): void => {};

  /** Resolves when all that the API server has is here. @param signal Ends the waiting. */
  static async follow(client: ApiClient, options: ClusterOptions, signal?: AbortSignal): Promise<Cluster> {
    const cluster = new Cluster(client, options);
    const synced = new Promise<void>((done, fail) => {
      cluster.#onSynced = done;
      signal?.addEventListener('abort', () => fail(signal.reason), { once: true });
    });
    void cluster.#look();
    try {
      await synced;
    } catch (error) {
      cluster.close();
      throw error;
    }
    return cluster;
  }

  private constructor(client: ApiClient, options: ClusterOptions) {
    this.#client = client;
    this.#options = options;
    this.#troubles = new Troubles(options.say);
    this.#debounce = new Debounce(options.debounceMs ?? DEBOUNCE_MS, LATEST_MS, () => this.#told());
  }

  /** What of it counts, as documents. @param files Those of files: they may name objects of it. */
  relevant(files: readonly Document[] = this.#files): Relevant {
    const same =
      files.length === this.#files.length && files.every(({ value }, i) => value === this.#files[i]!.value);
    if (!this.#stale && same && this.#last !== undefined) return this.#last;
    this.#stale = false;
    this.#files = files;
    this.#last = relevant(this.objects(), files, this.#options.controller, this.#last);
    this.#reported ??= this.#last;
    return this.#last;
  }

  /** All that is followed. */
  objects(): readonly Stored[] {
    return [...this.#followers.values()].flatMap(({ objects }) => [...objects.values()]);
  }

  /** Which path a kind has; undefined while the API server does not have it. */
  resourceOf(kind: string): Resource | undefined {
    return [...this.#followers.values()].find(({ resource }) => resource.kind === kind)?.resource;
  }

  /** @param call Each time that what counts is not what relevant() gave. */
  tell(call: () => void): void {
    this.#listeners.add({ relevantOnly: true, call });
    this.#notice();
  }

  /** @param call Each time that anything differs, a status too. */
  tellAll(call: () => void): void {
    this.#listeners.add({ relevantOnly: false, call });
  }

  close(): void {
    this.#closed = true;
    this.#debounce.close();
    clearTimeout(this.#looking);
    for (const follower of this.#followers.values()) follower.close();
    this.#client.close();
  }

  /** For kinds that are there now, and were not. */
  async #look(): Promise<void> {
    let again = this.#options.discoverMs ?? DISCOVER_MS;
    try {
      const found = await discover(this.#client);
      if (this.#closed) return;
      this.#troubles.over('discovery');
      this.#tellMissing(found);
      for (const [id, resource] of found) this.#follow(id, resource);
      this.#discovered = true;
      this.#checkSynced();
    } catch (error) {
      if (this.#closed) return;
      this.#troubles.tell('discovery', (error as Error).message);
      again = Math.min(again, this.#options.backOffMs ?? RETRY_MS);
    }
    this.#looking = setTimeout(() => void this.#look(), again);
    this.#looking.unref();
  }

  /** What is not there may come: its definitions are often installed later. */
  #tellMissing(found: ReadonlyMap<string, Resource>): void {
    const missing = followedKinds
      .filter(({ group }) => ourGroups.includes(group))
      .map(kindId)
      .filter((id) => !found.has(id))
      .join(', ');
    if (missing !== '' && missing !== this.#missing)
      this.#options.say(`Kubernetes: not there, and looked for again: ${missing}`);
    this.#missing = missing;
  }

  #follow(id: string, resource: Resource): void {
    const { namespaces } = this.#options;
    const all = namespaces.length === 0 || resource.clusterScoped;
    for (const namespace of all ? [undefined] : namespaces) {
      const key = `${id} ${namespace ?? ''}`;
      const before = this.#followers.get(key);
      if (before?.alive && equal(before.resource, resource)) continue;
      before?.close();
      if (before === undefined) this.#unlisted.add(key);
      const follower = new Follower(this.#client, resource, this.#optionsOf(key, namespace), before?.objects);
      this.#followers.set(key, follower);
    }
  }

  #optionsOf(key: string, namespace: string | undefined) {
    return {
      namespace,
      backOffMs: this.#options.backOffMs,
      onChange: () => this.#notice(),
      onTrouble: (text: string) => this.#troubles.tell(key, text),
      onWell: () => this.#troubles.over(key),
      onListed: () => {
        this.#unlisted.delete(key);
        this.#checkSynced();
      },
      onAbsent: () => {
        this.#unlisted.delete(key);
        this.#options.say(
          `Kubernetes: ${key.split(' ')[0]} is not served any more; what was known of it stays, and it is looked for again`,
        );
        this.#checkSynced();
      },
    };
  }

  #checkSynced(): void {
    if (this.#discovered && this.#unlisted.size === 0) this.#onSynced();
  }

  /** Something is not what it was. */
  #notice(): void {
    this.#stale = true;
    if (this.#closed || this.#listeners.size === 0) return;
    this.#debounce.notice();
  }

  #told(): void {
    const before = this.#reported;
    this.#reported = this.relevant();
    const counts = before !== this.#reported;
    for (const { relevantOnly, call } of this.#listeners) if (counts || !relevantOnly) call();
  }
}
