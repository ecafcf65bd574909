/**
 * Which virtual host and route a request matches. test/conformance/routing.test.ts holds the same against
 * Envoy; here each rule alone.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findVirtualHost } from '../../../host/explain/domains.ts';
import { hostName, normalizePath } from '../../../host/explain/request.ts';
import { mismatches, queryParameters } from '../../../host/explain/route-match.ts';
import type { RouteMatch } from '../../../host/plan/types.ts';
import { fullMatch } from '../../../host/regex/re2.ts';

const hosts = [['*'], ['*.example.com', '*.b.example.com'], ['www.example.com']].map((domains) => ({
  name: domains[0]!,
  domains,
  routes: [],
}));
const domains: readonly [host: string, domain: string][] = [
  ['www.example.com', 'www.example.com'],
  ['WWW.example.com:8443', 'www.example.com'],
  ['x.example.com', '*.example.com'],
  ['a.b.example.com', '*.b.example.com'],
  ['.example.com', '*'],
  ['example.com', '*'],
  ['api.test', '*'],
  ['[::1]:80', '*'],
];
for (const [host, domain] of domains) {
  test(`${host} is served by ${domain}`, () =>
    assert.equal(findVirtualHost(hosts, hostName(host))?.domain, domain));
}
test('no domain, no virtual host', () =>
  assert.equal(findVirtualHost(hosts.slice(1), 'nobody.test'), undefined));

const paths: readonly [path: string, normal: string][] = [
  ['/a/./b/../c', '/a/c'],
  ['/../../a', '/a'],
  ['/a/..', '/'],
  ['//a///b?x=//', '/a/b?x=//'],
  ['/%41%7e%2d', '/A~-'],
  ['/a%20b', '/a%20b'],
  ['/a\\b', '/a/b'],
  ['/é?é', '/%E9?é'],
];
for (const [path, normal] of paths) {
  test(`${path} is read as ${normal}`, () =>
    assert.deepEqual(normalizePath(path), { kind: 'path', path: normal }));
}
test('escaped slashes are answered by a redirect, a fragment and a relative path by 400', () => {
  assert.deepEqual(normalizePath('/a%2Fb%5cc?d=%2f'), { kind: 'redirect', path: '/a/b/c?d=%2f' });
  assert.equal(normalizePath('/a#b').kind, 'refused');
  assert.equal(normalizePath('a').kind, 'refused');
});

const any: RouteMatch = { path: { kind: 'prefix', value: '/' }, headers: [], query: [] };
const why = (match: Partial<RouteMatch>, path = '/', headers: [string, string][] = []) =>
  mismatches({ ...any, ...match }, { method: 'GET', host: 'h', path, headers }).map(({ because }) => because);

test('every reason is told, not the first alone', () => {
  const match: Partial<RouteMatch> = {
    path: { kind: 'exact', value: '/a' },
    headers: [
      { kind: 'exact', name: ':method', value: 'POST' },
      { kind: 'regex', name: 'x', value: '[0-9]+' },
    ],
    query: [{ kind: 'exact', name: 'q', value: '1' }],
  };
  assert.deepEqual(why(match, '/b?q=2', [['x', 'y']]), [
    'path /b is not exactly /a',
    "method is 'GET', not 'POST'",
    "header x is 'y', not all of the pattern '[0-9]+'",
    "query parameter q is '2', not '1'",
  ]);
});
test('patterns match the whole text, as in RE2', () => {
  assert.ok(fullMatch('a|bc', 'bc') && !fullMatch('a|b', 'bc'));
  assert.ok(fullMatch('(?i)abc', 'ABC') && fullMatch('(?P<n>x)', 'x') && !fullMatch('(', '('));
});
test('a query is cut, not decoded, and the first of a name counts', () => {
  assert.deepEqual(
    [...queryParameters('/x?a=1&a=2&b&c=%31&=e?f')],
    [
      ['a', '1'],
      ['b', ''],
      ['c', '%31'],
      ['', 'e?f'],
    ],
  );
});
