/**
 * What changes for clients in `loadstar run`: an authority and a list of revoked certificates are renewed
 * without a drain; other settings drain their listener, and the line says so.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Backend, startBackends, stopAll } from '../../../demo/fakes/backend.ts';
import { http1 } from '../../../demo/fakes/http1.ts';
import { authority, authorityMap, type Issued, issue, revocationList } from '../../support/certificates.ts';
import { eventually } from '../../support/eventually.ts';
import { LiveRun } from '../../support/live-run.ts';
import { clientPolicy, type Manifest } from '../../support/manifests.ts';
import { askTls } from '../../support/tls-client.ts';
import { manifests, NAMES, ca as serverCa } from './world.ts';

const ports = { http: 18_085, https: 18_448 };
const [first, second] = [authority('First CA'), authority('Second CA')];
const [one, two, three] = [
  issue({ name: 'one', issuer: first }),
  issue({ name: 'two', issuer: second }),
  issue({ name: 'three', issuer: second }),
];
const validation = {
  caCertificateRefs: [{ kind: 'ConfigMap', name: 'clients' }],
  crl: { refs: [{ kind: 'ConfigMap', name: 'revoked' }] },
};
let hosts: Backend[] = [];
before(async () => {
  hosts = await startBackends(['127.0.0.11']);
});
after(() => stopAll(hosts));

const crl = (issuer: Issued, ...revoked: Issued[]): Manifest => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'revoked' },
  data: { 'ca.crl': revocationList(issuer, revoked) },
});
const world = (trusted: Issued, list: Manifest, hops = 1): Manifest[] => [
  ...manifests({ hosts, ports }),
  authorityMap('clients', trusted),
  list,
  clientPolicy({ tls: { clientValidation: validation } }, 'shop', 'mtls'),
  clientPolicy({ clientIPDetection: { xForwardedFor: { numTrustedHops: hops } } }, 'http', 'hops'),
];
const ask = (shown: Issued) =>
  askTls({ port: ports.https, ca: serverCa.certificate, name: NAMES.shop, shown });

test('authorities and revoked certificates are renewed without a drain', async () => {
  const run = await LiveRun.start(world(first, crl(first)));
  try {
    assert.equal((await ask(one)).status, 200);
    await assert.rejects(ask(two));
    const line = await run.change(world(second, crl(second)));
    assert.match(line, /authority in ConfigMap default\/clients renewed/);
    assert.doesNotMatch(line, /drains/);
    await eventually('the new authority is believed', async () => assert.equal((await ask(two)).status, 200));
    await assert.rejects(ask(one));
    assert.equal((await ask(three)).status, 200);
    const revoked = await run.change(world(second, crl(second, three)));
    assert.doesNotMatch(revoked, /drains/);
    await eventually('the certificate counts no longer', () => assert.rejects(ask(three)));
    assert.equal((await ask(two)).status, 200);
    assert.equal((await http1({ port: ports.http })).status, 301);

    const other = await run.change(world(second, crl(second, three), 2));
    assert.match(other, /listener default\/eg\/http drains/);
    assert.match(
      other,
      /listener default\/eg\/http treats clients otherwise \(ClientTrafficPolicy default\/hops\)/,
    );
    assert.doesNotMatch(other, /shop drains/);
    assert.equal((await ask(two)).status, 200);

    // What cannot be verified changes nothing.
    await run.change(world(second, { ...crl(second), data: { 'ca.crl': 'x' } }), /what Envoy has stays/);
    assert.equal((await ask(two)).status, 200);
    await assert.rejects(ask(three));
  } finally {
    await run.stop();
  }
});
