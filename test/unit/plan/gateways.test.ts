/**
 * Gateways: bound ports, shared sockets, the one that is assumed where manifests have none, and the order of
 * routes.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  basics,
  gateway,
  gatewayClass,
  grpcRoute,
  httpRoute,
  lb,
  listener,
  type Manifest,
  policy,
  ref,
  rule,
  target,
  upstream,
  world,
} from './world.ts';

const shape = (w: ReturnType<typeof world>) =>
  w.plan.listeners.map((l) => [l.name, l.port, l.virtualHosts.map((v) => v.name)]);

test('ports below 1024 are bound above 10000', () => {
  const ports = [80, 443, 1023, 1024, 8080].map((port) => listener(`l${port}`, port));
  const w = world(gatewayClass, gateway('eg', ports));
  assert.deepEqual(
    w.plan.listeners.map((l) => l.port),
    [10_080, 10_443, 11_023, 1024, 8080],
  );
});

test('no Gateway at all: the one that the routes name is assumed, and said', () => {
  const w = world(
    upstream,
    httpRoute('a', [rule('/a')], { parentRefs: [{ name: 'edge' }] }),
    httpRoute('b', [rule('/b')], { parentRefs: [] }),
  );
  assert.deepEqual(shape(w), [['default/edge/http', 10_080, ['default/edge/http/www_example_com']]]);
  assert.equal(w.plan.listeners[0]!.virtualHosts[0]!.routes.length, 2);
  assert.equal(w.find('gateway-assumed').severity, 'notice');
  assert.equal(w.conditions('HTTPRoute', 'b').Accepted?.status, 'True');
  assert.deepEqual(w.codes(), ['gateway-assumed']);
});

test('no Gateway, no parentRefs: default/eg, for any host; its policies find it', () => {
  const w = world(
    upstream,
    httpRoute('a', [rule('/')], { parentRefs: undefined, hostnames: undefined }),
    policy('p', [target('Gateway', 'eg')], lb('Random')),
  );
  assert.deepEqual(shape(w), [['default/eg/http', 10_080, ['default/eg/http/*']]]);
  assert.deepEqual(w.plan.listeners[0]!.virtualHosts[0]!.domains, ['*']);
  assert.equal(w.plan.pools[0]!.balancer.kind, 'random');
});

test('no Gateway and no route: nothing is assumed', () => {
  const w = world(upstream);
  assert.deepEqual(w.plan, { listeners: [], pools: [], certificates: [], authorities: [] });
  assert.deepEqual(w.codes(), []);
});

test('listeners of one port are one socket, named after the first; each hostname goes to the narrowest', () => {
  const w = world(
    gatewayClass,
    upstream,
    gateway('eg', [
      listener('any', 80),
      listener('wild', 80, { hostname: '*.example.com' }),
      listener('www', 80, { hostname: 'www.example.com' }),
    ]),
    httpRoute('r', [rule('/')], { hostnames: ['www.example.com', 'api.example.com', 'x.org'] }),
  );
  assert.deepEqual(shape(w), [
    [
      'default/eg/any',
      10_080,
      ['default/eg/any/x_org', 'default/eg/wild/api_example_com', 'default/eg/www/www_example_com'],
    ],
  ]);
  const status = w.status.find((s) => s.kind === 'Gateway')!;
  assert.deepEqual(status.kind === 'Gateway' && status.listeners.map((l) => l.attachedRoutes), [1, 1, 1]);
});

test('two Gateways share one Envoy: a taken port and hostname stays with the older', () => {
  const w = world(
    gatewayClass,
    upstream,
    gateway('a', [listener('http', 80)], { creationTimestamp: '2024-01-02T00:00:00Z' }),
    gateway('b', [listener('http', 80), listener('alt', 8080)], {
      creationTimestamp: '2024-01-01T00:00:00Z',
    }),
    httpRoute('r', [rule('/')], { parentRefs: [{ name: 'a' }, { name: 'b' }] }),
  );
  assert.deepEqual(
    w.plan.listeners.map((l) => l.name),
    ['default/b/http', 'default/b/alt'],
  );
  assert.equal(w.find('listener-conflict').resource, 'Gateway default/a');
  assert.deepEqual(w.conditions('Gateway', 'a').Conflicted?.reason, 'HostnameConflict');
  assert.equal(w.conditions('Gateway', 'b').Programmed?.status, 'True');
});

test('80 and 10080 are bound alike', () => {
  const w = world(gatewayClass, gateway('a', [listener('x', 80)]), gateway('b', [listener('y', 10_080)]));
  assert.deepEqual(
    w.plan.listeners.map((l) => l.name),
    ['default/a/x'],
  );
  assert.ok(w.codes().includes('listener-conflict'));
});

test('HTTPRoutes come before GRPCRoutes of the same match', () => {
  const w = world(basics, grpcRoute('a', [{ backendRefs: [ref()] }]), httpRoute('z', [rule('/')]));
  assert.deepEqual(
    w.plan.pools.map((p) => p.name),
    ['httproute/default/z/rule/0', 'grpcroute/default/a/rule/0'],
  );
});

test('the order of the manifests does not matter, and the plan cannot be changed', () => {
  const manifests = [
    ...basics,
    httpRoute('a', [rule('/1'), rule('/2')]),
    httpRoute('b', [rule('/1')]),
    policy('p', [target('HTTPRoute', 'a'), target('HTTPRoute', 'b')], lb('Random')),
    policy('q', [target('HTTPRoute', 'b')], lb('RoundRobin')),
  ];
  const text = (list: Manifest[]): string => {
    const { plan, status } = world(list);
    return JSON.stringify({ plan, status }, (key, value) => (key === 'at' ? undefined : value));
  };
  assert.equal(text(manifests), text([...manifests].reverse()));
  const { plan } = world(manifests);
  assert.throws(() => {
    (plan.pools[0]!.localities[0]!.endpoints[0] as { weight: number }).weight = 2;
  }, TypeError);
});
