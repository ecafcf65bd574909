/**
 * What the filter buys: which keys move while one host of five fails its health check, and whether they come
 * home. Both engines, a real Envoy each, the same hosts and keys; every host fails once. docs/BENCHMARKS.md
 * has the figures.
 *   node --import tsx test/bench/failover.ts [KEYS]      default 5000, at most 100000
 */
import { type Backend, startBackends, stopAll } from '../../demo/fakes/backend.ts';
import { backendOf, connections, http1 } from '../../demo/fakes/http1.ts';
import { type Engines, inParallel, startEngines } from '../support/engines.ts';
import type { Envoy } from '../support/envoy.ts';
import { eventually, sleep } from '../support/eventually.ts';
import { consistentHash, gateway, httpRoute, policy, service } from '../support/manifests.ts';

const count = Number(process.argv[2] ?? 5000);
if (!Number.isInteger(count) || count < 1 || count > 100_000) throw new Error('KEYS must be 1 to 100000');
const keys = Array.from({ length: count }, (_, i) => `key-${i}`);
const cluster = 'httproute/default/header/rule/0';
const agent = connections(8);

/** Which backend answers each key. */
const hostsOf = (envoy: Envoy, asked: readonly string[] = keys): Promise<string[]> =>
  inParallel(asked, 8, async (key) =>
    backendOf(await http1({ port: envoy.port(), path: '/header', headers: [['X-Key', key]], agent })),
  );

async function until(envoy: Envoy, backend: Backend, healthy: boolean): Promise<void> {
  await eventually(`${backend.name} is ${healthy ? 'healthy' : 'unhealthy'}`, async () => {
    const state = (await envoy.admin.hosts(cluster))[backend.host];
    if (state?.healthy !== healthy) throw new Error(`it is ${JSON.stringify(state)}`);
  });
  // Envoy merges changes of health for a second (update_merge_window) before it rebuilds the workers' tables.
  await sleep(1500);
}

interface Moves {
  readonly own: number;
  readonly others: number;
  readonly ownMoved: number;
  readonly othersMoved: number;
  readonly away: number;
}

async function fail(envoy: Envoy, sick: Backend, home: readonly string[]): Promise<Moves> {
  sick.reply = ({ path }) => (path === '/healthz' ? { status: 503 } : {});
  await until(envoy, sick, false);
  const during = await hostsOf(envoy);
  sick.reply = () => ({});
  await until(envoy, sick, true);
  const after = await hostsOf(envoy);
  const moved = keys.map((_, i) => during[i] !== home[i]);
  const own = keys.map((_, i) => home[i] === sick.name);
  const countOf = (test: (i: number) => boolean) => keys.filter((_, i) => test(i)).length;
  return {
    own: countOf((i) => own[i]!),
    others: countOf((i) => !own[i]),
    ownMoved: countOf((i) => own[i]! && moved[i]!),
    othersMoved: countOf((i) => !own[i] && moved[i]!),
    away: countOf((i) => after[i] !== home[i]),
  };
}

async function measure(engines: Engines, backends: readonly Backend[]): Promise<void> {
  console.log('engine  host    its keys  moved  keys of healthy hosts  moved  not home afterwards');
  for (const engine of ['native', 'filter'] as const) {
    const envoy = engines[engine];
    for (const backend of backends) await until(envoy, backend, true);
    const home = await hostsOf(envoy);
    for (const sick of backends) {
      const row = await fail(envoy, sick, home);
      const cells = [row.own, row.ownMoved, row.others, row.othersMoved, row.away];
      const widths = [8, 5, 21, 5, 19];
      const numbers = cells.map((cell, i) => String(cell).padStart(widths[i]!)).join('  ');
      console.log(`${engine}  ${sick.name.padEnd(6)}  ${numbers}`);
    }
  }
}

const backends = await startBackends([11, 12, 13, 14, 15].map((last) => `127.0.0.${last}`));
const active = {
  type: 'HTTP',
  interval: '200ms',
  timeout: '5s',
  unhealthyThreshold: 1,
  healthyThreshold: 1,
  http: { path: '/healthz' },
};
const engines = await startEngines(
  [
    ...gateway(),
    ...service('backend', backends),
    httpRoute({ name: 'header' }),
    policy('header', {
      ...consistentHash({ type: 'Header', header: { name: 'X-Key' } }),
      healthCheck: { active },
    }),
  ],
  { concurrency: 2 },
);
try {
  await measure(engines, backends);
} finally {
  agent.destroy();
  await engines.stop();
  await stopAll(backends);
}
