/**
 * Weights of backendRefs on a real Envoy, under every type and in both engines: 80 to one host, 20 to three.
 * By hosts alone it would be 25 to 75, which is what Envoy Gateway gives with ConsistentHash and
 * BackendUtilization.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Backend, startBackends, stopAll } from '../../demo/fakes/backend.ts';
import { connections, http1, type Response } from '../../demo/fakes/http1.ts';
import { type Engines, inParallel, startEngines } from '../support/engines.ts';
import { consistentHash, gateway, httpRoute, type Manifest, policy, service } from '../support/manifests.ts';
import { shareOf } from '../support/send.ts';

const header = consistentHash({ type: 'Header', header: { name: 'x-user' } });
const zones = (type: Manifest, ...weights: [string, number][]): Manifest => ({
  loadBalancer: {
    ...(type.loadBalancer as object),
    zoneAware: { weightedZones: weights.map(([zone, weight]) => ({ zone, weight })) },
  },
});
const types: Record<string, Manifest> = {
  none: {},
  round: { loadBalancer: { type: 'RoundRobin' } },
  random: { loadBalancer: { type: 'Random' } },
  least: { loadBalancer: { type: 'LeastRequest' } },
  hash: header,
  utilization: { loadBalancer: { type: 'BackendUtilization', backendUtilization: {} } },
};

let backends: Backend[] = [];
let engines: Engines;

before(async () => {
  backends = await startBackends(['127.0.0.11', '127.0.0.12', '127.0.0.13', '127.0.0.14']);
  const [one, ...three] = backends;
  const split = { backends: { one: 80, three: 20 } };
  engines = await startEngines([
    ...gateway(),
    ...service('one', [one!]),
    ...service('three', three),
    ...service('unused', three),
    ...zoned('zoned', backends, ['a', 'b', 'b', 'b']),
    ...Object.entries(types).flatMap(([name, spec]) => [
      httpRoute({ name, ...split }),
      policy(name, spec),
      httpRoute({ name: `zone-${name}`, backends: { zoned: 1 } }),
      policy(`zone-${name}`, zones(name === 'none' ? types.least! : spec, ['a', 4], ['b', 1])),
    ]),
    httpRoute({ name: 'zero', backends: { one: 1, unused: 0 } }),
  ]);
});
after(async () => {
  await engines?.stop();
  await stopAll(backends);
});

/** A Service whose endpoints stand in zones. */
function zoned(name: string, hosts: readonly Backend[], zones: readonly string[]): Manifest[] {
  const [svc, slice] = service(name, hosts) as [Manifest, Manifest];
  const endpoints = (slice.endpoints as object[]).map((endpoint, i) => ({ ...endpoint, zone: zones[i] }));
  return [svc, { ...slice, endpoints }];
}

/** Another key for each request, so that a hash has something to spread. */
async function send(engine: 'filter' | 'native', path: string, count: number): Promise<Response[]> {
  const agent = connections(8);
  const port = engines[engine].port();
  const responses = await inParallel(new Array(count).fill(0), 8, (_, i) =>
    http1({ port, path, agent, headers: [['x-user', `user-${i}`]] }),
  );
  agent.destroy();
  return responses;
}

for (const engine of ['filter', 'native'] as const) {
  for (const name of Object.keys(types)) {
    // 800 fair draws: outside 0.72..0.88 with a probability below 1e-7 (5.6 standard deviations). Maglev's
    // table gives the three hosts a few more slots than their weight (each at least its turn): 77 to 23.
    for (const [kind, path] of [
      ['backendRefs', `/${name}`],
      ['zones', `/zone-${name}`],
    ] as const) {
      test(`${engine}: ${kind} weigh 80 to 20 with ${name}`, async () => {
        const share = shareOf(await send(engine, path, 800), 'b1');
        assert.ok(share > 0.71 && share < 0.88, `${share}`);
      });
    }
  }

  test(`${engine}: a weight of 0 gets nothing`, async () => {
    assert.equal(shareOf(await send(engine, '/zero', 50), 'b1'), 1);
  });
}

test('both engines send each key to the same host', async () => {
  const [filter, native] = await Promise.all([send('filter', '/hash', 300), send('native', '/hash', 300)]);
  assert.deepEqual(
    filter.map((r) => r.headers['x-backend']),
    native.map((r) => r.headers['x-backend']),
  );
});
