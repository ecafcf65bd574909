/**
 * Matching order: Gateway API, HTTPRouteRule.matches. Each list is in the order it must come out, whatever
 * goes in.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bySpecificity, specificityOf } from '../../../host/plan/routes/order.ts';
import type { RouteMatch } from '../../../host/plan/types.ts';
import { basics, httpRoute, ref, rule, world } from './world.ts';

const match = (kind: 'exact' | 'regex' | 'prefix', value: string, headers = '', query = ''): RouteMatch => ({
  path: { kind, value },
  // e: exact, r: regular expression
  headers: [...headers].map((c, i) => ({ kind: c === 'e' ? 'exact' : 'regex', name: `h${i}`, value: 'v' })),
  query: [...query].map((c, i) => ({ kind: c === 'e' ? 'exact' : 'regex', name: `q${i}`, value: 'v' })),
});
const order: RouteMatch[] = [
  match('exact', '/ab'),
  match('exact', '/a'),
  match('regex', '/a.*bc'),
  match('regex', '/.*', 'eee'),
  match('prefix', '/long/path'),
  match('prefix', '/é'),
  match('prefix', '/a', 'er'),
  match('prefix', '/a', 'rr'),
  match('prefix', '/a', 'e', 'e'),
  match('prefix', '/a', 'e'),
  match('prefix', '/a', 'r', 'ee'),
  match('prefix', '/a', '', 'ee'),
  match('prefix', '/a', '', 'er'),
  match('prefix', '/a', '', 'e'),
  match('prefix', '/a'),
  match('prefix', '/', 'e'),
  match('prefix', '/'),
];

test('every pair compares as the list says', () => {
  const keys = order.map((m) => specificityOf(m, m.path.value));
  keys.forEach((a, i) => {
    keys.forEach((b, j) => {
      assert.equal(
        Math.sign(bySpecificity(a, b)),
        Math.sign(i - j),
        `${JSON.stringify(order[i])} ${JSON.stringify(order[j])}`,
      );
    });
  });
});

test('a prefix counts as written: the slash at its end is a character', () => {
  const m = match('prefix', '/a');
  assert.ok(bySpecificity(specificityOf(m, '/a/'), specificityOf(m, '/a')) < 0);
});

test('equal matches keep the order of routes (age, then name), rules and matches', () => {
  const old = { creationTimestamp: '2020-01-01T00:00:00Z' };
  const young = { creationTimestamp: '2021-01-01T00:00:00Z' };
  const w = world(
    basics,
    httpRoute('a-young', [rule('/x')], {}, young),
    httpRoute('z-old', [rule('/x'), rule('/x', { backendRefs: [ref()] })], {}, old),
    httpRoute('m-old', [rule('/x')], {}, old),
    httpRoute('undated', [rule('/x')]),
  );
  assert.deepEqual(
    w.plan.listeners[0]!.virtualHosts[0]!.routes.map((r) => r.name.split('/').slice(2, 5).join('/')),
    ['undated/rule/0', 'm-old/rule/0', 'z-old/rule/0', 'z-old/rule/1', 'a-young/rule/0'],
  );
});

test('order is over all hosts of a listener, so virtual hosts stand as their first route does', () => {
  const w = world(
    basics,
    httpRoute('short', [rule('/a')], { hostnames: ['a.example.com'] }),
    httpRoute('long', [rule('/longer')], { hostnames: ['z.example.com'] }),
  );
  assert.deepEqual(
    w.plan.listeners[0]!.virtualHosts.map((v) => v.name),
    ['default/eg/http/z_example_com', 'default/eg/http/a_example_com'],
  );
});
