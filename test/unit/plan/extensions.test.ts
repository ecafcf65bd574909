/** HTTPRouteFilters that rules refer to: what the plan gets, and why a rule answers 500 in its place. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { replaceMatches } from '../../../host/regex/re2.ts';
import { one } from './routes-world.ts';
import { basics, httpRoute, type Manifest, rule, upstream, world } from './world.ts';

const filter = (name: string, spec: Manifest): Manifest => ({
  apiVersion: 'gateway.envoyproxy.io/v1alpha1',
  kind: 'HTTPRouteFilter',
  metadata: { name, namespace: 'default' },
  spec,
});
const extension = (name: string, more: Manifest = {}): Manifest => ({
  type: 'ExtensionRef',
  extensionRef: { group: 'gateway.envoyproxy.io', kind: 'HTTPRouteFilter', name, ...more },
});
const host = (hostname: Manifest): Manifest => ({ urlRewrite: { hostname } });
const path = (pattern: string, substitution: string): Manifest => ({
  urlRewrite: { path: { type: 'ReplaceRegexMatch', replaceRegexMatch: { pattern, substitution } } },
});
const plainRewrite = (urlRewrite: Manifest): Manifest => ({ type: 'URLRewrite', urlRewrite });
const byHeader = host({ type: 'Header', header: 'x' });
const answers = (statusCode: number): Manifest => ({ directResponse: { statusCode } });

test('matches by cookie are combined with those of the rule, and come before those without', () => {
  const r = rule('/', {
    matches: [{ path: { value: '/a' } }, { path: { value: '/b' } }],
    filters: [extension('f')],
  });
  const cookies = (value: string): Manifest => ({ cookies: [{ name: 'c', value }] });
  const w = one(r, filter('f', { matches: [cookies('1'), cookies('2')] }));
  assert.deepEqual(
    w.plan.listeners[0]!.virtualHosts[0]!.routes.map(({ match }) => [
      match.path.value,
      match.cookies?.[0]?.value,
    ]),
    [
      ['/a', '1'],
      ['/a', '2'],
      ['/b', '1'],
      ['/b', '2'],
    ],
  );
  const both = [rule('/'), rule('/', { filters: [extension('f')] })];
  const order = world(basics, upstream, httpRoute('r', both), [filter('f', { matches: [cookies('1')] })]);
  const [first] = order.plan.listeners[0]!.virtualHosts[0]!.routes;
  assert.equal(first?.match.cookies?.length, 1);
});

const joined: readonly (readonly [string, readonly Manifest[], object])[] = [
  ['a header', [extension('h')], { hostFrom: { kind: 'header', name: 'x' } }],
  [
    'a path of the rule and a host of the filter',
    [plainRewrite({ path: { type: 'ReplaceFullPath', replaceFullPath: '/n' } }), extension('h')],
    { hostFrom: { kind: 'header', name: 'x' }, path: { kind: 'full', value: '/n' } },
  ],
  [
    'a pattern of the filter and a host of the rule',
    [extension('p'), plainRewrite({ hostname: 'a.test' })],
    { host: 'a.test', path: { kind: 'pattern', pattern: '^/a', substitution: '/b' } },
  ],
];
for (const [what, filters, expected] of joined)
  test(`rewrites are joined: ${what}`, () => {
    const w = one(rule('/', { filters }), filter('h', byHeader), filter('p', path('^/a', '/b')));
    const { action } = w.route('r/0');
    assert.ok(action.kind === 'forward');
    assert.deepEqual(JSON.parse(JSON.stringify(action.rewrite)), expected);
  });

const ofRule = 'HTTPRoute';
const closed: readonly (readonly [string, readonly Manifest[], readonly Manifest[], RegExp])[] = [
  ['a filter that is not there', [extension('no')], [], /Unable to translate HTTPRouteFilter: default\/no/],
  ['another kind', [extension('f', { kind: 'Other' })], [], /unknown kind gateway.envoyproxy.io\/Other/],
  ['a broken pattern', [extension('f')], [filter('f', path('(', ''))], /must be a valid RE2/],
  ['a group that is not there', [extension('f')], [filter('f', path('(a)', '\\2'))], /names group 2/],
  ['another escape', [extension('f')], [filter('f', path('a', '\\n'))], /neither a group/],
  [
    'two rewrites',
    ['f', 'g'].map((n) => extension(n)),
    [filter('f', byHeader), filter('g', path('a', 'b'))],
    /multiple urlRewrite/,
  ],
  [
    'a host twice',
    [plainRewrite({ hostname: 'a.test' }), extension('f')],
    [filter('f', byHeader)],
    /multiple urlRewrite/,
  ],
  [
    'two filters with matches',
    ['f', 'g'].map((n) => extension(n)),
    ['f', 'g'].map((n) => filter(n, { matches: [{ cookies: [{ name: n, value: 'v' }] }] })),
    /Only one HTTPRouteFilter with matches/,
  ],
  [
    'an expression for a cookie that is none',
    [extension('f')],
    [filter('f', { matches: [{ cookies: [{ name: 'c', type: 'RegularExpression', value: '(' }] }] })],
    /cookie c/,
  ],
];
for (const [what, filters, more, says] of closed)
  test(`${what}: 500`, () => {
    const w = one(rule('/', { filters }), ...more);
    for (const route of w.plan.listeners[0]!.virtualHosts[0]!.routes)
      assert.equal(route.action.kind === 'respond' && route.action.status, 500);
    const { Accepted, ResolvedRefs } = w.conditions(ofRule, 'r');
    const [status] = [Accepted, ResolvedRefs].filter((one) => one?.status === 'False');
    assert.equal(status?.reason, 'UnsupportedValue');
    assert.match(status?.message ?? '', says);
  });

test('an answer of Envoy needs no backend; what a gRPC client could not read is none', () => {
  const r = { matches: [{ path: { value: '/' } }], filters: [extension('f')] };
  const { action, responseHeaders } = one(
    r,
    filter('f', { directResponse: { contentType: 'a/b', body: { inline: 'x' } } }),
  ).route('r/0');
  assert.deepEqual(JSON.parse(JSON.stringify(action)), {
    kind: 'respond',
    status: 200,
    because: 'HTTPRouteFilter default/f says so',
    body: 'x',
  });
  assert.deepEqual(responseHeaders.set, [{ name: 'Content-Type', value: 'a/b' }]);
  const grpc = (status: number) =>
    world(
      basics,
      [{ ...httpRoute('g', [{ filters: [extension('f')] }]), kind: 'GRPCRoute' }],
      [filter('f', answers(status))],
    ).conditions('GRPCRoute', 'g').Accepted;
  assert.equal(grpc(204)?.status, 'False');
  assert.equal(grpc(404)?.status, 'True');
});

test('a filter of one of several backendRefs is refused, as Envoy has none there', () => {
  const split = { backendRefs: ['a', 'b'].map((name) => ({ name, port: 3000, filters: [extension('f')] })) };
  const { action } = one(rule('/', split), filter('f', byHeader)).route('r/0');
  assert.equal(action.kind === 'respond' && action.status, 500);
});

const replaced: readonly (readonly [string, string, string, string])[] = [
  ['^/s/([^/]+)(/.*)$', '\\2/i/\\1', '/s/foo/v1', '/v1/i/foo'],
  ['one', 'two', '/one/one', '/two/two'],
  ['^(.*?)one(.*)$', '\\1two\\2', '/a/one/one', '/a/two/one'],
  ['(?i)/x/', '/$y\\\\/', '/a/X/b', '/a/$y\\/b'],
];
for (const [pattern, substitution, text, expected] of replaced)
  test(`${pattern} → ${substitution}`, () => {
    assert.equal(replaceMatches(pattern, substitution, text), expected);
  });
