/** What an open page of the dashboard is told, without a browser. */
import { type ClientRequest, get } from 'node:http';
import type { Events, PoolNow } from '../../host/dashboard/contract.ts';

export class PageEvents {
  /** The last of each. */
  readonly told: Partial<Events> = {};
  /** Of `now`, as the page keeps them. */
  readonly pools = new Map<string, PoolNow>();
  readonly #request: ClientRequest;
  #rest = '';

  /** @param url Of the dashboard. @param query What the page shows. */
  constructor(url: string, query: Readonly<Record<string, string>> = {}) {
    this.#request = get(`${url}api/events?${new URLSearchParams(query)}`, (response) => {
      response.setEncoding('utf8').on('data', (text: string) => this.#read(text));
      response.on('error', () => {});
    });
    this.#request.on('error', () => {});
  }

  close(): void {
    this.#request.destroy();
  }

  #read(text: string): void {
    const events = (this.#rest + text).split('\n\n');
    this.#rest = events.pop() ?? '';
    for (const event of events) {
      const [, name, data] = /^event: (.*)\ndata: (.*)$/.exec(event) ?? [];
      if (name === undefined || data === undefined) continue;
      Object.assign(this.told, { [name]: JSON.parse(data) });
      const { now } = this.told;
      if (name !== 'now' || now === undefined) continue;
      if (now.whole) this.pools.clear();
      for (const pool of now.pools) this.pools.set(pool.id, pool);
    }
  }
}
