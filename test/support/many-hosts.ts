/** `loadstar run --dashboard` with a pool of many hosts, and some load. */
import { startBackends, stopAll } from '../../demo/fakes/backend.ts';
import { connections, http1 } from '../../demo/fakes/http1.ts';
import * as build from '../../demo/fakes/manifests.ts';
import { freePort } from '../../demo/fakes/ports.ts';
import { LiveRun } from './live-run.ts';
import { consistentHash, policy, service } from './manifests.ts';

export interface ManyHosts {
  /** Of the dashboard. */
  readonly url: string;
  stop(): Promise<void>;
}

/** @param count At most 250. */
export async function manyHosts(count: number): Promise<ManyHosts> {
  const hosts = await startBackends(Array.from({ length: count }, (_, i) => `127.0.1.${i + 1}`));
  const port = await freePort();
  const manifests = [
    build.gatewayClass,
    build.gateway('eg', [build.listener('http', port)]),
    ...service('backend', hosts),
    build.httpRoute('many', [build.rule('/')]),
    policy('many', consistentHash({ type: 'Header', header: { name: 'x-user' } })),
  ];
  const run = await LiveRun.start(manifests, ['--dashboard', '127.0.0.1:0']);
  const agent = connections(8);
  let user = 0;
  const timer = setInterval(() => {
    const headers: [string, string][] = [['x-user', `user-${user++}`]];
    http1({ port, path: '/', headers, agent }).catch(() => {});
  }, 5);
  return {
    url: /^dashboard (\S+)$/m.exec(run.out)?.[1] ?? '',
    stop: async () => {
      clearInterval(timer);
      agent.destroy();
      await run.stop();
      await stopAll(hosts);
    },
  };
}
