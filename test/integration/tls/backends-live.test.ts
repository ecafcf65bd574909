/**
 * TLS to backends in `loadstar run`: authorities that are renewed under load, and what cannot be followed,
 * which changes nothing.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { http1 } from '../../../demo/fakes/http1.ts';
import * as build from '../../../demo/fakes/manifests.ts';
import { SteadyLoad } from '../../../demo/fakes/steady-load.ts';
import { authority, authorityMap, type Issued, issue } from '../../support/certificates.ts';
import { eventually } from '../../support/eventually.ts';
import { LiveRun } from '../../support/live-run.ts';
import { type Manifest, service } from '../../support/manifests.ts';
import { startTlsBackend, type TlsBackend } from '../../support/tls-backend.ts';

const PORT = 28_085;
const NAME = 'shop.internal';
const ca = authority('First CA');
const next = authority('Next CA');
const by = (issuer: Issued): Issued => issue({ name: 'shop', dnsNames: [NAME], issuer });
let backend: TlsBackend;

before(async () => {
  backend = await startTlsBackend('127.0.0.31', by(ca));
});
after(async () => {
  await backend.stop();
});

const shopPolicy = build.backendTlsPolicy(
  'shop',
  { group: '', kind: 'Service', name: 'shop', sectionName: 'http' },
  { hostname: NAME },
);
/** Each request has a connection of its own. */
const manifests = (...trusted: Issued[]): Manifest[] => [
  build.gatewayClass,
  build.gateway('eg', [build.listener('http', PORT)]),
  ...service('shop', [backend]),
  build.httpRoute('shop', [build.rule('/', { backendRefs: [build.ref('shop')] })]),
  build.policy('shop', [build.target('HTTPRoute', 'shop')], {
    circuitBreaker: { maxRequestsPerConnection: 1 },
  }),
  shopPolicy,
  ...(trusted.length === 0 ? [] : [authorityMap('ca', ...trusted)]),
];
const status = async (): Promise<number> =>
  (await http1({ port: PORT, path: '/', headers: [['host', 'www.example.com']] })).status;

async function newConnections(): Promise<void> {
  const { handshakes } = backend.seen;
  await eventually('new connections are made', () => {
    if (backend.seen.handshakes < handshakes + 25) throw new Error(`${backend.seen.handshakes}`);
  });
}

test('an authority is renewed: no new connection fails, no cluster changes', async () => {
  const run = await LiveRun.start(manifests(ca));
  const modified = async () => await run.admin.stats('cluster_manager\\.cluster_(modified|added|removed)');
  const sent = new SteadyLoad({ port: PORT, paths: ['/'], rate: 25 });
  try {
    assert.equal(await status(), 200);
    const before = await modified();
    const renewed = /authority in ConfigMap default\/ca renewed: acknowledged/;
    assert.match(await run.change(manifests(ca, next)), renewed);
    // Handshakes that began before go by what was trusted then.
    await newConnections();
    backend.use(by(next));
    await newConnections();
    assert.match(await run.change(manifests(next)), renewed);
    await newConnections();
    await sent.stop();
    assert.ok(sent.shots.length > 40);
    assert.deepEqual(sent.failed, []);
    assert.deepEqual(await modified(), before);

    // What it was before is trusted no more.
    assert.match(await run.change(manifests(ca)), renewed);
    await eventually('the renewed certificate is not believed', async () => {
      assert.equal(await status(), 503);
    });
    await run.change(manifests(next));
    await eventually('it is again', async () => {
      assert.equal(await status(), 200);
    });

    await run.change(manifests(), /what Envoy has stays/);
    assert.match(run.err, /all\.yaml:\d+:\d+: error: ConfigMap default\/ca does not exist\./);
    assert.equal(await status(), 200);
  } finally {
    await sent.stop();
    await run.stop();
  }
});

test('what cannot be followed is closed, and opens when it can: never in plain text', async () => {
  const { requests } = backend.seen;
  const run = await LiveRun.start(manifests(), ['--keep-going']);
  try {
    assert.match(run.out, /answers 500: .*configmap ca not found in namespace default/);
    assert.equal(await status(), 500);
    assert.equal(backend.seen.requests, requests);
    await run.change(manifests(next));
    assert.equal(await status(), 200);
    const broken = manifests(next).map((one) =>
      one === shopPolicy
        ? { ...shopPolicy, spec: { ...shopPolicy.spec, options: { 'example.com/pin': 'x' } } }
        : one,
    );
    await run.change(broken);
    assert.equal(await status(), 500);
  } finally {
    await run.stop();
  }
});
