/** Which pools of a listener are sent together, and that cutting loses none and adds none. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SelectConfig, selection } from '../../../host/filter/config.ts';
import { MOST_IN_ONE, PARTS, partsOf } from '../../../host/filter/parts.ts';
import { planFilter, pluginConfigurations } from '../../../host/filter/plan.ts';
import type { HashKey, Plan, Pool, Route } from '../../../host/plan/types.ts';
import { forward, maglev, plan, pool, route } from '../envoy/plans.ts';

const hash: readonly HashKey[] = [{ kind: 'source-ip' }];
const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `httproute/shop/${i}`);
const to = (...pools: string[]): Route => route(`/${pools[0]}`, forward(pools, { hash }));
const planOf = (routes: readonly Route[], pools: readonly Pool[]): Plan => plan(routes, pools);
const many = (count: number): Plan =>
  planOf(
    names(count).map((name) => to(name)),
    names(count).map((name) => maglev(name)),
  );
const cut = (made: Plan) => {
  const whole = selection(made.listeners[0]!, new Map(made.pools.map((one) => [one.name, one])))!;
  return { whole, parts: partsOf(whole) };
};
const clusters = (config: SelectConfig | undefined): string[] =>
  (config?.policies ?? []).map(({ cluster }) => cluster);

test('few pools are in one part, as they are', () => {
  const { whole, parts } = cut(many(MOST_IN_ONE));
  assert.deepEqual(parts, [whole]);
});

test('of many, each route and its pool are in one part, with the table that they had', () => {
  const { whole, parts } = cut(many(300));
  assert.equal(parts.length, PARTS);
  assert.deepEqual(parts.flatMap((part) => clusters(part?.config)).sort(), clusters(whole.config).sort());
  assert.equal(
    parts.reduce((sum, part) => sum + (part?.routes.size ?? 0), 0),
    300,
  );
  const largest = Math.max(...parts.map((part) => clusters(part?.config).length));
  assert.ok(largest < 3 * (300 / PARTS), `${largest}`);
  const tableOf = ({ tables, policies }: SelectConfig, cluster: string) =>
    tables[policies.find((one) => one.cluster === cluster)!.table];
  for (const part of parts)
    for (const cluster of clusters(part?.config))
      assert.deepEqual(tableOf(part!.config, cluster), tableOf(whole.config, cluster));
});

test('a pool stays in its part as others come', () => {
  const [before, after] = [cut(many(100)).parts, cut(many(200)).parts];
  for (const [i, part] of before.entries())
    for (const cluster of clusters(part?.config)) assert.ok(clusters(after[i]?.config).includes(cluster));
});

test('a route that leads to several pools has all of them in its part', () => {
  const made = many(100);
  const [first, second] = names(2) as [string, string];
  const both = to(first, second);
  const routes = [...made.listeners[0]!.virtualHosts[0]!.routes, both];
  const { parts } = cut(planOf(routes, made.pools));
  const own = parts.find((part) => part?.routes.has(both));
  assert.ok([first, second].every((name) => clusters(own?.config).includes(name)));
});

test('the only pool of a part is not asked for by name, unless its route leads elsewhere too', () => {
  const made = many(MOST_IN_ONE + 1);
  const plain = pool('plain');
  for (const [routes, only] of [
    [made.listeners[0]!.virtualHosts[0]!.routes, true],
    [names(MOST_IN_ONE + 1).map((name) => to(name, 'plain')), undefined],
  ] as const) {
    const { parts } = cut(planOf(routes, [...made.pools, plain]));
    const single = parts.filter((part) => part?.config.policies.length === 1);
    assert.ok(single.length > 0);
    for (const part of single) assert.equal(part?.config.only, only);
    for (const part of parts)
      if (clusters(part?.config).length > 1) assert.equal(part?.config.only, undefined);
  }
});

test('a static file has all in one, and what runs is asked part by part', () => {
  const made = many(100);
  const asked = (live: boolean) => pluginConfigurations(planFilter(made, 'filter', live), { wasm: '/w' });
  assert.equal(asked(false).length, 1);
  assert.equal(asked(true).length, cut(made).parts.filter((part) => part !== undefined).length);
});
