/**
 * Compares the route that explain finds with a real Envoy: unusual paths, hosts, headers and queries, and
 * competing routes. Each route sends its name in a response header.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Backend } from '../../demo/fakes/backend.ts';
import { http1 } from '../../demo/fakes/http1.ts';
import { findRoute } from '../../host/explain/find-route.ts';
import type { Plan } from '../../host/plan/types.ts';
import { translate as translateHere } from '../../host/translate.ts';
import { Envoy } from '../support/envoy.ts';
import { gateway, type Manifest, render, service } from '../support/manifests.ts';
import { translate } from '../support/translate.ts';

/** One rule a route; `name` comes back as x-route. */
const route = (name: string, hostnames: readonly string[], match: Manifest): Manifest => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name, namespace: 'default' },
  spec: {
    parentRefs: [{ name: 'eg' }],
    hostnames,
    rules: [
      {
        matches: [match],
        filters: [
          {
            type: 'ResponseHeaderModifier',
            responseHeaderModifier: { set: [{ name: 'x-route', value: name }] },
          },
        ],
        backendRefs: [{ name: 'backend', port: 3000 }],
      },
    ],
  },
});
const path = (type: string, value: string): Manifest => ({ path: { type, value } });
const www = ['www.example.com'];

const routes: readonly Manifest[] = [
  route('exact', www, path('Exact', '/a/b')),
  route('prefix', www, path('PathPrefix', '/a')),
  route('prefix-slash', www, path('PathPrefix', '/slash/')),
  route('deep', www, path('PathPrefix', '/a/b/c')),
  route('regex', www, path('RegularExpression', '/r/[0-9]+(/x)?')),
  route('header', www, { ...path('PathPrefix', '/a'), headers: [{ name: 'X-Version', value: '2' }] }),
  route('header-regex', www, {
    ...path('PathPrefix', '/a'),
    headers: [{ type: 'RegularExpression', name: 'X-User', value: 'ad[a-z]*n' }],
  }),
  route('joined', www, {
    ...path('PathPrefix', '/a'),
    headers: [{ type: 'RegularExpression', name: 'X-Joined', value: 'a, ?b' }],
  }),
  route('query', www, { ...path('PathPrefix', '/q'), queryParams: [{ name: 'v', value: '1' }] }),
  route('query-regex', www, {
    ...path('PathPrefix', '/q'),
    queryParams: [{ type: 'RegularExpression', name: 'v', value: '[5-9]' }],
  }),
  route('post', www, { ...path('PathPrefix', '/a'), method: 'POST' }),
  route('wildcard', ['*.example.com'], path('PathPrefix', '/')),
  route('deeper-wildcard', ['*.api.example.com'], path('PathPrefix', '/')),
  route('other', ['other.test'], path('PathPrefix', '/only')),
];

interface Sent {
  readonly host?: string;
  readonly method?: string;
  readonly path: string;
  readonly headers?: readonly (readonly [string, string])[];
}

const cases: readonly Sent[] = [
  ...[
    '/a/b',
    '/a/b/',
    '/a/bc',
    '/a',
    '/a/',
    '/ab',
    '/',
    '/A',
    '/a/b?x=1',
    '/a/b/c',
    '/a/b/c/d',
    '/a/b/cd',
    '/a?b',
  ],
  ...['/slash', '/slash/', '/slash/x', '/slashx', '/r/12', '/r/12/x', '/r/12/', '/r/', '/r/1a', '/r/12?q'],
  ...[
    '/x/../a/b',
    '/a/./b',
    '/a//b',
    '//a/b',
    '/a/b/..',
    '/a/b/.',
    '/../a/b',
    '/%61/b',
    '/a%2Fb',
    '/a%2fb?x=%2f',
    '/a%5Cb',
  ],
  ...[
    '/a/%2e%2e/q?v=1',
    '/a/b%20',
    '/q?v=1',
    '/q?v=2',
    '/q?v=7',
    '/q?v=1&v=7',
    '/q?v=7&v=1',
    '/q?V=1',
    '/q?w=1&v=1',
    '/q?v',
    '/q',
  ],
  ...['/q?v=%31', '/q?a=/../b&v=1', '/q?v=1#f', '/nowhere'],
]
  .map((p): Sent => ({ path: p }))
  .concat([
    { path: '/a', headers: [['X-Version', '2']] },
    {
      path: '/a',
      headers: [
        ['x-version', '2'],
        ['X-Version', '2'],
      ],
    },
    { path: '/a', headers: [['X-Version', '3']] },
    ...[['2', '3'], ['3', '2'], ['2,3'], ['', '2'], ['3', '4']].map(
      (values): Sent => ({ path: '/a', headers: values.map((value) => ['X-Version', value] as const) }),
    ),
    ...[
      ['x', 'adn'],
      ['adn', 'x'],
      ['ad', 'n'],
    ].map((values): Sent => ({ path: '/a', headers: values.map((value) => ['X-User', value] as const) })),
    ...[['a', 'b'], ['a,b'], ['b', 'a']].map(
      (values): Sent => ({ path: '/a', headers: values.map((value) => ['X-Joined', value] as const) }),
    ),
    { path: '/a', headers: [['X-User', 'adrian']] },
    { path: '/a', headers: [['X-User', 'xadrian']] },
    { path: '/a/b', headers: [['X-Version', '2']] },
    { path: '/a', method: 'POST' },
    { path: '/a', method: 'PUT' },
    { path: '/a', method: 'POST', headers: [['X-Version', '2']] },
    ...[
      'WWW.Example.COM',
      'www.example.com:8080',
      'x.example.com',
      'x.api.example.com',
      'a.b.api.example.com',
      '.example.com',
    ].map((host): Sent => ({ host, path: '/a/b' })),
    ...['example.com', 'api.example.com', 'other.test', 'nobody.test'].map(
      (host): Sent => ({ host, path: '/only/x' }),
    ),
  ] satisfies Sent[]);

let backend: Backend;
let envoy: Envoy;
let plan: Plan;

before(async () => {
  backend = await Backend.start({ address: '127.0.0.1' });
  const text = render([...gateway(), ...service('backend', [backend]), ...routes]);
  const options = {
    engine: 'native',
    wasm: '',
    admin: { address: '127.0.0.1', port: 0 },
    strict: true,
  } as const;
  const here = translateHere([{ file: 'test.yaml', text }], options);
  assert.equal(here.refused, false, JSON.stringify(here.diagnostics));
  plan = here.plan;
  envoy = await Envoy.start(await translate(text, 'native'));
});
after(async () => {
  await envoy?.stop();
  await backend?.stop();
});

for (const sent of cases) {
  const { host = 'www.example.com', method = 'GET', headers = [] } = sent;
  const name = `${method} ${host}${sent.path} ${headers.map((pair) => pair.join('=')).join(' ')}`.trim();
  test(name, async () => {
    const response = await http1({
      port: envoy.port(),
      method,
      path: sent.path,
      headers: [['Host', host], ...headers],
    });
    const lower = headers.map(([key, value]) => [key.toLowerCase(), value] as const);
    const found = findRoute(plan, { method, host, path: sent.path, headers: lower });
    switch (found.kind) {
      case 'route':
        assert.deepEqual([response.status, response.headers['x-route']?.[0]], [200, found.route.from.name]);
        assert.equal(backend.seen.at(-1)?.path, found.request.path, 'the path that the backend sees');
        return;
      case 'answered':
        assert.equal(response.status, found.status);
        if (found.location !== undefined)
          assert.ok(response.headers.location?.[0]?.endsWith(found.location), response.headers.location?.[0]);
        return;
      case 'none':
        assert.equal(response.status, 404);
    }
  });
}
