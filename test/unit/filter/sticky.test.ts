/**
 * A policy that is sticky until hot, in Envoy's configuration: both plugins are configured, and servers are
 * asked for reports.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bootstrap } from '../../../host/envoy/bootstrap.ts';
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
  return { select: of('select'), report: of('report'), added: added && JSON.parse(added) };
}

test('the listener learns when a key may leave, the cluster reads reports', () => {
  const { select, report, added } = emitted(pool({}));
  assert.deepEqual(select.policies[0].sticky, { target: 0.7, bound: 3, hops: 4 });
  assert.deepEqual(report, {
    role: 'report',
    cluster: 'p',
    strip: true,
    metricNames: ['named_metrics.kv'],
    sticky: true,
  });
  assert.equal(added, undefined);
});

test('no route has the filter pick by its key: the cluster reads no reports', () => {
  const edits = { set: [{ name: 'x-user', value: 'all' }], add: [], remove: [] };
  const changed = { ...route('/', forward(['p'], { hash: [byUser] })), requestHeaders: edits };
  const untouched = route('/other', forward(['p'], { hash: [byUser] }));
  const read = (...routes: Route[]) => [...planFilter(plan(routes, [pool({})]), 'filter').reports.keys()];
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
    emitted(pool({}, { discovery: 'dns' })),
    emitted(pool({}, { overrideHeaders: ['x-host'] })),
  ]) {
    assert.equal(found.report, undefined);
    assert.equal(found.select?.policies[0].sticky, undefined);
    assert.equal(found.added, undefined);
  }
});
