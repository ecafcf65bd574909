/** Which of the two modules a bootstrap names. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bootstrap } from '../../../host/envoy/bootstrap.ts';
import { moduleFor } from '../../../host/filter/module.ts';
import { planFilter } from '../../../host/filter/plan.ts';
import type { HashKey, Plan, Pool } from '../../../host/plan/types.ts';
import { forward, maglev, options, plan, pool, route } from '../envoy/plans.ts';

const files = { wasm: '/opt/loadstar.wasm', pick: '/opt/loadstar-pick.wasm' };
const header: HashKey = { kind: 'header', name: 'x-user' };
const by = (key: HashKey, ...pools: readonly Pool[]): Plan =>
  plan([route('/a', forward(['a'], { hash: [key] }))], [maglev('a'), ...pools]);
const twice = (one: Plan): Plan => ({ ...one, listeners: [...one.listeners, { ...one.listeners[0]! }] });

const cases: readonly [name: string, plan: Plan, file: string][] = [
  ['a header', by(header), files.pick],
  ['a query parameter', by({ kind: 'query', name: 'user' }), files.pick],
  ['the source address', by({ kind: 'source-ip' }), files.pick],
  ['a cookie that is never generated', by({ kind: 'cookie', name: 'c', attributes: [] }), files.pick],
  ['a cookie that Envoy makes', by({ kind: 'cookie', name: 'c', ttlMs: 60_000, attributes: [] }), files.pick],
  [
    'load reports of another cluster',
    by(header, pool('b', { balancer: { kind: 'utilization', localityWeighted: false, metricNames: [] } })),
    files.wasm,
  ],
  [
    'sticky until hot',
    plan(
      [route('/a', forward(['a'], { hash: [header] }))],
      [
        maglev('a', {
          balancer: {
            kind: 'maglev',
            tableSize: 251,
            localityWeighted: false,
            sticky: { utilizationTarget: 0.8, loadBound: 2.5, maxHops: 8, metricNames: [] },
          },
        }),
      ],
    ),
    files.wasm,
  ],
  ['two listeners', twice(by(header)), files.wasm],
  ['no pick at all', plan([route('/a', forward(['a']))], [pool('a')]), files.wasm],
];

for (const [name, given, file] of cases) {
  test(`${name}: ${file}`, () => assert.equal(moduleFor(planFilter(given, 'filter'), files), file));
}

test('without the small module the other one does all', () => {
  assert.equal(moduleFor(planFilter(by(header), 'filter'), { wasm: files.wasm }), files.wasm);
});

test('the bootstrap names it', () => {
  const named = (pick?: string) =>
    JSON.stringify(bootstrap(by(header), { ...options('filter'), pick }))
      .match(/"filename":"[^"]+"/g)
      ?.join();
  assert.equal(named(files.pick), `"filename":"${files.pick}"`);
  assert.equal(named(), `"filename":"${options('filter').wasm}"`);
});
