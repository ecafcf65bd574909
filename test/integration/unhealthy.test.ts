/** A host that fails its health check: Envoy falls back for its keys alone, and they come back with it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Backend, startBackends, stopAll } from '../../demo/fakes/backend.ts';
import { backendOf, connections, http1 } from '../../demo/fakes/http1.ts';
import { inParallel } from '../support/engines.ts';
import { Envoy } from '../support/envoy.ts';
import { eventually } from '../support/eventually.ts';
import { consistentHash, gateway, httpRoute, policy, quickCheck, service } from '../support/manifests.ts';
import { translate } from '../support/translate.ts';

const cluster = 'httproute/default/header/rule/0';
const keys = Array.from({ length: 200 }, (_, i) => `key-${i}`);
let backends: Backend[] = [];
let envoy: Envoy;
const agent = connections(8);

before(async () => {
  backends = await startBackends(['127.0.0.11', '127.0.0.12', '127.0.0.13', '127.0.0.14']);
  const bootstrap = await translate(
    [
      ...gateway(),
      ...service('backend', backends),
      httpRoute({ name: 'header' }),
      policy('header', {
        ...consistentHash({ type: 'Header', header: { name: 'X-Key' } }),
        healthCheck: quickCheck('/healthz'),
      }),
    ],
    'filter',
  );
  envoy = await Envoy.start(bootstrap);
});
after(async () => {
  agent.destroy();
  await envoy?.stop();
  await stopAll(backends);
});

const hosts = (): Promise<string[]> =>
  inParallel(keys, 8, async (key) =>
    backendOf(await http1({ port: envoy.port(), path: '/header', headers: [['X-Key', key]], agent })),
  );
const until = (backend: Backend, healthy: boolean): Promise<void> =>
  eventually(`${backend.name} is ${healthy ? 'healthy' : 'unhealthy'}`, async () => {
    assert.equal((await envoy.admin.hosts(cluster))[backend.host]?.healthy, healthy);
  });

test('only the failed host’s keys move, and all of them come back', async (t) => {
  for (const backend of backends) await until(backend, true);
  const before = await hosts();
  const sick = backends[1]!;
  sick.reply = ({ path }) => (path === '/healthz' ? { status: 503 } : {});
  await until(sick, false);
  const during = await hosts();
  const moved = keys.filter((_, i) => before[i] !== during[i]);
  const its = keys.filter((_, i) => before[i] === sick.name);
  t.diagnostic(`${its.length} keys were its own, ${moved.length} moved`);
  assert.ok(its.length > 0 && !during.includes(sick.name));
  assert.deepEqual(moved, its);
  sick.reply = () => ({});
  await until(sick, true);
  assert.deepEqual(await hosts(), before);
});

test('with every host unhealthy requests are still answered (panic)', async () => {
  for (const backend of backends) backend.reply = ({ path }) => (path === '/healthz' ? { status: 503 } : {});
  for (const backend of backends) await until(backend, false);
  const response = await http1({ port: envoy.port(), path: '/header', headers: [['X-Key', 'any']], agent });
  assert.equal(response.status, 200);
  for (const backend of backends) backend.reply = () => ({});
  for (const backend of backends) await until(backend, true);
});
