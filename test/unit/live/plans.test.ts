/**
 * What is made of a plan for an Envoy that runs: names, addresses, what changed, and what is served between
 * old and new routes.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SelectConfig } from '../../../host/filter/config.ts';
import { changesBetween, changeText } from '../../../host/live/changes.ts';
import { configurationOf } from '../../../host/live/configuration.ts';
import { meanwhile } from '../../../host/live/meanwhile.ts';
import { namesOf, withAddresses } from '../../../host/live/resolve.ts';
import { withStableNames } from '../../../host/live/stable-names.ts';
import type { Plan } from '../../../host/plan/types.ts';
import { liveFilterOptions } from '../../support/engine-options.ts';
import {
  backend,
  backendRef,
  basics,
  gateway,
  gatewayClass,
  httpRoute,
  lb,
  type Manifest,
  policy,
  ref,
  rule,
  service,
  slice,
  target,
  world,
} from '../plan/world.ts';

const other = [service('other'), slice('other-1', 'other', ['10.0.1.1'])];
const toOther = (path: string): Manifest => rule(path, { backendRefs: [ref('other')] });
const planOf = (rules: Manifest[], ...more: (Manifest | Manifest[])[]): Plan =>
  world(...basics, ...other, httpRoute('r', rules), ...more).plan;
const hashed = policy('p', [target('HTTPRoute', 'r')], lb('ConsistentHash', header('x-key')));
function header(name: string): Manifest {
  return { consistentHash: { type: 'Header', header: { name } } };
}
const options = liveFilterOptions();
const configured = (plan: Plan) => configurationOf(plan, options);

for (const [to, inserted] of [
  ['other backends', toOther('/new')],
  ['the same backends', rule('/new')],
] as const)
  test(`a rule to ${to} inserted before another renames no pool, and its region neither`, () => {
    const before = withStableNames(planOf([rule('/a')]));
    const after = withStableNames(planOf([inserted, rule('/a')]));
    const [pool] = before.plan.pools;
    assert.ok(pool !== undefined);
    const same = after.plan.pools.find(({ name }) => name === pool.name);
    assert.deepEqual({ ...same, from: undefined }, { ...pool, from: undefined });
    assert.equal(after.plan.pools.length, 2);
    assert.equal(before.labels.get(pool.name), 'httproute/default/r/rule/0');
    assert.equal(after.labels.get(pool.name), 'httproute/default/r/rule/1');
    assert.equal(pool.localities[0]?.region, 'Service default/backend:3000');
  });

test('other backends or matches are another pool; other hosts and settings are not', () => {
  const nameOf = (plan: Plan) => withStableNames(plan).plan.pools[0]?.name;
  const name = nameOf(planOf([rule('/a')]));
  assert.notEqual(nameOf(planOf([toOther('/a')])), name);
  assert.notEqual(nameOf(planOf([rule('/b')])), name);
  assert.equal(nameOf(planOf([rule('/a')], hashed)), name);
  const hosts = world(
    ...[gatewayClass, gateway(), service(), slice('s', 'backend', ['10.9.9.9'])],
    httpRoute('r', [rule('/a')]),
  );
  assert.equal(nameOf(hosts.plan), name);
});

test('a name says route, rule and backends; a rule that has a name is known by it', () => {
  const nameOf = (plan: Plan) => withStableNames(plan).plan.pools[0]?.name ?? '';
  assert.match(nameOf(planOf([rule('/a')])), /^httproute\/default\/r\/to\/backend\/[0-9a-f]{10}$/);
  const named = nameOf(planOf([rule('/a', { name: 'cart' })]));
  assert.match(named, /^httproute\/default\/r\/cart\/to\/backend\/[0-9a-f]{10}$/);
  assert.equal(nameOf(planOf([rule('/b', { name: 'cart' })])), named);
});

test('rules of one route to the same backends are told apart by what they match, in any order', () => {
  const poolAt = (plan: Plan, path: string) => {
    const routes = plan.listeners.flatMap((l) => l.virtualHosts.flatMap((h) => h.routes));
    const route = routes.find(({ match }) => match.path.value === path);
    assert.equal(route?.action.kind, 'forward');
    return route?.action.kind === 'forward' ? route.action.to[0]?.pool : undefined;
  };
  const one = withStableNames(planOf([rule('/a'), rule('/b')])).plan;
  const two = withStableNames(planOf([rule('/c'), rule('/b'), rule('/a')])).plan;
  assert.equal(new Set(two.pools.map(({ name }) => name)).size, 3);
  assert.equal(poolAt(one, '/a'), poolAt(two, '/a'));
  assert.equal(poolAt(one, '/b'), poolAt(two, '/b'));
});

test('changes are told by name: hosts, settings, pools, routes, policies, listeners', () => {
  const between = (before: Plan, after: Plan) =>
    changesBetween(withStableNames(before), withStableNames(after));
  const plain = planOf([rule('/a')]);
  const hosts = world(
    ...[gatewayClass, gateway(), service(), ...other],
    slice('s', 'backend', [
      '10.0.0.1',
      '10.0.0.3',
      { addresses: ['10.0.0.2'], conditions: { ready: false, serving: true, terminating: true } },
    ]),
    httpRoute('r', [rule('/a')]),
  ).plan;
  assert.deepEqual(between(plain, hosts), [
    'pool httproute/default/r/rule/0: +10.0.0.3:3000, 10.0.0.2:3000 drains',
  ]);
  assert.deepEqual(between(hosts, plain), [
    'pool httproute/default/r/rule/0: -10.0.0.3:3000, 10.0.0.2:3000 no longer drains',
  ]);
  assert.deepEqual(between(plain, planOf([rule('/a')], hashed)), [
    'pool httproute/default/r/rule/0: balancer changed by BackendTrafficPolicy default/p',
    'HTTPRoute default/r: routes changed, BackendTrafficPolicy default/p holds',
  ]);
  const two = planOf([rule('/a'), toOther('/new')]);
  assert.deepEqual(between(plain, two), [
    'pool httproute/default/r/rule/1 added with 1 host',
    'HTTPRoute default/r: routes added',
  ]);
  assert.deepEqual(between(two, plain), [
    'pool httproute/default/r/rule/1 removed',
    'HTTPRoute default/r: routes removed',
  ]);
  assert.deepEqual(between(plain, plain), []);
  assert.match(changeText(Array.from({ length: 40 }, (_, i) => `c${i}`)), /c11; 28 more$/);
});

test('names become their addresses, each host once, with its name', () => {
  const plan = world(
    ...[gatewayClass, gateway()],
    backend('shop', {
      endpoints: ['a.test', 'b.test'].map((hostname) => ({ fqdn: { hostname, port: 80 } })),
    }),
    httpRoute('r', [{ backendRefs: [backendRef('shop')] }]),
  ).plan;
  assert.deepEqual(
    namesOf(plan).map(({ name, family, refreshMs, respectTtl }) => [name, family, refreshMs, respectTtl]),
    ['a.test', 'b.test'].map((name) => [name, 'IPv4Preferred', 30_000, true]),
  );
  const [pool] = withAddresses(plan, ({ name }) =>
    name === 'a.test' ? ['10.0.0.1', '10.0.0.2'] : ['10.0.0.2'],
  ).pools;
  assert.equal(pool?.discovery, 'static');
  assert.deepEqual(
    pool?.localities.flatMap(({ endpoints }) => endpoints.map((e) => [e.address, e.port, e.hostname])),
    [
      ['10.0.0.1', 80, 'a.test'],
      ['10.0.0.2', 80, 'a.test'],
    ],
  );
  assert.equal(withAddresses(planOf([rule('/a')]), () => []).pools[0]?.discovery, 'static');
});

test('between old and new routes the filter has the policies of both', () => {
  const selectOf = (resources: ReturnType<typeof configured>['resources']): SelectConfig => {
    const [filter] = [...resources.ecds.values()] as {
      typed_config: { config: { configuration: { value: string } } };
    }[];
    return JSON.parse(filter?.typed_config.config.configuration.value ?? '{}') as SelectConfig;
  };
  const [before, after] = [
    configured(planOf([rule('/a')], hashed)),
    configured(planOf([toOther('/a')], hashed)),
  ];
  const [old, now] = [selectOf(before.resources), selectOf(after.resources)];
  assert.ok(old.only && now.only);
  const both = selectOf(meanwhile(before.resources, after.resources));
  assert.equal(both.only, undefined);
  const hostsOf = (config: SelectConfig, cluster: string | undefined) => {
    const found = config.policies.find((each) => each.cluster === cluster);
    return config.tables[found?.table ?? -1];
  };
  for (const config of [old, now]) {
    const cluster = config.policies[0]?.cluster;
    assert.deepEqual(hostsOf(both, cluster), hostsOf(config, cluster));
  }
  assert.deepEqual(meanwhile(before.resources, before.resources), before.resources);
});

test('a listener has our filters before a route needs them, so that this changes no listener', () => {
  const [without, withPolicy] = [planOf([rule('/a')]), planOf([rule('/a')], hashed)].map(configured);
  assert.deepEqual(without?.resources.lds, withPolicy?.resources.lds);
  assert.deepEqual(
    [...(without?.resources.ecds.keys() ?? [])],
    [...(withPolicy?.resources.ecds.keys() ?? [])],
  );
});
