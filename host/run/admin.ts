/** Client of Envoy's admin interface: ready, listeners, stats, config_dump. */
import { RunError, reasonOf } from './errors.ts';
import { RepeatedPage } from './repeated-page.ts';

export interface AdminAddress {
  readonly address: string;
  readonly port: number;
}
export interface ListenerStatus {
  readonly name: string;
  readonly address: string;
  readonly port: number;
}

/** As a URL; a wildcard address is reached by loopback. */
export function adminUrl({ address, port }: AdminAddress): string {
  const host = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '[::1]' : address;
  return `http://${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${port}`;
}

export class Admin {
  readonly url: string;
  constructor(address: AdminAddress) {
    this.url = adminUrl(address);
  }

  /** Envoy's state: LIVE when it serves; otherwise the state, or why Envoy cannot be reached. */
  async state(): Promise<string> {
    try {
      return (await this.#get('/ready')).trim() || 'no answer';
    } catch (error) {
      return reasonOf(error);
    }
  }

  /** Where each listener is bound, ports of 0 resolved. */
  async listeners(): Promise<ListenerStatus[]> {
    const body = JSON.parse(await this.#get('/listeners?format=json')) as {
      listener_statuses?: {
        name: string;
        local_address: { socket_address: { address: string; port_value: number } };
      }[];
    };
    return (body.listener_statuses ?? []).map(({ name, local_address: { socket_address: at } }) => ({
      name,
      address: at.address,
      port: at.port_value,
    }));
  }

  /** Counters and gauges whose name matches `filter` (RE2), by name. */
  async stats(filter: string): Promise<Map<string, number>> {
    const text = await this.#get(`/stats?filter=${encodeURIComponent(filter)}`);
    const stats = new Map<string, number>();
    for (const line of text.split('\n')) {
      const found = /^(.*): (\d+)$/.exec(line);
      if (found !== null) stats.set(found[1] as string, Number(found[2]));
    }
    return stats;
  }

  /**
   * The filter's statistics by their names in docs/METRICS.md. Before 1.38 Envoy shows them below the first
   * cluster that has the filter, not at the top.
   */
  async filterStats(): Promise<Map<string, number>> {
    const stats = await this.stats('wasmcustom\\.loadstar_');
    return new Map([...stats].map(([name, value]) => [name.replace(/^.*?wasmcustom\./, ''), value]));
  }

  /** Counters of every host, health included, as text: `cluster::host::name::value` in each line. */
  clusters(): RepeatedPage {
    return new RepeatedPage(`${this.url}/clusters`);
  }

  /** Statistics as text, histograms too, whose name matches `filter` (RE2) and that were ever used. */
  statsText(filter: string): RepeatedPage {
    return new RepeatedPage(`${this.url}/stats?usedonly&filter=${encodeURIComponent(filter)}`);
  }

  /** The level of one of Envoy's loggers. */
  async logAt(logger: string, level: 'debug' | 'warning'): Promise<void> {
    await this.#get(`/logging?${logger}=${level}`, 'POST');
  }

  configDump(): Promise<string> {
    return this.#get('/config_dump');
  }

  /** Stops accepting connections; requests under way go on. */
  async drain(): Promise<void> {
    await this.#get('/drain_listeners', 'POST');
  }

  async #get(path: string, method = 'GET'): Promise<string> {
    const response = await fetch(this.url + path, { method, signal: AbortSignal.timeout(5_000) });
    const text = await response.text();
    if (!response.ok && path !== '/ready')
      throw new RunError(`Envoy's admin answers ${response.status} to ${path}`);
    return text;
  }
}
