/** Which of the modules Envoy loads for what. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bootstrap } from '../../../host/envoy/bootstrap.ts';
import { modulesOf } from '../../../host/filter/module.ts';
import { planFilter } from '../../../host/filter/plan.ts';
import type { HashKey, Plan, Pool } from '../../../host/plan/types.ts';
import { forward, maglev, options, plan, pool, route } from '../envoy/plans.ts';

const wasm = '/opt/loadstar.wasm';
const roles = { pick: '/opt/loadstar-pick.wasm', report: '/opt/loadstar-report.wasm' };
const header: HashKey = { kind: 'header', name: 'x-user' };
const by = (key: HashKey, ...pools: readonly Pool[]): Plan =>
  plan([route('/a', forward(['a'], { hash: [key] }))], [maglev('a'), ...pools]);
const twice = (one: Plan): Plan => ({ ...one, listeners: [...one.listeners, { ...one.listeners[0]! }] });
const byLoad = pool('b', { balancer: { kind: 'utilization', localityWeighted: false, metricNames: [] } });
const sticky = maglev('s', {
  balancer: {
    kind: 'maglev',
    tableSize: 251,
    localityWeighted: false,
    sticky: { utilizationTarget: 0.8, loadBound: 2.5, maxHops: 8, metricNames: ['named_metrics.foo'] },
  },
});
const hot = plan([route('/a', forward(['s'], { hash: [header] }))], [sticky, byLoad]);

const cases: readonly [name: string, plan: Plan, files: readonly string[]][] = [
  ['a header', by(header), [roles.pick]],
  ['a query parameter', by({ kind: 'query', name: 'user' }), [roles.pick]],
  ['the source address', by({ kind: 'source-ip' }), [roles.pick]],
  ['a cookie', by({ kind: 'cookie', name: 'c', ttlMs: 60_000, attributes: [] }), [roles.pick]],
  ['load reports of another cluster', by(header, byLoad), [roles.pick, roles.report]],
  ['load reports alone', plan([route('/a', forward(['b']))], [byLoad]), [roles.report]],
  ['sticky until hot', hot, [wasm, roles.report]],
  [
    'one listener that is sticky, one that is not',
    { ...hot, listeners: [...hot.listeners, ...by(header).listeners], pools: [...hot.pools, maglev('a')] },
    [wasm, roles.pick, roles.report],
  ],
  ['two listeners', twice(by(header)), [roles.pick]],
  ['no pick at all', plan([route('/a', forward(['a']))], [pool('a')]), []],
];

for (const [name, given, files] of cases) {
  test(`${name}: ${files.join(', ') || 'no module'}`, () => {
    const filter = planFilter(given, 'filter');
    assert.deepEqual(modulesOf(filter, { wasm, roles }), files);
    assert.deepEqual(modulesOf(filter, { wasm }), files.length === 0 ? [] : [wasm], 'without the small ones');
    const named = JSON.stringify(bootstrap(given, { ...options('filter'), wasm, roles }, filter)).matchAll(
      /"filename":"([^"]+)"/g,
    );
    assert.deepEqual([...new Set([...named].map(([, file]) => file))].sort(), [...files].sort());
  });
}
