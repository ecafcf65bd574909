/** The plan is complete for any manifests: nothing throws, names are unique, and every reference exists. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  backend,
  backendRef,
  gateway,
  gatewayClass,
  httpRoute,
  lb,
  listener,
  type Manifest,
  policy,
  ref,
  rule,
  service,
  slice,
  target,
  world,
} from './world.ts';

const host = fc.constantFrom('www.example.com', '*.example.com', 'api.example.com', 'x.org', '*.org');
const weight = fc.constantFrom(0, 1, 20, 80);
const reference = fc.oneof(
  fc
    .record({ name: fc.constantFrom('s1', 's2', 'nowhere', 'empty'), weight })
    .map(({ name, weight: w }) => ref(name, { weight: w })),
  fc
    .record({ name: fc.constantFrom('ips', 'dns', 'fb'), weight })
    .map(({ name, weight: w }) => backendRef(name, { weight: w })),
);
const aRule = fc
  .record({
    path: fc.constantFrom('/', '/a', '/a/', '/b'),
    refs: fc.array(reference, { maxLength: 3 }),
    name: fc.constantFrom(undefined, 'one'),
  })
  .map(({ path, refs, name }) => rule(path, { backendRefs: refs, name }));
const aRoute = (name: string) =>
  fc
    .record({
      hostnames: fc.uniqueArray(host, { maxLength: 3 }),
      rules: fc.array(aRule, { minLength: 1, maxLength: 3 }),
      parents: fc.uniqueArray(fc.constantFrom('eg', 'other', 'eeg'), { maxLength: 2 }),
    })
    .map(({ hostnames, rules, parents }) =>
      httpRoute(name, rules, { hostnames, parentRefs: parents.map((p) => ({ name: p })) }),
    );
const aListener = (name: string) =>
  fc
    .record({ port: fc.constantFrom(80, 8080, 10_080), hostname: fc.option(host, { nil: undefined }) })
    .map((l) => listener(name, l.port, { hostname: l.hostname }));
const balancing = fc.constantFrom<Manifest>(
  lb('Random'),
  lb('ConsistentHash', { consistentHash: { type: 'SourceIP' } }),
  lb('ConsistentHash', { consistentHash: { type: 'SourceIP', tableSize: 1024 } }),
  lb('BackendUtilization', { backendUtilization: {} }),
  lb('RoundRobin', { zoneAware: { preferLocal: {} } }),
  lb('LeastRequest', { zoneAware: { weightedZones: [{ zone: 'a', weight: 3 }] } }),
  { retry: {} },
);
const aim = fc.constantFrom(
  target('HTTPRoute', 'r1'),
  target('HTTPRoute', 'r2', 'one'),
  target('Gateway', 'eg'),
  target('Gateway', 'eg', 'l1'),
  target('HTTPRoute', 'r9'),
);
const aPolicy = (name: string) =>
  fc
    .record({ aim, balancing, merge: fc.constantFrom(undefined, 'StrategicMerge', 'JSONMerge', 'Bogus') })
    .map((p) =>
      policy(name, [p.aim], {
        ...p.balancing,
        ...(p.aim.kind === 'HTTPRoute' ? { mergeType: p.merge } : {}),
      }),
    );

const fixed = [
  gatewayClass,
  service('s1'),
  service('s2', { appProtocol: 'kubernetes.io/h2c' }),
  service('empty'),
  slice('s1-1', 's1', [
    ['10.0.0.1', 'a'],
    ['10.0.0.2', 'b'],
  ]),
  slice('s2-1', 's2', ['10.0.1.1']),
  backend('ips', { endpoints: [{ ip: { address: '10.2.0.1', port: 80 } }] }),
  backend('dns', { endpoints: [{ fqdn: { hostname: 'a.example.org', port: 443 } }] }),
  backend('fb', { fallback: true, endpoints: [{ ip: { address: '10.2.0.9', port: 80 } }] }),
];
const manifests = fc
  .tuple(
    fc.tuple(aListener('l1'), aListener('l2')).map((ls) => gateway('eg', ls)),
    aListener('l').map((l) => gateway('other', [l])),
    aRoute('r1'),
    aRoute('r2'),
    aPolicy('p1'),
    aPolicy('p2'),
    aPolicy('p3'),
  )
  .map((list) => [...fixed, ...list]);

test('any set of manifests gives a whole plan', () => {
  fc.assert(
    fc.property(manifests, (list) => {
      const { plan, status } = world(list);
      const pools = new Set(plan.pools.map((p) => p.name));
      assert.equal(pools.size, plan.pools.length, 'pool names are unique');
      assert.equal(
        new Set(plan.listeners.map((l) => l.port)).size,
        plan.listeners.length,
        'ports are unique',
      );
      for (const { localities, balancer } of plan.pools) {
        assert.ok(localities.length > 0 && localities.every((l) => l.endpoints.length > 0 && l.weight !== 0));
        if ('localityWeighted' in balancer && balancer.localityWeighted) {
          assert.ok(
            localities.every((l) => l.weight !== undefined),
            'a locality without weight would get nothing',
          );
        }
      }
      for (const { virtualHosts } of plan.listeners) {
        const domains = virtualHosts.flatMap((v) => v.domains);
        assert.equal(new Set(domains).size, domains.length, 'Envoy refuses a domain that occurs twice');
        for (const { action } of virtualHosts.flatMap((v) => v.routes)) {
          if (action.kind !== 'forward') continue;
          assert.ok(action.to.some((t) => t.pool !== null));
          for (const { pool, weight: share } of action.to)
            assert.ok(share > 0 && (pool === null || pools.has(pool)));
        }
      }
      for (const s of status)
        assert.ok(s.kind !== 'BackendTrafficPolicy' || s.ancestors.every((a) => a.conditions.length > 0));
    }),
    { numRuns: 100, seed: 42 },
  );
});
