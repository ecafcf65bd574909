/**
 * Settings of a pool change, which gives Envoy a new cluster in the place of the old one, and pools come and
 * go, all under load: nothing fails, keys stay at home, and no connection of a client ends.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { backend, backendRef, httpRoute, ref, rule } from '../../../demo/fakes/manifests.ts';
import { Scene, unharmed } from '../../support/live-scene.ts';
import { byHeader, type Change, World } from '../../support/live-world.ts';
import { quickCheck } from '../../support/manifests.ts';

let world: World;
let scene: Scene;
before(async () => {
  world = await World.start(28_130, 'either');
  scene = await Scene.start(world.manifests(), {
    port: world.port,
    paths: ['/cart', '/other'],
    backends: world.backends,
  });
});
after(async () => {
  await scene?.stop();
  await world?.stop();
});

const balancer = (type: string) => ({ policy: { loadBalancer: { type } } });
const table = {
  type: 'ConsistentHash',
  consistentHash: { type: 'Header', header: { name: 'x-key' }, tableSize: 1009 },
};
const utilization = {
  loadBalancer: {
    type: 'BackendUtilization',
    backendUtilization: { metricNamesForComputingUtilization: ['named_metrics.queue'] },
  },
};

/** What changes, and the line that is printed. Each is taken back after it. */
const rows: readonly (readonly [string, () => Change, RegExp])[] = [
  ['balancer: RoundRobin', () => balancer('RoundRobin'), /rule\/0: balancer/],
  ['balancer: LeastRequest', () => balancer('LeastRequest'), /rule\/0: balancer/],
  ['balancer: Random', () => balancer('Random'), /rule\/0: balancer/],
  ['balancer: BackendUtilization', () => ({ policy: utilization }), /rule\/0: balancer/],
  [
    'size of the table',
    () => ({ policy: { loadBalancer: table } }),
    /rule\/0: balancer changed by BackendTrafficPolicy/,
  ],
  [
    'health check',
    () => ({ policy: { ...byHeader(), healthCheck: quickCheck('/ok') } }),
    /rule\/0: healthCheck/,
  ],
  [
    'circuit breaker',
    () => ({ policy: { ...byHeader(), circuitBreaker: { maxConnections: 900 } } }),
    /circuitBreaker/,
  ],
  [
    'connect timeout',
    () => ({ policy: { ...byHeader(), timeout: { tcp: { connectTimeout: '3s' } } } }),
    /connectTimeout/,
  ],
  ['protocol: h2c', () => ({ service: { appProtocol: 'kubernetes.io/h2c' } }), /protocol/],
];
for (const [what, change, line] of rows) {
  test(what, async () => {
    const said = await scene.change(world.manifests(change()), line);
    assert.doesNotMatch(said, /drains: its connections/);
    await scene.change(world.manifests(), /rule\/0/);
  });
}

test('metricNames change', async () => {
  await scene.change(world.manifests({ policy: utilization }));
  const others = { metricNamesForComputingUtilization: ['named_metrics.batch'] };
  await scene.change(
    world.manifests({ policy: { loadBalancer: { type: 'BackendUtilization', backendUtilization: others } } }),
    /balancer/,
  );
  await scene.change(world.manifests());
});

test('a route with a pool of its own comes and goes', async () => {
  const endpoints = world.hosts.map(({ address, port }) => ({ ip: { address, port } }));
  const more = [
    backend('own', { endpoints }),
    httpRoute('own', [rule('/own', { backendRefs: [backendRef('own')] })]),
  ];
  await scene.change(
    world.manifests({ more }),
    /pool httproute\/default\/own\/rule\/0 (added|replaced by one) with 4 hosts/,
  );
  await scene.change(world.manifests(), /pool httproute\/default\/own\/rule\/0 removed/);
});

test('the rule under load leads to other backends, and back', async () => {
  const to = { rule: { backendRefs: [ref('other')] } };
  await scene.change(world.manifests(to), /(added|replaced by one) with 2 hosts/);
  await scene.change(world.manifests(), /(added|replaced by one) with 3 hosts/);
});

test('of all that, nothing was harmed', async (t) => {
  const { requests } = await unharmed(scene);
  t.diagnostic(`${requests} requests`);
});
