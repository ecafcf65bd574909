/**
 * admissionControl of a BackendTrafficPolicy on a real Envoy: a pool that fails is spared, others are not
 * touched.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Backend, startBackends, stopAll } from '../../demo/fakes/backend.ts';
import { http1 } from '../../demo/fakes/http1.ts';
import { type Engines, startEngines } from '../support/engines.ts';
import { gateway, httpRoute, type Manifest, policy, service } from '../support/manifests.ts';

const always = { minSuccessRate: 100, maxRejectionPercent: 100, rejectionAggression: 10 };
const policies: Record<string, Manifest> = {
  spared: { admissionControl: always },
  busy: { admissionControl: { ...always, minRequestRate: 1_000_000 } },
  never: { admissionControl: { ...always, maxRejectionPercent: 0 } },
  teapot: { admissionControl: { ...always, successCriteria: { http: { statusCodes: [200, 500] } } } },
  reported: {
    admissionControl: always,
    loadBalancer: { type: 'BackendUtilization', backendUtilization: {} },
  },
};

let backends: Backend[] = [];
let engines: Engines;
before(async () => {
  backends = await startBackends(['127.0.0.11']);
  backends[0]!.reply = ({ path }) => ({ status: path.endsWith('/fail') ? 500 : 200 });
  engines = await startEngines([
    ...gateway(),
    ...service('backend', backends),
    ...Object.entries(policies).flatMap(([name, spec]) => [httpRoute({ name }), policy(name, spec)]),
    httpRoute({ name: 'free' }),
  ]);
});
after(async () => {
  await engines?.stop();
  await stopAll(backends);
});

const TIMES = 60;
for (const engine of ['filter', 'native'] as const) {
  /** Statuses of many requests, each once. */
  async function statuses(path: string): Promise<number[]> {
    const found = new Set<number>();
    for (let i = 0; i < TIMES; i++) found.add((await http1({ path, port: engines[engine].port() })).status);
    return [...found].sort();
  }

  for (const name of ['spared', 'reported'])
    test(`${engine}, ${name}: while the backend fails requests are refused without it`, async () => {
      assert.deepEqual(await statuses(`/${name}`), [200]);
      const before = backends[0]!.seen.length;
      assert.deepEqual(await statuses(`/${name}/fail`), [500, 503]);
      assert.ok(backends[0]!.seen.length - before < TIMES);
    });
  for (const name of ['busy', 'never', 'teapot', 'free'])
    test(`${engine}, ${name}: every request reaches the backend`, async () => {
      assert.deepEqual(await statuses(`/${name}/fail`), [500]);
    });
}
