/** SecurityPolicy csrf on a real Envoy: which requests are taken, from which pages. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Backend } from '../../demo/fakes/backend.ts';
import { http1 } from '../../demo/fakes/http1.ts';
import { httpRoute, ref, rule, securityPolicy, target } from '../../demo/fakes/manifests.ts';
import { receive } from '../../host/explain/connection-manager.ts';
import { judgeOrigin } from '../../host/explain/judge-origin.ts';
import { Envoy } from '../support/envoy.ts';
import { gateway, type Manifest, service } from '../support/manifests.ts';
import { translate } from '../support/translate.ts';

let backend: Backend;
let envoy: Envoy;
const route = (name: string): Manifest =>
  httpRoute(name, [rule(`/${name}`, { backendRefs: [ref()] })], { hostnames: [] });
const guarded = (name: string, csrf: Manifest): Manifest[] => [
  route(name),
  securityPolicy(name, [target('HTTPRoute', name)], { csrf }),
];
before(async () => {
  backend = await Backend.start();
  const manifests = [
    ...[...gateway(), ...service('backend', [backend]), route('open')],
    ...guarded('own', {}),
    ...guarded('more', { additionalOrigins: ['https://*.a.test', 'http://b.test:8080'] }),
    ...guarded('any', { additionalOrigins: ['*'] }),
    ...guarded('counted', { shadowFraction: { numerator: 1, denominator: 1 } }),
  ];
  envoy = await Envoy.start(await translate(manifests, 'filter'));
});
after(async () => {
  await envoy?.stop();
  await backend?.stop();
});

const HOST = 'www.example.com';
const send = async (method: string, path: string, headers: Readonly<Record<string, string>> = {}) =>
  (await http1({ port: envoy.port(), method, path, headers: Object.entries(headers) })).status;

const rows: readonly (readonly [string, string, Readonly<Record<string, string>>, number])[] = [
  ['POST', '/open', {}, 200],
  ['GET', '/own', {}, 200],
  ['HEAD', '/own', { origin: 'https://evil.test' }, 200],
  ...['POST', 'PUT', 'DELETE', 'PATCH'].map((method) => [method, '/own', {}, 403] as const),
  ['POST', '/own', { origin: `https://${HOST}` }, 200],
  ['POST', '/own', { referer: `https://${HOST}/page` }, 200],
  ['POST', '/own', { origin: `https://${HOST}.evil.test` }, 403],
  ['POST', '/own', { origin: 'null' }, 403],
  ['POST', '/own', { origin: 'null', referer: `https://${HOST}/page` }, 403],
  ['POST', '/more', { origin: 'https://x.a.test' }, 200],
  ['POST', '/more', { origin: 'http://x.a.test' }, 200],
  ['POST', '/more', { origin: 'https://a.test' }, 403],
  ['POST', '/more', { origin: 'https://x.a.test.evil.test' }, 403],
  ['POST', '/more', { origin: 'http://b.test:8080' }, 200],
  ['POST', '/more', { origin: 'http://b.test' }, 403],
  ['POST', '/any', {}, 403],
  ['POST', '/any', { origin: 'null' }, 403],
  ['POST', '/any', { origin: 'any' }, 200],
  ['POST', '/counted', { origin: 'https://evil.test' }, 200],
];
for (const [method, path, headers, status] of rows)
  test(`${method} ${path} ${JSON.stringify(headers)}: ${status}`, async () => {
    assert.equal(await send(method, path, headers), status);
  });

/** Origin and Referer as no browser writes them, and the Host that they are to be of. */
const forms: readonly (readonly [origin: string, referer?: string, host?: string])[] = [
  ...[`https://user@${HOST}`, `https://user:pw@${HOST}`, `https://@${HOST}`, `https://a@b@${HOST}`].map(one),
  ...[`https://${HOST}@evil.test`, `https://a:@${HOST}:80`, `https://[a@${HOST}`, `https://a/@${HOST}`].map(
    one,
  ),
  ...[
    `https://${HOST}#`,
    `https://${HOST}#@evil.test`,
    `https://evil.test#${HOST}`,
    `https://${HOST}/#a`,
  ].map(one),
  ...[`https://${HOST}?#`, `https://${HOST}?a b`, `https://${HOST}/a?b#c`, `https://${HOST}\\a`].map(one),
  ...[`https://${HOST}:443`, `http://${HOST}:80`, `https://${HOST}:`, `https://${HOST}:65536`].map(one),
  ...[`https://${HOST}.`, `https://${HOST}%00`, `https://www.%65xample.com`, 'https://WWW.example.com'].map(
    one,
  ),
  ...[`x://${HOST}`, `chrome-extension://${HOST}`, `file:///${HOST}`, `9://${HOST}`, `a:http://${HOST}`].map(
    one,
  ),
  ...[HOST, `//${HOST}`, `://${HOST}`, `https:${HOST}`, `https:/${HOST}`, 'http://', 'http://@', 'NULL'].map(
    one,
  ),
  ...[
    'https://u@b.test:8080',
    'b.test:8080',
    'https://b.test:08080',
    'x://y.a.test/z',
    'https://y_.a.test',
  ].map(one),
  ...[`https://${HOST},https://evil.test`, `https://${HOST} https://evil.test`, `https://${HOST}"`].map(one),
  ...[`https://user@${HOST}/page`, `https://${HOST}/a#page`, `https://${HOST}/a##`, `https://@${HOST}`].map(
    from,
  ),
  ...[`https://${HOST}:80`, HOST, `${HOST}#a`, `/${HOST}`, '//x.a.test', 'x.a.test', 'x:y.a.test'].map(from),
  ...['x/:y.a.test', 'x"y.a.test', 'x y.a.test', 'https://x.a.test:'].map(from),
  ['http://www.example.com:8080', undefined, 'www.example.com:8080'],
  ['http://www.example.com:080', undefined, 'www.example.com:080'],
  ['http://WWW.example.com', undefined, 'WWW.example.com'],
  ['http://[::1]:80', undefined, '[::1]:80'],
  ['http://u@[::1]/a', undefined, '[::1]'],
  ['http://[::1', undefined, '[::1]'],
  ['http://[1.1]', undefined, '[1.1]'],
];
function one(origin: string) {
  return [origin] as const;
}
function from(referer: string) {
  return ['', referer] as const;
}

test('explain says of any form of an origin what Envoy does', async () => {
  const said: string[] = [];
  const done: string[] = [];
  for (const [origin, referer = '', host = HOST] of forms) {
    const headers = Object.entries({ host, origin, referer }).filter(([, value]) => value !== '');
    const { status } = await http1({ port: envoy.port(), method: 'POST', path: '/more', headers });
    const received = receive({ method: 'POST', host, path: '/more', headers }, {});
    assert.ok(received.kind === 'request');
    const judged = judgeOrigin({ enforced: 100, origins: ['*.a.test', 'b.test:8080'] }, received.request);
    done.push(`${origin} ${referer} ${host}: ${status}`);
    said.push(`${origin} ${referer} ${host}: ${judged?.allowed ? 200 : 403}`);
  }
  assert.deepEqual(said, done);
  assert.ok(done.some((line) => line.endsWith('200')) && done.some((line) => line.endsWith('403')));
});

test('what is only counted is counted', async () => {
  const stats = await envoy.admin.stats('csrf\\.(request_invalid|missing_source_origin)$');
  const [invalid] = Object.entries(stats).find(([name]) => name.endsWith('request_invalid')) ?? [];
  assert.ok(invalid !== undefined && (stats[invalid] ?? 0) > 0, JSON.stringify(stats));
});
