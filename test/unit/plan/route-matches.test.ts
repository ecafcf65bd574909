/** Which requests a rule is for: gRPC methods, patterns, and rules that take all. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { patternFault } from '../../../host/regex/re2.ts';
import { basics, grpcRoute, httpRoute, type Manifest, ref, rule, world } from './world.ts';

const grpc: [string, Manifest | undefined, object, object[]][] = [
  ['no method', undefined, { kind: 'prefix', value: '/' }, []],
  ['service and method', { service: 'a.B', method: 'C' }, { kind: 'exact', value: '/a.B/C' }, []],
  ['service', { service: 'a.B' }, { kind: 'prefix', value: '/a.B' }, []],
  [
    'method',
    { method: 'C' },
    { kind: 'prefix', value: '/' },
    [{ kind: 'suffix', name: ':path', value: '/C' }],
  ],
  [
    'regular expressions',
    { type: 'RegularExpression', service: 'a.*', method: 'C|D' },
    { kind: 'regex', value: '/a.*/C|D' },
    [],
  ],
  [
    'a service as one',
    { type: 'RegularExpression', service: 'a.*' },
    { kind: 'regex', value: '/a.*/[A-Za-z_][A-Za-z_0-9]*' },
    [],
  ],
];
for (const [what, method, path, headers] of grpc) {
  test(`gRPC match by ${what}`, () => {
    const w = world(
      basics,
      grpcRoute('g', [{ matches: [method === undefined ? {} : { method }], backendRefs: [ref()] }]),
    );
    const route = w.route('grpcroute/default/g/rule/0/match/0');
    assert.deepEqual(route.match.path, path);
    assert.deepEqual(route.match.headers, headers);
    assert.deepEqual(route.action.kind === 'forward' && route.action.upgrades, []);
  });
}

test('a rule without matches takes everything: match 0 of HTTPRoutes, match -1 of GRPCRoutes', () => {
  const w = world(
    basics,
    httpRoute('r', [{ backendRefs: [ref()] }]),
    grpcRoute('g', [{ backendRefs: [ref()] }], { hostnames: ['g.example.com'] }),
  );
  const names = w.plan.listeners[0]!.virtualHosts.flatMap((v) => v.routes.map((r) => r.name));
  assert.deepEqual(names, [
    'httproute/default/r/rule/0/match/0/www_example_com',
    'grpcroute/default/g/rule/0/match/-1/g_example_com',
  ]);
});

const patterns: [string, boolean][] = [
  ['/a.*', true],
  ['^/(foo|bar)/\\d+$', true],
  ['(?i)/A', true],
  ['/(?P<id>[[:alpha:]]+)', true],
  ['/(?:x)', true],
  ['/\\(?=', true],
  ['/(?=x)', false],
  ['/(?<!x)y', false],
  ['/(a)\\1', false],
  ['/(', false],
  ['/[', false],
];
for (const [pattern, good] of patterns) {
  test(`${pattern} is ${good ? 'taken' : 'refused'}`, () =>
    assert.equal(patternFault(pattern) === undefined, good));
}

test('a pattern that Envoy cannot compile drops its rule, not the route', () => {
  const bad = { matches: [{ path: { type: 'RegularExpression', value: '/(?=x)' } }], backendRefs: [ref()] };
  const w = world(basics, httpRoute('r', [rule('/ok'), bad]));
  assert.deepEqual(
    w.plan.listeners[0]!.virtualHosts[0]!.routes.map((r) => r.name),
    ['httproute/default/r/rule/0/match/0/www_example_com'],
  );
  const conditions = w.conditions('HTTPRoute', 'r');
  assert.equal(conditions.Accepted?.status, 'True');
  assert.match(
    conditions.PartiallyInvalid!.message,
    /^Dropped Rule\(s\) \[1\]: Failed to process route rule 1: /,
  );
  const all = world(basics, httpRoute('r', [bad]));
  assert.deepEqual(
    [all.conditions('HTTPRoute', 'r').Accepted?.status, all.find('route-refused').severity],
    ['False', 'error'],
  );
});
