/**
 * One kind, followed: listed in pages, then watched from there on. A watch that ends goes on where it was;
 * one whose place the API server has forgotten (410) begins anew. What was there before a failure stays until
 * a list has come as a whole.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { asList, asObject, asText } from '../schema/words/findings.ts';
import { type ApiClient, ApiError, TooLarge } from './client.ts';
import { pathOf, type Resource } from './discovery.ts';
import { keyOf, type Stored, store } from './objects.ts';

/** Of a page; fewer when a page is too large. */
const PAGE = 250;
/** Of one kind: beyond that the list is refused as a whole. */
const MAX_OBJECTS = 100_000;
const WATCH_SECONDS = 240;
/** After a watch should have ended by itself. */
const LATE_MS = 30_000;
const BACK_OFF_MS = { first: 250, most: 30_000 };

interface FollowOptions {
  /** All when absent. */
  readonly namespace?: string | undefined;
  readonly onChange: () => void;
  readonly onTrouble: (text: string) => void;
  /** Its list has come as a whole. */
  readonly onListed: () => void;
  /** It is watched, for the first time or again. */
  readonly onWell: () => void;
  /** The API server does not have the kind any more. */
  readonly onAbsent: () => void;
  /** Milliseconds of the first pause after a failure. */
  readonly backOffMs?: number;
}

export class Follower {
  readonly resource: Resource;
  readonly #client: ApiClient;
  readonly #options: FollowOptions;
  readonly #stop = new AbortController();
  #objects: Map<string, Stored>;
  #version: string | undefined;
  #failures = 0;
  #absent = false;

  /** @param known What is there, as far as it was known. */
  constructor(
    client: ApiClient,
    resource: Resource,
    options: FollowOptions,
    known: ReadonlyMap<string, Stored> = new Map(),
  ) {
    this.#client = client;
    this.resource = resource;
    this.#options = options;
    this.#objects = new Map(known);
    void this.#run();
  }

  get objects(): ReadonlyMap<string, Stored> {
    return this.#objects;
  }

  /** False: the API server does not have the kind any more. */
  get alive(): boolean {
    return !this.#absent;
  }

  close(): void {
    this.#stop.abort();
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        if (this.#version === undefined) await this.#list();
        await this.#watch();
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        if (error instanceof ApiError && error.status === 404) {
          this.#absent = true;
          return this.#options.onAbsent();
        }
        await this.#failed(error).catch(() => {});
      }
    }
  }

  async #failed(error: unknown): Promise<void> {
    const { status, message, retryAfterMs = 0 } = error as Partial<ApiError>;
    if (status === 410) this.#version = undefined;
    // Watches are cut by whoever stands between: one that goes on at the next try is no trouble.
    else if (this.#failures > 0 || status === 401 || status === 403)
      this.#options.onTrouble(this.#words(status ?? 0, String(message)));
    const first = this.#options.backOffMs ?? BACK_OFF_MS.first;
    const most = Math.min(BACK_OFF_MS.most, first * 2 ** Math.min(this.#failures, 16));
    this.#failures++;
    // Many servers that lost the same API server shall not all come back at once.
    const pause = Math.max(most * (0.5 + Math.random() / 2), Math.min(retryAfterMs, BACK_OFF_MS.most));
    await delay(pause, undefined, { signal: this.#stop.signal });
  }

  #words(status: number, message: string): string {
    const { plural, group } = this.resource;
    const what = group === '' ? plural : `${plural}.${group}`;
    if (status === 403) return `${what} may not be followed (list and watch are needed): ${message}`;
    return status === 0 ? message : `${what} cannot be followed: ${message}`;
  }

  get #path(): string {
    return pathOf(this.resource, this.#options.namespace);
  }

  async #list(): Promise<void> {
    const next = new Map<string, Stored>();
    const { fieldSelector } = this.resource;
    let limit = PAGE;
    let from: string | undefined;
    let version: string | undefined;
    do {
      const query = { limit, continue: from, fieldSelector };
      const asked = { path: this.#path, query, signal: this.#stop.signal };
      const page = await this.#client.ask(asked).catch((error) => {
        if (!(error instanceof TooLarge) || limit === 1) throw error;
        return undefined;
      });
      if (page === undefined) {
        limit = Math.ceil(limit / 8);
        continue;
      }
      for (const item of asList(page.items)) {
        const one = this.#store(item);
        if (one !== undefined) next.set(keyOf(one), one);
      }
      if (next.size > MAX_OBJECTS) throw new ApiError(0, `there are more than ${MAX_OBJECTS}`);
      const metadata = asObject(page.metadata) ?? {};
      from = asText(metadata.continue) || undefined;
      version = asText(metadata.resourceVersion) ?? '';
    } while (from !== undefined || version === undefined);
    this.#objects = next;
    this.#version = version;
    this.#options.onListed();
    this.#options.onChange();
  }

  #store(raw: unknown): Stored | undefined {
    return store(raw, this.resource, (key) => this.#objects.get(key));
  }

  async #watch(): Promise<void> {
    const timeoutSeconds = Math.round(WATCH_SECONDS * (1 + Math.random() / 4));
    let events = 0;
    const began = performance.now();
    const { fieldSelector } = this.resource;
    const query = {
      ...{ watch: true, allowWatchBookmarks: true, timeoutSeconds, fieldSelector },
      resourceVersion: this.#version,
    };
    await this.#client.lines(
      {
        ...{ path: this.#path, query, signal: this.#stop.signal },
        idleMs: timeoutSeconds * 1000 + LATE_MS,
      },
      (line) => {
        if (this.#stop.signal.aborted) return;
        this.#take(line);
        events++;
        this.#failures = 0;
      },
      this.#options.onWell,
    );
    // One that ends at once, again and again, must not become a flood of requests.
    if (events === 0 && performance.now() - began < 1_000) throw new ApiError(0, 'a watch ended at once');
    this.#failures = 0;
  }

  #take(line: string): void {
    const { type, object } = event(line);
    const { code, message } = object;
    if (type === 'ERROR') throw new ApiError(typeof code === 'number' ? code : 0, asText(message) ?? 'ERROR');
    const version = asText(asObject(object.metadata)?.resourceVersion);
    const one = type === 'BOOKMARK' ? undefined : this.#store(object);
    if (one !== undefined) {
      if (type === 'DELETED') this.#objects.delete(keyOf(one));
      else if (this.#objects.size < MAX_OBJECTS || this.#objects.has(keyOf(one)))
        this.#objects.set(keyOf(one), one);
      else throw new ApiError(0, `there are more than ${MAX_OBJECTS}`);
      this.#options.onChange();
    }
    if (version !== undefined) this.#version = version;
  }
}

function event(line: string): { type: unknown; object: Readonly<Record<string, unknown>> } {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new ApiError(0, 'a watch brings what is no JSON');
  }
  const { type, object } = asObject(value) ?? {};
  return { type, object: asObject(object) ?? {} };
}
