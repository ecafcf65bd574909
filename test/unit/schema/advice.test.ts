/** Keys and matches that are valid and cannot work: what check says of them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { policyWith, readText } from '../../support/manifest.ts';

const codes = (spec: string): string[] =>
  readText(policyWith(`loadBalancer: {type: ConsistentHash, consistentHash: ${spec}}`)).diagnostics.map(
    ({ severity, code }) => `${severity} ${code}`,
  );
const cookie = (name: string, attributes: string, ttl = 'ttl: 1h, '): string[] =>
  codes(`{type: Cookie, cookie: {name: ${name}, ${ttl}attributes: ${attributes}}}`);

for (const [why, found, wanted] of [
  [
    'a header with an underscore',
    codes('{type: Header, header: {name: x_user}}'),
    ['warning header-underscore'],
  ],
  [
    'one of several',
    codes('{type: Headers, headers: [{name: a}, {name: b_c}]}'),
    ['warning header-underscore'],
  ],
  ['a header with a hyphen', codes('{type: Header, header: {name: x-user}}'), []],
  ['a pseudo header', codes("{type: Header, header: {name: ':path'}}"), []],
  [
    'a pseudo header that is none',
    codes("{type: Header, header: {name: ':status'}}"),
    ['error name-invalid'],
  ],
  ['a parameter with an underscore', codes('{type: QueryParams, queryParams: [{name: x_user}]}'), []],
  ['a cookie for everything', cookie('c', '{Path: /}'), []],
  ['a cookie without Path', cookie('c', '{Secure: ""}'), ['notice cookie-without-path']],
  ['the same, never generated', cookie('c', '{SameSite: None}', ''), []],
  ['SameSite=None', cookie('c', '{Path: /, SameSite: None}'), ['warning cookie-refused']],
  ['SameSite=None with Secure', cookie('c', '{Path: /, SameSite: None, Secure: ""}'), []],
  ['an unknown SameSite', cookie('c', '{Path: /, SameSite: Maybe}'), ['warning cookie-refused']],
  ['Partitioned', cookie('c', '{Path: /, Partitioned: ""}'), ['warning cookie-refused']],
  ['__Secure- without Secure', cookie('__Secure-c', '{Path: /}'), ['warning cookie-refused']],
  [
    '__Host- with a Domain',
    cookie('__Host-c', '{Path: /, Secure: "", Domain: a.b}'),
    ['warning cookie-refused'],
  ],
  ['__Host- as it must be', cookie('__Host-c', '{Path: /, secure: ""}'), []],
] as const) {
  test(`${why}: ${wanted.join(', ') || 'nothing to say'}`, () => assert.deepEqual(found, wanted));
}

test('matches on a header with an underscore', () => {
  const route = (kind: string, match: string): string[] =>
    readText(`apiVersion: gateway.networking.k8s.io/v1
kind: ${kind}
metadata: {name: r}
spec: {parentRefs: [{name: eg}], rules: [{matches: [${match}]}]}
`).diagnostics.map(({ code, field }) => `${code} ${field}`);
  const told = ['header-underscore spec.rules[0].matches[0].headers[0].name'];
  assert.deepEqual(route('HTTPRoute', '{headers: [{name: x_a, value: b}]}'), told);
  assert.deepEqual(route('GRPCRoute', '{headers: [{name: x_a, value: b}]}'), told);
  assert.deepEqual(route('HTTPRoute', '{queryParams: [{name: x_a, value: b}]}'), []);
});
