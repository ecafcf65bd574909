/** A real Envoy that gets its configuration by delta ADS over a Unix socket, from the server that ships. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Backend, startBackends, stopAll } from '../../demo/fakes/backend.ts';
import { backendOf, http1 } from '../../demo/fakes/http1.ts';
import { SteadyLoad } from '../../demo/fakes/steady-load.ts';
import type { Bootstrap } from '../../host/envoy/envoy-types.ts';
import { configurationOf } from '../support/config-dump.ts';
import { Envoy } from '../support/envoy.ts';
import { homesOf } from '../support/live-homes.ts';
import { consistentHash, gateway, httpRoute, type Manifest, policy, service } from '../support/manifests.ts';
import { ServedEnvoy } from '../support/served-envoy.ts';
import { translate } from '../support/translate.ts';

let backends: Backend[] = [];
let folder: string;

before(async () => {
  backends = await startBackends(['127.0.0.11', '127.0.0.12', '127.0.0.13', '127.0.0.14']);
  folder = mkdtempSync(join(tmpdir(), 'loadstar-xds-'));
});
after(async () => {
  await stopAll(backends);
  rmSync(folder, { recursive: true, force: true });
});

/** Two routes: hosts picked by the filter, and load reports read by it. */
const manifests = (hosts: readonly Backend[]): Manifest[] => [
  ...gateway(),
  ...service('backend', hosts),
  httpRoute({ name: 'header' }),
  policy('header', consistentHash({ type: 'Header', header: { name: 'x-key' } })),
  httpRoute({ name: 'load' }),
  policy('load', { loadBalancer: { type: 'BackendUtilization', backendUtilization: {} } }),
];

async function configuration(hosts: readonly Backend[]): Promise<Bootstrap> {
  const bootstrap = (await translate(manifests(hosts), 'filter')) as unknown as Bootstrap;
  for (const { address } of bootstrap.static_resources.listeners)
    Object.assign(address?.socket_address ?? {}, { port_value: 0, address: '127.0.0.1' });
  return bootstrap;
}

const start = (first: Bootstrap, name: string) => ServedEnvoy.start(first, join(folder, name));

const homes = async (envoy: Envoy): Promise<string[]> => {
  const found: string[] = [];
  for (let i = 0; i < 100; i++)
    found.push(
      backendOf(await http1({ port: envoy.port(), path: '/header', headers: [['x-key', `k${i}`]] })),
    );
  return found;
};

test('what Envoy has is the same as from the static file', async () => {
  const wanted = await configuration(backends);
  const live = await start(wanted, 'same');
  const plain = await Envoy.start(wanted as object);
  try {
    assert.equal(statSync(join(folder, 'same')).mode & 0o777, 0o600);
    const [served, written] = [await configurationOf(live.envoy), await configurationOf(plain)];
    assert.equal(written.listeners.length, 1);
    assert.equal(written.clusters.length, 2);
    assert.deepEqual(served, written);
    assert.deepEqual(await homes(live.envoy), await homes(plain));
    const [status] = live.group.envoys();
    assert.equal(status?.id, 'loadstar');
    assert.match(status?.envoy ?? '', /^1\.\d+\.\d+$/);
  } finally {
    await plain.stop();
    await live.stop();
  }
});

test('a host comes and goes under load: no request fails, no connection ends, keys move to it and back', async (t) => {
  const [three, four] = [await configuration(backends.slice(0, 3)), await configuration(backends)];
  const live = await start(three, 'hosts');
  const load = new SteadyLoad({ port: live.envoy.port(), paths: ['/header', '/load'], rate: 300 });
  try {
    const before = await homes(live.envoy);
    for (let i = 0; i < 10; i++) {
      const started = performance.now();
      assert.deepEqual(await live.publish(i % 2 === 0 ? four : three), { refusals: [], silent: [] });
      t.diagnostic(`publication ${i}: ${Math.round(performance.now() - started)} ms`);
      if (i === 0) {
        const during = await homes(live.envoy);
        assert.notDeepEqual(during, before);
        // By the table: Maglev itself moves a few keys between hosts that stay.
        const table = homesOf(manifests(backends));
        const named = new Map(backends.map(({ host, name }) => [host, name]));
        const due = during.map((_, k) => named.get([...table('/header', `k${k}`)][0] ?? ''));
        assert.deepEqual(during, due);
      }
    }
    const shots = await load.stop();
    t.diagnostic(`${shots.length} requests`);
    assert.deepEqual(load.failed, []);
    assert.ok(shots.every(({ closes }) => !closes) && load.goaways === 0);
    assert.deepEqual(await homes(live.envoy), before);
    assert.equal(live.group.envoys()[0]?.acknowledged, live.group.snapshot.version);
  } finally {
    await load.stop();
    await live.stop();
  }
});

test('what Envoy refuses is told in its words, and what it had goes on', async () => {
  const good = await configuration(backends);
  const live = await start(good, 'refused');
  try {
    const bad = structuredClone(good);
    const [cluster] = bad.static_resources.clusters;
    const [{ endpoint } = { endpoint: undefined }] =
      cluster?.load_assignment?.endpoints?.[0]?.lb_endpoints ?? [];
    Object.assign(endpoint?.address?.socket_address ?? {}, { address: 'not-an-address' });
    const { refusals } = await live.publish(bad);
    assert.equal(refusals.length, 1);
    assert.equal(refusals[0]?.kind, 'eds');
    assert.deepEqual(refusals[0]?.names, [cluster?.name]);
    assert.match(refusals[0]?.reason ?? '', /malformed IP address: not-an-address/);
    await homes(live.envoy);
    assert.deepEqual(await live.publish(good), { refusals: [], silent: [] });
    assert.equal(live.group.envoys()[0]?.refused, undefined);
  } finally {
    await live.stop();
  }
});
