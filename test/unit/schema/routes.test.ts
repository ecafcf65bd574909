/**
 * HTTPRoute and GRPCRoute beside filters: defaults in the model, and each rule that goes across fields,
 * broken once.
 */
import { test } from 'node:test';
import { assertFindings, type Expected, readText } from '../../support/manifest.ts';
import { same } from '../../support/plain.ts';
import { type Case, read, route, rule, testCases } from './route-world.ts';

const anyMatch = { path: { type: 'PathPrefix', value: '/' }, headers: [], queryParams: [] };

test('HTTPRoute: a route without rules has one that matches all', () => {
  same(read('{}').rules, [{ matches: [anyMatch], filters: [], backendRefs: [] }]);
  same(read('{rules: [{matches: []}]}').rules[0]?.matches, [anyMatch]);
  same(read('{rules: [{matches: [{method: GET}]}]}').rules[0]?.matches, [{ ...anyMatch, method: 'GET' }]);
});

test('HTTPRoute: parents, backends, timeouts and retry', () => {
  const spec = read(
    '{parentRefs: [{name: eg, sectionName: http, port: 80}], hostnames: ["*.example.com"], rules: [{name: a, backendRefs: [{name: b, port: 80}, {group: gateway.envoyproxy.io, kind: Backend, name: c, namespace: m, weight: 0}], timeouts: {request: 10s, backendRequest: 2s}, retry: {codes: [500], attempts: 4, backoff: 100ms}}]}',
  );
  same(spec.parentRefs, [
    { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'eg', sectionName: 'http', port: 80 },
  ]);
  same(spec.hostnames, ['*.example.com']);
  same(spec.rules[0], {
    name: 'a',
    matches: [anyMatch],
    filters: [],
    backendRefs: [
      { group: '', kind: 'Service', name: 'b', port: 80, weight: 1, filters: [] },
      { group: 'gateway.envoyproxy.io', kind: 'Backend', name: 'c', namespace: 'm', weight: 0, filters: [] },
    ],
    timeouts: { requestMs: 10_000, backendRequestMs: 2000 },
    retry: { codes: [500], attempts: 4, backoffMs: 100 },
  });
});

test('GRPCRoute: methods, and a rule without matches', () => {
  const spec = read(
    '{rules: [{matches: [{method: {service: foo.Bar}}, {method: {type: RegularExpression, method: "Say.*"}, headers: [{name: a, value: b}]}]}, {backendRefs: [{name: b, port: 1}]}]}',
    'GRPCRoute',
  );
  same(spec.rules[0]?.matches, [
    { method: { type: 'Exact', service: 'foo.Bar' }, headers: [] },
    {
      method: { type: 'RegularExpression', method: 'Say.*' },
      headers: [{ type: 'Exact', name: 'a', value: 'b' }],
    },
  ]);
  same(spec.rules[1]?.matches, []);
});

test('HTTPRoute: 128 matches together are taken, 129 are not', () => {
  const rules = (last: number): string =>
    `{rules: [${[64, last].map((n) => `{matches: [${Array(n).fill('{method: GET}').join(', ')}]}`).join(', ')}, {matches: [{}]}]}`;
  same(readText(route(rules(63))).diagnostics, []);
  assertFindings(readText(route(rules(64))).diagnostics, [
    { code: 'list-length', field: 'spec.rules', says: /have 129 matches/, points: 'rules' },
  ]);
});

const http: readonly Case[] = [
  [
    'backendRef without port',
    '{rules: [{backendRefs: [{name: b}]}]}',
    [
      {
        code: 'field-missing',
        field: `${rule}.backendRefs[0].port`,
        says: /Service "b" has no port/,
        points: 'b',
      },
    ],
  ],
  [
    'weight too large',
    '{rules: [{backendRefs: [{name: b, port: 1, weight: 1000001}]}]}',
    [
      {
        code: 'value-out-of-range',
        field: `${rule}.backendRefs[0].weight`,
        says: /from 0 to 1000000/,
        points: '1000001',
      },
    ],
  ],
  [
    'host name with a port',
    '{hostnames: ["a.b:80"]}',
    [
      {
        code: 'hostname-invalid',
        field: 'spec.hostnames[0]',
        says: /a host name/,
        hint: /port belongs to the listener/,
        points: '"a.b:80"',
      },
    ],
  ],
  [
    'path without slash',
    '{rules: [{matches: [{path: {value: app}}]}]}',
    [
      {
        code: 'path-invalid',
        field: `${rule}.matches[0].path.value`,
        says: /must start with "\/"/,
        hint: /"\/app"/,
        points: 'app',
      },
    ],
  ],
  ...['/a//b', '/a/../b', '/a/..', '/a%2fb', '/a#b'].map((path): [string, string, Expected[]] => [
    `path ${path}`,
    `{rules: [{matches: [{path: {type: Exact, value: "${path}"}}]}]}`,
    [
      {
        code: 'path-invalid',
        field: `${rule}.matches[0].path.value`,
        says: /must not hold/,
        points: `"${path}"`,
      },
    ],
  ]),
  [
    'path with a star',
    '{rules: [{matches: [{path: {value: "/[a-z]"}}]}]}',
    [
      {
        code: 'path-invalid',
        field: `${rule}.matches[0].path.value`,
        says: /must hold only/,
        hint: /RegularExpression/,
        points: '"/[a-z]"',
      },
    ],
  ],
  [
    'header twice in a match',
    '{rules: [{matches: [{headers: [{name: A, value: x}, {name: a, value: z}]}]}]}',
    [
      {
        code: 'match-duplicate',
        field: `${rule}.matches[0].headers[1].name`,
        says: /occurs twice/,
        points: 'a',
      },
    ],
  ],
  [
    'method in lower case',
    '{rules: [{matches: [{method: get}]}]}',
    [
      {
        code: 'value-unknown',
        field: `${rule}.matches[0].method`,
        says: /not "get"/,
        hint: /GET/,
        points: 'get',
      },
    ],
  ],
  [
    'backendRequest longer than request',
    '{rules: [{timeouts: {request: 1s, backendRequest: 2s}}]}',
    [
      {
        code: 'value-out-of-range',
        field: `${rule}.timeouts.backendRequest`,
        says: /at most request, 1s, not 2s/,
        points: '2s',
      },
    ],
  ],
  [
    'retry on 200',
    '{rules: [{retry: {codes: [200]}}]}',
    [{ code: 'value-out-of-range', field: `${rule}.retry.codes[0]`, says: /from 400 to 599/, points: '200' }],
  ],
  [
    'no rules at all',
    '{rules: []}',
    [{ code: 'list-length', field: 'spec.rules', says: /has 0 items/, points: 'rules' }],
  ],
  [
    'two rules with a name',
    '{rules: [{name: a}, {name: a}]}',
    [{ code: 'rule-duplicate', field: 'spec.rules[1].name', says: /taken by spec\.rules\[0\]/, points: 'a' }],
  ],
  [
    'one parent twice',
    '{parentRefs: [{name: eg}, {name: eg}]}',
    [
      {
        code: 'parent-duplicate',
        field: 'spec.parentRefs[1].name',
        says: /same parent as spec\.parentRefs\[0\]/,
        points: 'eg',
      },
    ],
  ],
  [
    'one parent, of which one reference has no section',
    '{parentRefs: [{name: eg, sectionName: a}, {name: eg}]}',
    [{ code: 'parent-duplicate', field: 'spec.parentRefs[1].name', says: /same parent/, points: 'eg' }],
  ],
];
const grpc: readonly Case[] = [
  [
    'method match that names nothing',
    '{rules: [{matches: [{method: {type: Exact}}]}]}',
    [
      {
        code: 'field-missing',
        field: `${rule}.matches[0].method`,
        says: /neither service nor method/,
        points: 'method',
      },
    ],
  ],
  [
    'service with a slash',
    '{rules: [{matches: [{method: {service: a/b}}]}]}',
    [
      {
        code: 'name-invalid',
        field: `${rule}.matches[0].method.service`,
        says: /a service name/,
        points: 'a/b',
      },
    ],
  ],
  [
    'timeouts are no field of a GRPCRoute',
    '{rules: [{timeouts: {}}]}',
    [{ code: 'field-unknown', field: `${rule}.timeouts`, says: /not a field/, points: 'timeouts' }],
  ],
  [
    'URLRewrite is no filter of a GRPCRoute',
    '{rules: [{filters: [{type: URLRewrite, urlRewrite: {}}]}]}',
    [
      {
        code: 'value-unknown',
        field: `${rule}.filters[0].type`,
        says: /not "URLRewrite"/,
        points: 'URLRewrite',
      },
    ],
  ],
];

testCases('HTTPRoute', http);
testCases('GRPCRoute', grpc);
