/** A list of the Kubernetes API that is kept up to date: list, then watch, and anew when it ends. */
import type { ClientRequest } from 'node:http';
import { request } from 'node:https';
import { createInterface } from 'node:readline';
import { sleep } from '../../support/eventually.ts';
import type { Api, Resource } from './api.ts';

export class Followed {
  /** By uid. */
  readonly items = new Map<string, Resource>();
  readonly #api: Api;
  readonly #path: string;
  readonly #changed: (resource: Resource, gone: boolean) => void;
  #under: ClientRequest | undefined;
  #ended = false;

  private constructor(api: Api, path: string, changed: (resource: Resource, gone: boolean) => void) {
    this.#api = api;
    this.#path = path;
    this.#changed = changed;
  }

  /** Resolves when the first list is read. @param path Such as `/api/v1/pods`. */
  static async start(
    api: Api,
    path: string,
    changed: (resource: Resource, gone: boolean) => void,
  ): Promise<Followed> {
    const followed = new Followed(api, path, changed);
    const version = await followed.#list();
    void followed.#go(version);
    return followed;
  }

  stop(): void {
    this.#ended = true;
    this.#under?.destroy();
  }

  async #go(first: string): Promise<void> {
    let version: string | undefined = first;
    while (!this.#ended) {
      try {
        version ??= await this.#list();
        await this.#watch(version);
      } catch {
        await sleep(100);
      }
      version = undefined;
    }
  }

  async #list(): Promise<string> {
    const list = JSON.parse(await this.#api.ask('GET', this.#path)) as {
      kind: string;
      apiVersion: string;
      metadata: { resourceVersion: string };
      items: Resource[];
    };
    const kind = list.kind.replace(/List$/, '');
    const uids = new Set(list.items.map(({ metadata }) => metadata.uid));
    for (const old of [...this.items.values()]) if (!uids.has(old.metadata.uid)) this.#set(old, true);
    for (const item of list.items) {
      const known = this.items.get(item.metadata.uid!)?.metadata.resourceVersion;
      // Items of a list have no kind of their own.
      if (known !== item.metadata.resourceVersion)
        this.#set({ ...item, kind, apiVersion: list.apiVersion }, false);
    }
    return list.metadata.resourceVersion;
  }

  #set(resource: Resource, gone: boolean): void {
    if (this.#ended) return;
    if (gone) this.items.delete(resource.metadata.uid!);
    else this.items.set(resource.metadata.uid!, resource);
    this.#changed(resource, gone);
  }

  #watch(version: string): Promise<void> {
    return new Promise((done, failed) => {
      const url = `${this.#api.url}${this.#path}?watch=1&resourceVersion=${version}`;
      this.#under = request(url, this.#api.options('GET'), (answer) => {
        answer.on('error', failed);
        createInterface({ input: answer })
          .on('line', (line) => {
            const { type, object } = JSON.parse(line) as { type: string; object: Resource };
            if (type === 'ERROR') this.#under?.destroy();
            else if (type !== 'BOOKMARK') this.#set(object, type === 'DELETED');
          })
          .on('error', failed)
          .on('close', done);
      });
      this.#under.on('error', failed).end();
    });
  }
}
