/** `loadstar run --dashboard` with a shop of four hosts, some load, and a browser that looks. */
import { type Backend, startBackends, stopAll } from '../../demo/fakes/backend.ts';
import { backendOf, connections, http1 } from '../../demo/fakes/http1.ts';
import * as build from '../../demo/fakes/manifests.ts';
import { TestBrowser } from './browser.ts';
import { LiveRun } from './live-run.ts';
import { consistentHash, type Manifest, policy, quickCheck, service } from './manifests.ts';

export class DashboardScene {
  readonly run: LiveRun;
  readonly port: number;
  readonly hosts: readonly Backend[];
  readonly browser: TestBrowser;
  readonly #agent = connections(4);
  readonly #timer: NodeJS.Timeout;

  private constructor(run: LiveRun, port: number, hosts: readonly Backend[], browser: TestBrowser) {
    this.run = run;
    this.port = port;
    this.hosts = hosts;
    this.browser = browser;
    let count = 0;
    this.#timer = setInterval(() => {
      void this.send(`user-${count++ % 500}`).catch(() => {});
    }, 10);
  }

  static async start(port: number, args: readonly string[] = []): Promise<DashboardScene> {
    const hosts = await startBackends([11, 12, 13, 14].map((last) => `127.0.0.${last}`));
    const manifests = shop(port, hosts.slice(0, 3));
    const run = await LiveRun.start(manifests, ['--dashboard', '127.0.0.1:0', ...args]);
    return new DashboardScene(run, port, hosts, await TestBrowser.start());
  }

  get url(): string {
    return /^dashboard (\S+)$/m.exec(this.run.out)?.[1] ?? '';
  }

  /** The name of the host that answered. */
  async send(user: string, path = '/cart'): Promise<string> {
    const headers: [string, string][] = [['x-user', user]];
    return backendOf(await http1({ port: this.port, path, headers, agent: this.#agent }));
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#agent.destroy();
    await this.browser.stop();
    await this.run.stop();
    await stopAll(this.hosts);
  }
}

/**
 * A route by header, whose hosts are checked ten times a second, and one that is balanced by load reports.
 */
export const shop = (port: number, hosts: readonly Backend[]): Manifest[] => [
  build.gatewayClass,
  build.gateway('eg', [build.listener('http', port)]),
  ...service('backend', hosts),
  build.httpRoute('shop', [build.rule('/cart')]),
  build.httpRoute('load', [build.rule('/load')]),
  policy('load', { loadBalancer: { type: 'BackendUtilization', backendUtilization: {} } }),
  policy('shop', {
    ...consistentHash({ type: 'Header', header: { name: 'x-user' } }),
    healthCheck: quickCheck('/healthz'),
  }),
];
