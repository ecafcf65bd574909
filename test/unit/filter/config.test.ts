/** Plan → the filter's JSON: which pools it picks for, which routes it is on, what the tables hold. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderFilterConfig, reportConfig, selection } from '../../../host/filter/config.ts';
import { planFilter, pluginConfigurations } from '../../../host/filter/plan.ts';
import type { HashKey, Plan, Pool } from '../../../host/plan/types.ts';
import { forward, host, maglev, plan, pool, route } from '../envoy/plans.ts';

const byUser: HashKey = { kind: 'header', name: 'x-user' };
const select = (made: Plan) =>
  selection(made.listeners[0]!, new Map(made.pools.map((one): [string, Pool] => [one.name, one])));
const parsed = (made: Plan) => {
  const found = select(made);
  return found === undefined ? undefined : JSON.parse(renderFilterConfig(found.config));
};

test('keys in the shape that the filter reads', () => {
  const hash: HashKey[] = [
    byUser,
    { kind: 'cookie', name: 'c', ttlMs: 1500, attributes: [{ name: 'Secure', value: '' }] },
    { kind: 'cookie', name: 'd', attributes: [] },
    { kind: 'query', name: 'q' },
    { kind: 'source-ip' },
  ];
  const config = parsed(plan([route('/', forward(['p'], { hash }))], [maglev('p')]));
  assert.deepEqual(config.policies[0].hash, [
    { header: 'x-user' },
    { cookie: 'c' },
    { cookie: 'd' },
    { query: 'q' },
    { source: 'ip' },
  ]);
});

test('the filter makes the cookie of a sticky policy, and Envoy that of any other', () => {
  const cookie = (ttlMs?: number): HashKey => ({
    kind: 'cookie',
    name: 'c',
    ttlMs,
    attributes: [
      { name: 'Secure', value: '' },
      { name: 'Path', value: '/x' },
    ],
  });
  const sticky = { utilizationTarget: 0.8, loadBound: 2.5, maxHops: 2, metricNames: [] };
  const pools = [
    maglev('p', { balancer: { kind: 'maglev', tableSize: 1021, localityWeighted: false, sticky } }),
    maglev('q'),
  ];
  const keyOf = (hash: HashKey) =>
    parsed(plan([route('/', forward(['p', 'q'], { hash: [hash] }))], pools)).policies.map(
      (policy: { hash: object[] }) => policy.hash[0],
    );
  const set = 'Max-Age=1; Secure; Path=/x; HttpOnly';
  assert.deepEqual(keyOf(cookie(1500)), [{ cookie: 'c', set }, { cookie: 'c' }]);
  assert.deepEqual(keyOf(cookie(999))[0], { cookie: 'c', set: 'Secure; Path=/x; HttpOnly' });
  assert.deepEqual(keyOf(cookie()), [{ cookie: 'c' }, { cookie: 'c' }]);
});

test('a table holds the hosts that serve: priority 0, not draining, with weights and their localities', () => {
  const config = parsed(
    plan(
      [route('/', forward(['p'], { hash: [byUser] }))],
      [
        maglev('p', {
          balancer: { kind: 'maglev', tableSize: 1021, localityWeighted: true },
          localities: [
            {
              weight: 80,
              priority: 0,
              endpoints: [host('127.0.0.1', 1, { weight: 3 }), host('127.0.0.2', 2, { draining: true })],
            },
            { weight: 20, priority: 0, endpoints: [host('::1', 3)] },
            { weight: 5, priority: 0, endpoints: [host('127.0.0.9', 9, { draining: true })] },
            { weight: 1, priority: 1, endpoints: [host('127.0.0.3', 4)] },
          ],
        }),
      ],
    ),
  );
  assert.deepEqual(config, {
    role: 'select',
    only: true,
    tables: [
      {
        size: 1021,
        localityWeighted: true,
        localities: [
          { weight: 80, hosts: [['127.0.0.1:1', 3]] },
          { weight: 20, hosts: [['[::1]:3', 1]] },
        ],
      },
    ],
    policies: [{ cluster: 'p', table: 0, hash: [{ header: 'x-user' }] }],
  });
});

test('equal hosts share a table; several policies are looked up by name', () => {
  const hash = [byUser];
  const localities = [{ weight: 1, priority: 0, endpoints: [host('127.0.0.7')] }];
  const config = parsed(
    plan(
      ['a', 'b', 'c'].map((name) => route(`/${name}`, forward([name], { hash }))),
      [maglev('a', { localities }), maglev('b', { localities }), maglev('c')],
    ),
  );
  assert.equal(config.only, undefined);
  assert.equal(config.tables.length, 2);
  assert.deepEqual(
    config.policies.map((one: { table: number }) => one.table),
    [0, 0, 1],
  );
});

test('the filter is on no route whose hosts it cannot know or may not choose', () => {
  const hash = [byUser];
  for (const over of [
    { discovery: 'dns' as const },
    { overrideHeaders: ['x-endpoint'] },
    { localities: [] },
    { localities: [{ weight: 1, priority: 1, endpoints: [host('127.0.0.1')] }] },
  ]) {
    assert.equal(select(plan([route('/', forward(['p'], { hash }))], [maglev('p', over)])), undefined);
  }
  assert.equal(select(plan([route('/', forward(['p']))], [maglev('p')])), undefined, 'a route without a key');
});

test('`only` is not said when the same route also reaches a pool that Envoy balances', () => {
  const split = forward(['p', 'dns'], { hash: [byUser], split: true });
  const config = parsed(plan([route('/', split)], [maglev('p'), maglev('dns', { discovery: 'dns' })]));
  assert.equal(config.only, undefined);
  assert.equal(config.policies.length, 1);
});

test('one pool with two keys on one port: the first route has the filter, the other its own native key', () => {
  const first = route('/a', forward(['p'], { hash: [byUser] }));
  const other = route('/b', forward(['p'], { hash: [{ kind: 'source-ip' }] }));
  const found = select(plan([first, other], [maglev('p')]));
  assert.deepEqual([...found!.routes], [first]);
  assert.equal(found!.config.policies.length, 1);
});

test('the report plugin knows its cluster, whether reports are stripped, and the metrics', () => {
  const made = pool('u', {
    balancer: { kind: 'utilization', localityWeighted: false, metricNames: ['named_metrics.foo'] },
  });
  assert.deepEqual(JSON.parse(renderFilterConfig(reportConfig(made, true)!)), {
    role: 'report',
    cluster: 'u',
    strip: true,
    metricNames: ['named_metrics.foo'],
  });
  assert.deepEqual(
    pluginConfigurations(planFilter(plan([route('/', forward(['u']))], [made]), 'filter'), {
      wasm: '/w',
    }).map(({ where, module }) => [where, module]),
    [['cluster u', '/w']],
  );
});
