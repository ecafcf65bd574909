/**
 * The whole bootstrap in both engines, compared with files that a person reads (LOADSTAR_GOLDEN=write
 * rewrites them).
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { bootstrap } from '../../../host/envoy/bootstrap.ts';
import { emit } from '../../../host/envoy/emit.ts';
import { notices } from '../../../host/envoy/notices.ts';
import { forward, maglev, options, plan, pool, route, three } from './plans.ts';

for (const engine of ['filter', 'native'] as const) {
  test(`engine ${engine}: the configuration as written down`, () => {
    const file = new URL(`./golden/${engine}.yaml`, import.meta.url);
    const text = emit(bootstrap(three(), options(engine)), 'yaml');
    if (process.env.LOADSTAR_GOLDEN === 'write') writeFileSync(file, text);
    assert.equal(text, readFileSync(file, 'utf8'));
  });
}

test('the native engine has nothing of wasm', () => {
  const text = emit(bootstrap(three(), options('native')), 'json');
  assert.doesNotMatch(text, /wasm|stateful_session|x-loadstar|override_host_status/);
});

test('equal plans give equal bytes', () => {
  const text = () => emit(bootstrap(three(), options('filter')), 'yaml');
  assert.equal(text(), text());
});

test('all plugins name one VM', () => {
  const text = emit(bootstrap(three(), options('filter')), 'json');
  assert.equal(text.match(/"vm_id": "loadstar"/g)?.length, 2);
  assert.equal(text.match(/"vm_id"/g)?.length, 2);
});

test('a missing share must not keep Envoy from loading the routes', () => {
  const made = plan([route('/', forward([], { to: [{ pool: null, weight: 1 }], split: true }))], []);
  const hcm = bootstrap(made, options('filter')).static_resources.listeners[0]!.filter_chains[0]!.filters[0]!
    .typed_config as unknown as { route_config: { validate_clusters?: boolean } };
  assert.equal(hcm.route_config.validate_clusters, false);
});

test('zone-aware routing: with the zone Envoy learns where it is, without it the user is told', () => {
  const zones = { minClusterSize: 6 };
  const made = plan([route('/', forward(['z']))], [pool('z', { balancer: { kind: 'round-robin', zones } })]);
  const known = bootstrap(made, { ...options('native'), zone: 'a' });
  assert.deepEqual(known.node?.locality, { zone: 'a' });
  assert.equal(known.cluster_manager?.local_cluster_name, known.static_resources.clusters.at(-1)?.name);
  assert.equal(bootstrap(made, options('native')).cluster_manager, undefined);
  assert.deepEqual(
    notices(made, options('native')).map(({ code }) => code),
    ['zone-unknown'],
  );
  assert.deepEqual(notices(made, { ...options('native'), zone: 'a' }), []);
});

test('where the filter steps back, the user is told, and not with the native engine', () => {
  const made = plan(
    [],
    [maglev('d', { discovery: 'dns' }), maglev('o', { overrideHeaders: ['x'] }), maglev('s')],
  );
  assert.deepEqual(
    notices(made, options('filter')).map(({ code, severity }) => [code, severity]),
    [['filter-steps-back', 'notice']],
  );
  assert.deepEqual(notices(made, options('native')), []);
});

test('a rule that changes its own key is told once; as a warning where being sticky until hot has no effect', () => {
  const hash = [{ kind: 'header', name: 'x-user' }] as const;
  const edits = { requestHeaders: { set: [{ name: 'X-User', value: 'fixed' }], add: [], remove: [] } };
  const balancer = {
    kind: 'maglev',
    tableSize: 65537,
    localityWeighted: false,
    sticky: { utilizationTarget: 0.8, loadBound: 2.5, maxHops: 2, metricNames: [] },
  } as const;
  const told = (over: object) => {
    const routes = [
      route('/a', forward(['p'], { hash }), edits),
      route('/b', forward(['p'], { hash }), edits),
    ];
    return notices(plan(routes, [maglev('p', over)]), options('filter'));
  };
  const [plain, ...none] = told({});
  assert.deepEqual([plain?.code, plain?.severity, none], ['filter-steps-back', 'notice', []]);
  assert.match(plain?.message ?? '', /changes its own hash key \(header x-user\)/);
  const alone = notices(plan([], [maglev('p', { balancer })]), options('native'));
  assert.deepEqual(
    alone.map(({ code, severity }) => [code, severity]),
    [['filter-steps-back', 'warning']],
  );
  const [warned] = told({ balancer });
  assert.equal(warned?.severity, 'warning');
  assert.match(warned?.message ?? '', /Sticky until hot has no effect/);
});
