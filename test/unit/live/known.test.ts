/** What a translation that knows the one before must not take from it. Random edits: test/property. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Configurations } from '../../../host/live/configuration.ts';
import { Known, translatePlan } from '../../../host/translate.ts';
import { liveFilterOptions } from '../../support/engine-options.ts';
import { render } from '../../support/manifests.ts';
import { basics, httpRoute, lb, policy, rule, target } from '../plan/world.ts';

const options = liveFilterOptions();
const route = httpRoute('r', [rule('/')]);

test('a file that comes before another changes the order of resources', () => {
  const known = new Known();
  const later = { file: 'b.yaml', text: render([...basics, route]) };
  translatePlan([later], options, [], known);
  const earlier = { file: 'a.yaml', text: render([httpRoute('first', [rule('/first')])]) };
  const orders = (...more: [Known?]) =>
    translatePlan([earlier, later], options, [], ...more).model.httpRoutes.map(({ order }) => order);
  assert.deepEqual(orders(known), orders());
});

test('a route that lets load reports pass changes the cluster of a pool that is the same', () => {
  const configurations = new Configurations(options);
  const plan = (keepResponseHeaders: boolean) => {
    const balance = lb('BackendUtilization', { backendUtilization: { keepResponseHeaders } });
    const text = render([...basics, route, policy('p', [target('HTTPRoute', 'r')], balance)]);
    return translatePlan([{ file: 'a.yaml', text }], options).plan;
  };
  const before = configurations.of(plan(false));
  const after = configurations.of(plan(true));
  assert.equal(after.named.plan.pools[0], before.named.plan.pools[0]);
  assert.equal(
    JSON.stringify(after.bootstrap),
    JSON.stringify(new Configurations(options).of(plan(true)).bootstrap),
  );
});
