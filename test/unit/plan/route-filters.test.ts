/** What filters of a rule do: header edits, redirects, rewrites, mirrors. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RouteAction } from '../../../host/plan/types.ts';
import { on, one } from './routes-world.ts';
import {
  gateway,
  gatewayClass,
  httpRoute,
  lb,
  listener,
  type Manifest,
  rule,
  service,
  slice,
  upstream,
  world,
} from './world.ts';

const header = (type: 'Request' | 'Response', edits: Manifest): Manifest => {
  const name = `${type.toLowerCase()}HeaderModifier`;
  return { type: `${type}HeaderModifier`, [name]: edits };
};

test('header edits', () => {
  const w = one(
    rule('/', {
      filters: [
        header('Request', {
          set: [{ name: 'X-A', value: '1' }],
          add: [{ name: 'x-b', value: '2' }],
          remove: ['x-c'],
        }),
        header('Response', { remove: ['server', 'x-d'] }),
      ],
    }),
  );
  const { requestHeaders, responseHeaders } = w.route('r/0');
  assert.deepEqual(requestHeaders, {
    set: [{ name: 'X-A', value: '1' }],
    add: [{ name: 'x-b', value: '2' }],
    remove: ['x-c'],
  });
  assert.deepEqual(responseHeaders.remove, ['server', 'x-d']);
});

test('Host cannot be edited: Envoy would refuse the configuration, so the rule answers 500', () => {
  const w = one(rule('/', { filters: [header('Request', { set: [{ name: 'Host', value: 'x' }] })] }));
  const { action } = w.route('r/0');
  assert.equal(action.kind === 'respond' && action.status, 500);
  assert.deepEqual(w.conditions('HTTPRoute', 'r').Accepted?.reason, 'UnsupportedValue');
});

const redirectTo = (redirect: Manifest, port = 80): RouteAction => {
  const filter = { type: 'RequestRedirect', requestRedirect: redirect };
  const r = { matches: [{ path: { type: 'PathPrefix', value: '/old/' } }], filters: [filter] };
  return world(gatewayClass, upstream, gateway('eg', [listener('http', port)]), httpRoute('r', [r])).route(
    'r/0',
  ).action;
};
const redirects: [string, Manifest, number, object][] = [
  ['https', { scheme: 'https' }, 80, { status: 302, scheme: 'https' }],
  ['https from another port', { scheme: 'https' }, 8080, { status: 302, scheme: 'https' }],
  ['the listener’s port', { hostname: 'b.org' }, 8080, { status: 302, host: 'b.org', port: 8080 }],
  ['a bound port is not the listener’s', { hostname: 'b.org' }, 81, { status: 302, host: 'b.org', port: 81 }],
  ['a port', { port: 8443, statusCode: 301 }, 80, { status: 301, port: 8443 }],
  [
    'a full path',
    { path: { type: 'ReplaceFullPath', replaceFullPath: '/new' } },
    80,
    { status: 302, path: { kind: 'full', value: '/new' } },
  ],
  [
    'a prefix',
    { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/new/' } },
    80,
    { status: 302, path: { kind: 'prefix', from: '/old', value: '/new' } },
  ],
  [
    'the root',
    { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' } },
    80,
    { status: 302, path: { kind: 'prefix', from: '/old', value: '/' } },
  ],
];
for (const [what, redirect, port, expected] of redirects) {
  test(`redirect: ${what}`, () => {
    assert.deepEqual(JSON.parse(JSON.stringify(redirectTo(redirect, port))), {
      kind: 'redirect',
      ...expected,
    });
  });
}

test('a redirect has no pool, and no policy spoils it but an invalid one', () => {
  const filter = { type: 'RequestRedirect', requestRedirect: { scheme: 'https' } };
  assert.deepEqual(one(rule('/', { filters: [filter], backendRefs: [] })).plan.pools, []);
});

test('rewrite of host and path', () => {
  const rewrite = (path: Manifest): unknown =>
    one(rule('/v1', { filters: [{ type: 'URLRewrite', urlRewrite: { hostname: 'in.org', path } }] })).forward(
      'r/0',
    ).rewrite;
  assert.deepEqual(rewrite({ type: 'ReplacePrefixMatch', replacePrefixMatch: '/v2/' }), {
    host: 'in.org',
    path: { kind: 'prefix', from: '/v1', value: '/v2' },
  });
  assert.deepEqual(rewrite({ type: 'ReplaceFullPath', replaceFullPath: '/x' }), {
    host: 'in.org',
    path: { kind: 'full', value: '/x' },
  });
});

const mirror = (name: string, rest: Manifest = {}): Manifest => ({
  type: 'RequestMirror',
  requestMirror: { backendRef: { name, port: 3000 }, ...rest },
});
test('mirrors have pools of their own, after the rule’s, and no policy shapes them', () => {
  const shadow = [service('shadow'), slice('shadow-1', 'shadow', ['10.7.0.1'])];
  const r = rule('/', {
    filters: [
      mirror('shadow', { fraction: { numerator: 1, denominator: 3 } }),
      mirror('shadow', { percent: 20 }),
      mirror('shadow'),
    ],
  });
  const w = one(r, ...shadow, on(lb('Random')));
  assert.deepEqual(
    w.plan.pools.map((p) => [p.name, p.balancer.kind]),
    [
      ['httproute/default/r/rule/0', 'random'],
      ...[0, 1, 2].map((i) => [`httproute/default/r/rule/0-mirror-${i}`, 'least-request']),
    ],
  );
  assert.deepEqual(
    w.forward('r/0').mirrors.map((m) => [m.numerator, m.denominator]),
    [
      [1, 3],
      [20, 100],
      [1, 1],
    ],
  );
});

test('a mirror to nowhere breaks the rule, one without endpoints is left out', () => {
  const broken = one(rule('/', { filters: [mirror('nowhere')] }));
  const { action } = broken.route('r/0');
  assert.equal(action.kind === 'respond' && action.status, 500);
  assert.equal(
    broken.conditions('HTTPRoute', 'r').ResolvedRefs?.message,
    'Failed to validate the RequestMirror filter: service default/nowhere not found.',
  );
  const empty = one(rule('/', { filters: [mirror('empty')] }), service('empty'));
  assert.deepEqual(empty.forward('r/0').mirrors, []);
  assert.equal(empty.conditions('HTTPRoute', 'r').BackendsAvailable?.status, 'False');
});
