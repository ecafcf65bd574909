/** SecurityPolicy csrf on a real Envoy: which requests are taken, from which pages. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Backend } from '../../demo/fakes/backend.ts';
import { http1 } from '../../demo/fakes/http1.ts';
import { httpRoute, ref, rule, securityPolicy, target } from '../../demo/fakes/manifests.ts';
import { Envoy } from '../support/envoy.ts';
import { gateway, type Manifest, service } from '../support/manifests.ts';
import { translate } from '../support/translate.ts';

let backend: Backend;
let envoy: Envoy;
const route = (name: string): Manifest => httpRoute(name, [rule(`/${name}`, { backendRefs: [ref()] })]);
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
  ['POST', '/counted', { origin: 'https://evil.test' }, 200],
];
for (const [method, path, headers, status] of rows)
  test(`${method} ${path} ${JSON.stringify(headers)}: ${status}`, async () => {
    assert.equal(await send(method, path, headers), status);
  });

test('what is only counted is counted', async () => {
  const stats = await envoy.admin.stats('csrf\\.(request_invalid|missing_source_origin)$');
  const [invalid] = Object.entries(stats).find(([name]) => name.endsWith('request_invalid')) ?? [];
  assert.ok(invalid !== undefined && (stats[invalid] ?? 0) > 0, JSON.stringify(stats));
});
