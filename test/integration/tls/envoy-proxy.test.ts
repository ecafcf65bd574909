/**
 * EnvoyProxy on a real Envoy: the certificate that backends are shown and the TLS version that is spoken with
 * them, and routes in the order in which they are written.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { http1 } from '../../../demo/fakes/http1.ts';
import * as build from '../../../demo/fakes/manifests.ts';
import { authority, authorityMap, issue, tlsSecret } from '../../support/certificates.ts';
import { Envoy } from '../../support/envoy.ts';
import { type Manifest, service } from '../../support/manifests.ts';
import { startTlsBackend, type TlsBackend } from '../../support/tls-backend.ts';
import { translateInto } from '../../support/translate.ts';

const ca = authority('Backend CA');
const folder = mkdtempSync(join(tmpdir(), 'loadstar-envoy-proxy-'));
let backend: TlsBackend;
let envoy: Envoy;

const gatewayOf = (name: string, port: number): Manifest => {
  const one = build.gateway(name, [build.listener('http', port)]);
  const parametersRef = { group: 'gateway.envoyproxy.io', kind: 'EnvoyProxy', name };
  return { ...one, spec: { ...one.spec, infrastructure: { parametersRef } } };
};
const proxy = (name: string, spec: Manifest): Manifest => ({
  apiVersion: 'gateway.envoyproxy.io/v1alpha1',
  kind: 'EnvoyProxy',
  metadata: { name },
  spec,
});
const certificate = { clientCertificateRef: { name: 'client' } };

before(async () => {
  const right = issue({ name: 'shop', dnsNames: ['shop.internal'], issuer: ca });
  const asking = { requestCert: true, rejectUnauthorized: true, ca: ca.certificate };
  backend = await startTlsBackend('127.0.0.43', right, asking);
  const to = { backendRefs: [build.ref('shop')] };
  const manifests = [
    build.gatewayClass,
    gatewayOf('newer', 28_314),
    gatewayOf('older', 28_315),
    gatewayOf('nothing', 28_316),
    proxy('newer', { backendTLS: certificate }),
    proxy('older', { backendTLS: { ...certificate, maxVersion: '1.2' }, preserveRouteOrder: true }),
    proxy('nothing', { backendTLS: { maxVersion: '1.2' } }),
    tlsSecret('client', issue({ name: 'envoy', issuer: ca })),
    ...service('shop', [backend]),
    build.httpRoute(
      'shop',
      [
        build.rule('/', to),
        {
          matches: [{ path: { value: '/late' } }],
          filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https' } }],
        },
      ],
      { parentRefs: ['newer', 'older', 'nothing'].map((name) => ({ name })) },
    ),
    build.backendTlsPolicy('shop', { group: '', kind: 'Service', name: 'shop' }),
    authorityMap('ca', ca),
  ];
  envoy = await Envoy.start(await translateInto(folder, manifests));
});
after(async () => {
  await envoy?.stop();
  await backend?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const ask = (gateway: string, path: string) =>
  http1({ port: envoy.port(`default/${gateway}/http`), path, headers: [['host', 'www.example.com']] });

test('each Gateway calls the backend as its EnvoyProxy says', async () => {
  for (const [gateway, expected] of [
    ['newer', [200, 'TLSv1.3', 'envoy']],
    ['older', [200, 'TLSv1.2', 'envoy']],
    ['nothing', [503, undefined, undefined]],
  ] as const) {
    const { status, headers } = await ask(gateway, '/');
    assert.deepEqual([status, headers['x-tls']?.[0], headers['x-client']?.[0]], expected, gateway);
  }
});

test('routes are tried by what they ask for, or as they are written', async () => {
  assert.equal((await ask('newer', '/late')).status, 302);
  assert.equal((await ask('older', '/late')).status, 200);
});
