/** The path of a session's cookie, by that of the match (GEP-1619). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cookiePath } from '../../../host/envoy/handling/session-filter.ts';
import type { RouteMatch } from '../../../host/plan/types.ts';

const rows: readonly (readonly [RouteMatch['path']['kind'], string, string])[] = [
  ['prefix', '/', '/'],
  ['prefix', '/cart', '/cart'],
  ['prefix', '/cart/', '/cart'],
  ['exact', '/cart/now', '/cart/now'],
  ['exact', '/cart/', '/cart/'],
  ['regex', '/p1/p2/*/p3', '/p1/p2'],
  ['regex', '/v[12]/cart', '/'],
  ['regex', '^/shop/cart.*', '/shop'],
  ['regex', '/shop/a|/b', '/shop'],
  ['regex', '(/a|/b)/c', '/'],
  ['regex', '.*', '/'],
  ['regex', '/shop.Cart/[^/]+', '/'],
  ['regex', '/a/b', '/a/b'],
];
for (const [kind, value, path] of rows)
  test(`${kind} ${value}`, () => assert.equal(cookiePath({ kind, value }), path));
