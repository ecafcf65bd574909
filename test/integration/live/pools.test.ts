/**
 * Settings of a pool change, which gives Envoy a new cluster in the place of the old one, and pools come and
 * go, all under load: nothing fails, keys stay at home, and no connection of a client ends.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backend, backendRef, httpRoute, ref, rule } from '../../../demo/fakes/manifests.ts';
import { unharmed, useScene } from '../../support/live-scene.ts';
import { byHeader, type Change } from '../../support/live-world.ts';
import { quickCheck } from '../../support/manifests.ts';

const live = useScene(28_130, 'either');

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
    const said = await live.scene.change(live.world.manifests(change()), line);
    assert.doesNotMatch(said, /drains: its connections/);
    await live.scene.change(live.world.manifests(), /rule\/0/);
  });
}

test('metricNames change', async () => {
  await live.scene.change(live.world.manifests({ policy: utilization }));
  const others = { metricNamesForComputingUtilization: ['named_metrics.batch'] };
  await live.scene.change(
    live.world.manifests({
      policy: { loadBalancer: { type: 'BackendUtilization', backendUtilization: others } },
    }),
    /balancer/,
  );
  await live.scene.change(live.world.manifests());
});

test('a route with a pool of its own comes and goes', async () => {
  const endpoints = live.world.hosts.map(({ address, port }) => ({ ip: { address, port } }));
  const more = [
    backend('own', { endpoints }),
    httpRoute('own', [rule('/own', { backendRefs: [backendRef('own')] })]),
  ];
  await live.scene.change(
    live.world.manifests({ more }),
    /pool httproute\/default\/own\/rule\/0 (added|replaced by one) with 4 hosts/,
  );
  await live.scene.change(live.world.manifests(), /pool httproute\/default\/own\/rule\/0 removed/);
});

test('the rule under load leads to other backends, and back', async () => {
  const to = { rule: { backendRefs: [ref('other')] } };
  await live.scene.change(live.world.manifests(to), /(added|replaced by one) with 2 hosts/);
  await live.scene.change(live.world.manifests(), /(added|replaced by one) with 3 hosts/);
});

test('of all that, nothing was harmed', async (t) => {
  const { requests } = await unharmed(live.scene);
  t.diagnostic(`${requests} requests`);
});
