/** Envoy's admin interface as tests read it: readiness, bound ports, stats in both formats. */
import assert from 'node:assert/strict';
import { get } from 'node:http';
import { eventually, sleep } from './eventually.ts';

export class Admin {
  readonly port: number;

  constructor(port: number) {
    this.port = port;
  }

  /** Body of an admin page; throws on any status but 200. */
  text(path: string): Promise<string> {
    return new Promise((done, fail) => {
      const request = get({ host: '127.0.0.1', port: this.port, path, agent: false }, (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          body += chunk;
        });
        response.on('end', () =>
          response.statusCode === 200
            ? done(body)
            : fail(new Error(`admin ${path}: ${response.statusCode} ${body}`)),
        );
      });
      request.setTimeout(30_000, () => request.destroy(new Error(`admin ${path}: no answer in 30 s`)));
      request.on('error', fail);
    });
  }

  /** Counters and gauges by name whose name matches the regular expression. */
  async stats(filter: string): Promise<Record<string, number>> {
    const body = await this.text(`/stats?format=json&filter=${encodeURIComponent(filter)}`);
    const { stats } = JSON.parse(body) as { stats: { name?: string; value?: number }[] };
    const found: Record<string, number> = {};
    for (const { name, value } of stats) if (name !== undefined && value !== undefined) found[name] = value;
    return found;
  }

  /**
   * The filter's own stats, without Envoy's `wasmcustom.` in front. Before 1.38 Envoy puts them below the
   * first cluster that has the filter (`cluster.<name>.wasmcustom.`), and holds the pattern against the name
   * as a whole.
   */
  async filterStats(): Promise<Record<string, number>> {
    const all = await this.stats('wasmcustom\\.');
    return Object.fromEntries(
      Object.entries(all).map(([name, value]) => [name.replace(/^.*?wasmcustom\./, ''), value]),
    );
  }

  /**
   * The same, once no request is counted any more: of a policy that is sticky until hot the filter tells
   * Envoy its sums four times a second.
   */
  async settledStats(): Promise<Record<string, number>> {
    const totals = (stats: Record<string, number>) =>
      Object.entries(stats).filter(([name]) => name.endsWith('_total'));
    return await eventually('the counters stand', async () => {
      const before = await this.filterStats();
      await sleep(700);
      const now = await this.filterStats();
      assert.deepEqual(totals(now), totals(before));
      return now;
    });
  }

  /** Samples of /stats/prometheus: name with labels, as printed → value. */
  async prometheus(filter: string): Promise<Record<string, number>> {
    const body = await this.text(`/stats/prometheus?filter=${encodeURIComponent(filter)}`);
    const found: Record<string, number> = {};
    for (const line of body.split('\n')) {
      const cut = line.lastIndexOf(' ');
      if (cut > 0 && !line.startsWith('#')) found[line.slice(0, cut)] = Number(line.slice(cut + 1));
    }
    return found;
  }

  /** Listener name → bound port. */
  async listeners(): Promise<Record<string, number>> {
    type Address = { socket_address?: { port_value?: number } };
    const body = JSON.parse(await this.text('/listeners?format=json')) as {
      listener_statuses?: { name: string; local_address: Address }[];
    };
    return Object.fromEntries(
      (body.listener_statuses ?? []).map((l) => [l.name, l.local_address.socket_address?.port_value ?? 0]),
    );
  }

  /** Hosts of a cluster: `address:port` → health flags, in Envoy's words. */
  async hosts(
    cluster: string,
  ): Promise<Record<string, { healthy: boolean; flags: Record<string, unknown> }>> {
    type Host = {
      address: { socket_address: { address: string; port_value: number } };
      health_status: Record<string, unknown>;
    };
    const body = JSON.parse(await this.text('/clusters?format=json')) as {
      cluster_statuses: { name: string; host_statuses?: Host[] }[];
    };
    const status = body.cluster_statuses.find((c) => c.name === cluster);
    if (status === undefined) throw new Error(`Envoy has no cluster ${cluster}`);
    return Object.fromEntries(
      (status.host_statuses ?? []).map(({ address: { socket_address: at }, health_status: flags }) => [
        `${at.address}:${at.port_value}`,
        { healthy: flags.failed_active_health_check !== true && flags.failed_outlier_check !== true, flags },
      ]),
    );
  }
}
