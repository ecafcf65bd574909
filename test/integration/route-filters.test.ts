/**
 * HTTPRouteFilters on a real Envoy, with both engines: answers of Envoy's own, rewrites of host and path,
 * matches by cookie; redirects and new paths of a backendRef.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Backend, startBackends, stopAll } from '../../demo/fakes/backend.ts';
import { http1 } from '../../demo/fakes/http1.ts';
import { httpRoute, rule } from '../../demo/fakes/manifests.ts';
import { type Engines, startEngines } from '../support/engines.ts';
import { consistentHash, gateway, type Manifest, policy, service } from '../support/manifests.ts';

const filter = (name: string, spec: Manifest): Manifest => ({
  apiVersion: 'gateway.envoyproxy.io/v1alpha1',
  kind: 'HTTPRouteFilter',
  metadata: { name },
  spec,
});
const uses = (...names: string[]) => ({
  filters: names.map((name) => ({
    type: 'ExtensionRef',
    extensionRef: { group: 'gateway.envoyproxy.io', kind: 'HTTPRouteFilter', name },
  })),
});
const rewrite = (name: string, urlRewrite: Manifest): Manifest => filter(name, { urlRewrite });
const pathBy = (pattern: string, substitution: string): Manifest => ({
  path: { type: 'ReplaceRegexMatch', replaceRegexMatch: { pattern, substitution } },
});
const byHeader: Manifest = { hostname: { type: 'Header', header: 'x-site' } };
const ofBackend = (filters: Manifest[]): Manifest => ({
  backendRefs: [{ name: 'backend', port: 3000, filters }],
});
const fullPath: Manifest = { path: { type: 'ReplaceFullPath', replaceFullPath: '/all' } };

const filters: Manifest[] = [
  filter('plain', { directResponse: { body: { inline: 'Sorry, 100% closed.' }, statusCode: 503 } }),
  filter('page', {
    directResponse: {
      contentType: 'text/html',
      body: { type: 'ValueRef', valueRef: { group: '', kind: 'ConfigMap', name: 'pages' } },
      header: { set: [{ name: 'cache-control', value: 'no-store' }], add: [{ name: 'x-a', value: 'b' }] },
    },
  }),
  filter('echo', { directResponse: { body: { inline: '%REQ(x-user)% %PROTOCOL%' } } }),
  rewrite('turned', pathBy('^/turned/([^/]+)(/.*)$', '\\2/instance/\\1')),
  rewrite('header', byHeader),
  rewrite('silent', { ...byHeader, appendXForwardedHost: false }),
  rewrite('tenant', {
    hostname: {
      type: 'PathRegex',
      pathRegex: { pattern: '^/tenant/([a-z0-9-]+)/.*', substitution: '\\1.internal' },
    },
  }),
  rewrite('name', { hostname: { type: 'Backend' } }),
  filter('cookies', {
    matches: [
      { cookies: [{ name: 'beta', value: 'yes' }] },
      {
        cookies: [
          { name: 'team', type: 'RegularExpression', value: 'a+' },
          { name: 'level', value: '1' },
        ],
      },
    ],
  }),
];
const LARGE = 'x'.repeat(70_000);

let backends: Backend[] = [];
let engines: Engines;
before(async () => {
  backends = await startBackends(['127.0.0.1']);
  const named = (name: string, more: Manifest): Manifest => rule(`/${name}`, more);
  engines = await startEngines([
    ...gateway(),
    ...service('backend', backends),
    {
      apiVersion: 'gateway.envoyproxy.io/v1alpha1',
      kind: 'Backend',
      metadata: { name: 'local' },
      spec: { endpoints: [{ fqdn: { hostname: 'localhost', port: backends[0]!.port } }] },
    },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'pages' }, data: { 'response.body': LARGE } },
    httpRoute('r', [
      ...['plain', 'page', 'echo', 'turned', 'header', 'silent', 'tenant', 'cookies'].map((name) =>
        named(name, uses(name)),
      ),
      named('name', {
        ...uses('name'),
        backendRefs: [{ group: 'gateway.envoyproxy.io', kind: 'Backend', name: 'local' }],
      }),
      named('away', ofBackend([{ type: 'RequestRedirect', requestRedirect: fullPath }])),
      named('moved', ofBackend([{ type: 'URLRewrite', urlRewrite: fullPath }])),
      named('lifted', ofBackend(uses('header').filters)),
    ]),
    httpRoute('keyed', [named('keyed', uses('header'))]),
    policy('keyed', consistentHash({ type: 'Header', header: { name: 'x-user' } })),
    ...filters,
  ]);
});
after(async () => {
  await engines?.stop();
  await stopAll(backends);
});

for (const engine of ['filter', 'native'] as const) {
  const ask = (path: string, headers: Readonly<Record<string, string>> = {}) =>
    http1({ path, port: engines[engine].port(), headers: Object.entries(headers) });
  const arrived = async (path: string, headers: Readonly<Record<string, string>> = {}) => {
    const answer = await ask(path, headers);
    assert.equal(answer.status, 200, `${path}: ${answer.body}`);
    const seen = backends[0]!.seen.at(-1)!;
    return { path: seen.path, host: seen.headers.host, client: seen.headers['x-forwarded-host'] };
  };

  test(`${engine}: Envoy answers by itself, with a body, its type and headers`, async () => {
    const plain = await ask('/plain');
    assert.deepEqual([plain.status, plain.body], [503, 'Sorry, 100% closed.']);
    assert.deepEqual(plain.headers['content-type'], ['text/plain']);
    const page = await ask('/page/x');
    assert.deepEqual([page.status, page.body === LARGE], [200, true]);
    assert.deepEqual(page.headers['content-type'], ['text/html']);
    assert.deepEqual(page.headers['cache-control'], ['no-store']);
    assert.deepEqual(page.headers['x-a'], ['b']);
    assert.equal((await ask('/echo', { 'x-user': 'ann' })).body, 'ann HTTP/1.1');
  });

  test(`${engine}: path and host are rewritten`, async () => {
    assert.equal((await arrived('/turned/foo/v1/api?q=/turned/x')).path, '/v1/api/instance/foo?q=/turned/x');
    const by = { 'x-site': 'one.test' };
    const host = 'www.example.com';
    assert.deepEqual(await arrived('/header', by), { path: '/header', host: 'one.test', client: host });
    assert.deepEqual(await arrived('/silent', by), { path: '/silent', host: 'one.test', client: undefined });
    assert.equal((await arrived('/header')).host, host, 'without the header it stays');
    assert.deepEqual(await arrived('/tenant/t-1/x'), {
      path: '/tenant/t-1/x',
      host: 't-1.internal',
      client: host,
    });
    assert.equal((await arrived('/name')).host, 'localhost');
    assert.equal((await arrived('/lifted', by)).host, 'one.test');
    assert.equal((await arrived('/keyed', { ...by, 'x-user': 'ann' })).host, 'one.test');
  });

  test(`${engine}: a rule is for requests with the cookies alone`, async () => {
    for (const [cookie, status] of [
      ['beta=yes', 200],
      ['a=b; beta=yes', 200],
      ['beta=no; beta=yes', 404],
      ['beta=yess', 404],
      ['xbeta=yes', 404],
      ['team=aa; level=1', 200],
      ['team=aab; level=1', 404],
      ['team=aa', 404],
    ] as const)
      assert.equal((await ask('/cookies', { cookie })).status, status, cookie);
    assert.equal((await ask('/cookies')).status, 404);
  });

  test(`${engine}: redirect and new path of a backendRef that gets all requests of its rule`, async () => {
    const away = await ask('/away/x');
    assert.equal(away.status, 302);
    assert.match(String(away.headers.location), /\/all$/);
    assert.equal((await arrived('/moved/x')).path, '/all');
  });
}
