/**
 * `spec.tls.backend` of Gateways on a real Envoy: a backend that asks for a certificate is shown that of the
 * Gateway which the request came through, from a file and under `run`, renewed without a failed request.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { http1 } from '../../../demo/fakes/http1.ts';
import * as build from '../../../demo/fakes/manifests.ts';
import { SteadyLoad } from '../../../demo/fakes/steady-load.ts';
import { authority, authorityMap, issue, tlsSecret } from '../../support/certificates.ts';
import { Envoy } from '../../support/envoy.ts';
import { eventually } from '../../support/eventually.ts';
import { LiveRun } from '../../support/live-run.ts';
import { type Manifest, service } from '../../support/manifests.ts';
import { startTlsBackend, type TlsBackend } from '../../support/tls-backend.ts';
import { translateInto } from '../../support/translate.ts';

const PORTS = { one: 28_311, two: 28_312, bare: 28_313 };
const ca = authority('Backend CA');
const shown = (name: string) => issue({ name, issuer: ca });
const [first, second] = [shown('first'), shown('second')];
const folder = mkdtempSync(join(tmpdir(), 'loadstar-gateway-certificate-'));
let backend: TlsBackend;

const gateway = (name: keyof typeof PORTS, secret?: string): Manifest => {
  const one = build.gateway(name, [build.listener('http', PORTS[name])]);
  const tls = { backend: { clientCertificateRef: { name: secret } } };
  return { ...one, spec: { ...one.spec, ...(secret === undefined ? {} : { tls }) } };
};
const manifests = (one = 'first', certificate = first): Manifest[] => [
  build.gatewayClass,
  gateway('one', one),
  gateway('two', 'second'),
  gateway('bare'),
  tlsSecret('first', certificate),
  tlsSecret('second', second),
  ...service('shop', [backend]),
  build.httpRoute('shop', [build.rule('/', { backendRefs: [build.ref('shop')] })], {
    parentRefs: Object.keys(PORTS).map((name) => ({ name })),
  }),
  build.policy('shop', [build.target('HTTPRoute', 'shop')], {
    circuitBreaker: { maxRequestsPerConnection: 1 },
  }),
  build.backendTlsPolicy('shop', { group: '', kind: 'Service', name: 'shop' }),
  authorityMap('ca', ca),
];
type PortOf = (name: keyof typeof PORTS) => number;
const seenBy = async (name: keyof typeof PORTS, portOf: PortOf = (of) => PORTS[of]): Promise<string> => {
  const answer = await http1({ port: portOf(name), path: '/', headers: [['host', 'www.example.com']] });
  return `${answer.status} ${answer.headers['x-client']?.[0]}`;
};
const all = async (portOf?: PortOf) => [
  await seenBy('one', portOf),
  await seenBy('two', portOf),
  (await seenBy('bare', portOf)).slice(0, 3),
];

before(async () => {
  const right = issue({ name: 'shop', dnsNames: ['shop.internal'], issuer: ca });
  const asking = { requestCert: true, rejectUnauthorized: true, ca: ca.certificate };
  backend = await startTlsBackend('127.0.0.41', right, asking);
});
after(async () => {
  await backend?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('from a file: each Gateway shows its own, and one that has none gets no answer', async () => {
  const envoy = await Envoy.start(await translateInto(folder, manifests()));
  try {
    const portOf: PortOf = (name) => envoy.port(`default/${name}/http`);
    assert.deepEqual(await all(portOf), ['200 first', '200 second', '503']);
  } finally {
    await envoy.stop();
  }
});

test('under run: renewed, and changed to that of another Secret, without a failed request', async () => {
  const run = await LiveRun.start(manifests());
  const sent = new SteadyLoad({ port: PORTS.one, paths: ['/'], rate: 25 });
  try {
    assert.deepEqual(await all(), ['200 first', '200 second', '503']);
    await run.change(manifests('first', shown('first renewed')));
    await eventually('the renewed certificate is shown', async () => {
      assert.equal(await seenBy('one'), '200 first renewed');
    });
    await run.change(manifests('second'));
    await eventually('that of the other Secret is shown', async () => {
      assert.equal(await seenBy('one'), '200 second');
    });
    await run.change(manifests('missing'), /what Envoy has stays/);
    assert.match(run.err, /Secret default\/missing does not exist/);
    assert.equal(await seenBy('one'), '200 second');
    await eventually('there was load', () => assert.ok(sent.shots.length > 10, 'not yet'));
    await sent.stop();
    assert.deepEqual(sent.failed, []);
  } finally {
    await sent.stop();
    await run.stop();
  }
});
