/**
 * A policy that is sticky until hot, in Envoy's configuration: the listener's plugin reads the reports before
 * they are removed, and servers are asked for them.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bootstrap } from '../../../host/envoy/bootstrap.ts';
import { changedKeyFirst } from '../../../host/envoy/forward.ts';
import { planFilter } from '../../../host/filter/plan.ts';
import type { StickySpec } from '../../../host/model/resources.ts';
import type { HashKey, Pool, Route } from '../../../host/plan/types.ts';
import { forward, maglev, plan, route } from '../envoy/plans.ts';

const byUser: HashKey = { kind: 'header', name: 'x-user' };
const sticky: StickySpec = {
  utilizationTarget: 0.7,
  loadBound: 3,
  maxHops: 4,
  metricNames: ['named_metrics.kv'],
};
const pool = (over: Partial<StickySpec> | undefined, more: Partial<Pool> = {}): Pool =>
  maglev('p', {
    balancer: {
      kind: 'maglev',
      tableSize: 1021,
      localityWeighted: false,
      ...(over === undefined ? {} : { sticky: { ...sticky, ...over } }),
    },
    ...more,
  });

/** Texts of all plugins, by role, and the one route. */
function emitted(one: Pool, engine: 'filter' | 'native' = 'filter') {
  const made = plan([route('/', forward(['p'], { hash: [byUser], stripLoadReports: true }))], [one]);
  const text = JSON.stringify(
    bootstrap(made, { engine, wasm: '/f.wasm', admin: { address: '127.0.0.1', port: 0 } }),
  );
  const configurations = [...text.matchAll(/"value":"((?:[^"\\]|\\.)*)"/g)].flatMap(([, value]) => {
    const plain = JSON.parse(`"${value}"`) as string;
    return plain.startsWith('{"role"') ? [JSON.parse(plain)] : [];
  });
  const of = (role: string) => configurations.find((one) => one.role === role);
  const added = /"request_headers_to_add":(\[.*?\}\])/.exec(text)?.[1];
  const removes = (field: string) => new RegExp(`"${field}":(\\[[^\\]]*\\])`).exec(text)?.[1] ?? '';
  return {
    select: of('select'),
    report: of('report'),
    added: added && JSON.parse(added),
    trailers: text.includes('"enable_trailers":true'),
    byRoute: removes('response_headers_to_remove').includes('endpoint-load-metrics'),
    byFilter: removes('response_mutations').includes('endpoint-load-metrics'),
  };
}

test('the listener learns when a key may leave, and reads reports before they are removed', () => {
  const { select, ...rest } = emitted(pool({}));
  const metricNames = ['named_metrics.kv'];
  assert.deepEqual(select.policies[0].sticky, { target: 0.7, bound: 3, hops: 4, metricNames });
  const none = { report: undefined, added: undefined };
  assert.deepEqual(rest, { ...none, trailers: true, byRoute: false, byFilter: true });
  const { select: _, ...plain } = emitted(pool(undefined));
  assert.deepEqual(plain, { ...none, trailers: false, byRoute: true, byFilter: false });
});

test('no route has the filter pick by its key: nobody reads reports', () => {
  const edits = { set: [{ name: 'x-user', value: 'all' }], add: [], remove: [] };
  const changed = { ...route('/', forward(['p'], { hash: [byUser] })), requestHeaders: edits };
  const untouched = route('/other', forward(['p'], { hash: [byUser] }));
  const read = (...routes: Route[]) => [...planFilter(plan(routes, [pool({})]), 'filter').sticky];
  assert.deepEqual(read(changed), []);
  assert.deepEqual(read(changed, untouched), ['p']);
});

test('a bound beyond what the filter takes is its largest', () => {
  assert.equal(emitted(pool({ loadBound: 1e21 })).select.policies[0].sticky.bound, 1_000_000);
});

test('servers are asked for reports when the policy says so', () => {
  const { added } = emitted(pool({ reportFormat: 'text' }));
  assert.deepEqual(added, [
    {
      header: { key: 'endpoint-load-metrics-format', value: 'text' },
      append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
    },
  ]);
});

test('without it, with Envoy alone, or where the filter cannot pick, there is none of it', () => {
  for (const found of [
    emitted(pool(undefined)),
    emitted(pool({ reportFormat: 'text' }), 'native'),
    emitted(pool({}, { overrideHeaders: ['x-host'] })),
  ]) {
    assert.equal(found.trailers, false);
    assert.equal(found.select?.policies[0].sticky, undefined);
    assert.equal(found.added, undefined);
  }
});

test('where hosts are names it gets the size of the table, and no hosts', () => {
  const { select, trailers } = emitted(pool({}, { discovery: 'dns' }));
  assert.deepEqual(select.tables, [{ size: 1021, localityWeighted: false, localities: [] }]);
  assert.equal(select.policies[0].sticky.hops, 4);
  assert.equal(trailers, true);
  assert.equal(emitted(pool(undefined, { discovery: 'dns' })).select, undefined);
});

test("Envoy hashes a changed key before the route's own, and takes no host by name", () => {
  const made = (one: Pool) => {
    const routes = [route('/', forward(['p'], { hash: [byUser] }))];
    const options = { wasm: '/f.wasm', admin: { address: '127.0.0.1', port: 0 } };
    return JSON.stringify(bootstrap(plan(routes, [one]), { engine: 'filter', ...options }));
  };
  const changed = JSON.stringify(changedKeyFirst).slice(1, -1);
  assert.ok(made(pool({})).includes(`"hash_policy":[{${changed}},{"header"`));
  assert.ok(!made(pool({})).includes('override_host_status'));
  assert.ok(!made(pool({})).includes('"loadstar.session":{'));
  assert.ok(!made(pool({})).includes('"name":"loadstar.session"'), 'nor is the filter there that would');
  assert.ok(!made(pool(undefined)).includes(changed));
  assert.ok(made(pool(undefined)).includes('"loadstar.session":{'));
  assert.ok(made(pool(undefined)).includes('"name":"loadstar.session"'));
});
