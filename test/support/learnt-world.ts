/**
 * Hosts behind `loadstar run`, what they report and how long they take, so that a test sees what the filter
 * learns of them and keeps over a change.
 */
import assert from 'node:assert/strict';
import { type Backend, type Reply, startBackends, stopAll } from '../../demo/fakes/backend.ts';
import { backendOf, connections, http1, type Response } from '../../demo/fakes/http1.ts';
import * as build from '../../demo/fakes/manifests.ts';
import { inParallel } from './engines.ts';
import type { LiveRun } from './live-run.ts';
import { manyRoutes } from './live-world.ts';
import { consistentHash, httpRoute, type Manifest, policy, service, untilHot } from './manifests.ts';

interface Input {
  /** Hosts, the first ones; default 4. */
  readonly count?: number;
  /** Further pools at the listener. */
  readonly many?: number;
  readonly keepResponseHeaders?: boolean;
}

/** A route /sticky, sticky until hot, and a route /load, by utilization; both to the same hosts. */
export class LearntWorld {
  readonly port: number;
  readonly hosts: readonly Backend[];
  /** What each host reports. */
  loads: number[] = [];
  /** How long answers take. */
  delayMs = 0;

  private constructor(port: number, hosts: readonly Backend[]) {
    this.port = port;
    this.hosts = hosts;
    for (const [i, host] of hosts.entries())
      host.reply = (): Reply => {
        const load = this.loads[i];
        const headers = [['endpoint-load-metrics', `TEXT cpu_utilization=${load}`]] as const;
        return { delayMs: this.delayMs, headers: load === undefined ? [] : headers };
      };
  }

  /** @param port Of the listener. */
  static async start(port: number): Promise<LearntWorld> {
    return new LearntWorld(port, await startBackends([31, 32, 33, 34, 35].map((n) => `127.0.0.${n}`)));
  }

  stop(): Promise<void> {
    return stopAll(this.hosts);
  }

  manifests({ count = 4, many = 0, keepResponseHeaders }: Input = {}): Manifest[] {
    return [
      build.gatewayClass,
      build.gateway('eg', [build.listener('http', this.port)]),
      ...service('backend', this.hosts.slice(0, count)),
      ...manyRoutes(many),
      httpRoute({ name: 'sticky' }),
      untilHot(policy('sticky', consistentHash({ type: 'Header', header: { name: 'x-key' } }))),
      httpRoute({ name: 'load' }),
      policy('load', {
        loadBalancer: {
          type: 'BackendUtilization',
          backendUtilization: { blackoutPeriod: '1s', weightUpdatePeriod: '1s', keepResponseHeaders },
        },
      }),
    ];
  }

  get(path: string, key: string, agent?: ReturnType<typeof connections>): Promise<Response> {
    return http1({ port: this.port, path, headers: [['x-key', key]], agent });
  }

  /** Hosts that answer `count` requests, at most `parallel` at a time; keys go round. */
  async send(path: string, count: number, parallel = 4, keys = 300): Promise<string[]> {
    const agent = connections(parallel);
    const numbers = Array.from({ length: count }, (_, n) => n % keys);
    const found = await inParallel(numbers, parallel, async (n) =>
      backendOf(await this.get(path, `key-${n}`, agent)),
    );
    agent.destroy();
    return found;
  }
}

/** A gauge of a host, which has one alone of this name. */
export async function gauge(run: LiveRun, what: string, host: Backend): Promise<number> {
  const all = await run.admin.filterStats();
  const names = Object.keys(all).filter(
    (name) => name.startsWith(`loadstar_host_${what}.`) && name.endsWith(`.host.${host.host}`),
  );
  assert.equal(names.length, 1, `${what} of ${host.host}: ${names.join()}`);
  return all[names[0] as string] as number;
}
