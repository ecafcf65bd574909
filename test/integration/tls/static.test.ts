/**
 * HTTPS by a static configuration: what `translate` writes, as files and on a real Envoy, by clients that
 * verify the certificate.
 */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Backend, startBackends, stopAll } from '../../../demo/fakes/backend.ts';
import { http1 } from '../../../demo/fakes/http1.ts';
import { render } from '../../../demo/fakes/manifests.ts';
import { authority, type Issued, tlsSecret } from '../../support/certificates.ts';
import { type Bootstrap, Envoy } from '../../support/envoy.ts';
import { eventually } from '../../support/eventually.ts';
import type { Manifest } from '../../support/manifests.ts';
import { askTls, type TlsAnswer, TlsLoad, type TlsRequest } from '../../support/tls-client.ts';
import { type CliResult, cli } from '../../support/translate.ts';
import { ca, manifests, NAMES, newShop, shop, wild } from './world.ts';

const folder = mkdtempSync(join(tmpdir(), 'loadstar-tls-'));
const output = join(folder, 'envoy.json');
const keys = `${output}.tls`;
/** Bound as 10080 and 10443. */
const ports = { http: 80, https: 443 };
const HTTPS = 'default/eg/shop';
let hosts: Backend[] = [];
let envoy: Envoy;

const serial = ({ certificate }: Issued): string => new X509Certificate(certificate).serialNumber;
/** A line of the key's base64. */
const secretOf = ({ key }: Issued): string => key.split('\n')[1] ?? '';

function translate(all: readonly Manifest[], ...more: string[]): Promise<CliResult> {
  const input = join(folder, 'in.yaml');
  writeFileSync(input, render(all));
  return cli(['translate', '-f', input, '--format', 'json', ...more]);
}
const ask = (name: string, more: Partial<TlsRequest> = {}): Promise<TlsAnswer> =>
  askTls({ port: envoy.port(HTTPS), ca: ca.certificate, name, ...more });

before(async () => {
  hosts = await startBackends(['127.0.0.11', '127.0.0.12', '127.0.0.13']);
  const { code, stderr } = await translate(manifests({ hosts, ports }), '-o', output);
  assert.equal(code, 0, stderr);
  envoy = await Envoy.start(JSON.parse(readFileSync(output, 'utf8')) as Bootstrap);
});
after(async () => {
  await envoy?.stop();
  await stopAll(hosts);
  rmSync(folder, { recursive: true, force: true });
});

test('keys are files that only the user may read, in no other file, and in no output', async () => {
  assert.equal(statSync(keys).mode & 0o777, 0o700);
  const files = readdirSync(keys);
  assert.equal(files.length, 6);
  for (const file of files) assert.equal(statSync(join(keys, file)).mode & 0o777, 0o600, file);
  assert.ok(files.some((file) => readFileSync(join(keys, file), 'utf8').includes(secretOf(shop))));
  const dump = await envoy.admin.text('/config_dump?include_eds');
  assert.ok(dump.includes('DownstreamTlsContext'));
  const coded = Buffer.from(shop.key).toString('base64').slice(0, 80);
  for (const text of [readFileSync(output, 'utf8'), dump, envoy.log])
    for (const part of [secretOf(shop), secretOf(wild), coded]) assert.ok(!text.includes(part));
  for (const stage of ['model', 'plan']) {
    const { stdout } = await translate(manifests({ hosts, ports }), '--stage', stage);
    assert.ok(stdout.includes('hidden') && !stdout.includes(secretOf(shop)), stage);
  }
});

test('without a place for the keys nothing is printed', async () => {
  const refused = await translate(manifests({ hosts, ports }));
  assert.deepEqual([refused.code, refused.stdout], [2, '']);
  assert.match(refused.stderr, /-o FILE .* --tls-dir DIR/);
  const elsewhere = join(folder, 'elsewhere');
  const printed = await translate(manifests({ hosts, ports }), '--tls-dir', elsewhere);
  assert.equal(printed.code, 0);
  assert.ok(printed.stdout.includes(join(elsewhere, 'default_shop.sds.yaml')));
  assert.equal(readdirSync(elsewhere).length, 6);
});

test('a server name leads to its listener, and HTTP/2 or HTTP/1.1 is spoken as the client offers', async () => {
  const both = await ask(NAMES.shop, { alpn: ['h2', 'http/1.1'] });
  assert.deepEqual([both.status, both.alpn, both.version], [200, 'h2', 'TLSv1.3']);
  assert.equal(both.serial, serial(shop));
  assert.equal((await ask(NAMES.shop, { alpn: ['http/1.1'] })).alpn, 'http/1.1');
  const plain = await ask(NAMES.shop);
  assert.deepEqual([plain.status, plain.alpn], [200, false]);
  const other = await ask(NAMES.other, { alpn: ['h2'] });
  assert.deepEqual([other.status, other.serial], [200, serial(wild)]);
});

test('TLS 1.2 and 1.3, not 1.1', async () => {
  assert.equal((await ask(NAMES.shop, { version: 'TLSv1.2' })).version, 'TLSv1.2');
  await assert.rejects(ask(NAMES.shop, { version: 'TLSv1.1' }), /protocol version|alert|closed/);
});

test('who asks for another name, trusts another authority, or sends no name gets nothing', async () => {
  await assert.rejects(ask('a.b.example.com'), /altnames|Hostname/);
  await assert.rejects(
    ask(NAMES.shop, { ca: authority('Other CA').certificate }),
    /self.signed|unable to|signature/i,
  );
  for (const name of ['example.org', ''])
    await assert.rejects(ask(name), /ECONNRESET|closed|disconnected|hang up/);
});

test('a request for another listener is answered 421, for none 404, over HTTP/1.1 and HTTP/2', async () => {
  for (const alpn of [['h2'], ['http/1.1']]) {
    const status = async (name: string, host: string) => (await ask(name, { host, alpn })).status;
    assert.equal(await status(NAMES.other, NAMES.shop), 421);
    assert.equal(await status(NAMES.shop, NAMES.other), 421);
    assert.equal(await status(NAMES.shop, `${NAMES.other}:8443`), 421);
    assert.equal(await status(NAMES.shop, 'example.org'), 404);
    assert.equal(await status(NAMES.shop, NAMES.shop.toUpperCase()), 200);
  }
});

test('plain HTTP redirects: to the port of TLS for who named the bound port', async () => {
  const location = async (host: string): Promise<string | undefined> => {
    const answer = await http1({
      port: envoy.port('default/eg/http'),
      path: '/x?y=1',
      headers: [['host', host]],
    });
    assert.equal(answer.status, 301);
    return answer.headers.location?.[0];
  };
  assert.equal(await location(NAMES.shop), `https://${NAMES.shop}/x?y=1`);
  assert.equal(await location(`${NAMES.shop}:10080`), `https://${NAMES.shop}:10443/x?y=1`);
});

test('the filter picks the host by key and keeps its headers to itself, as in plain text', async () => {
  const homes = new Map<string, unknown>();
  for (const turn of [1, 2]) {
    for (let i = 0; i < 12; i++) {
      const headers = { 'x-key': `k${i}`, 'x-loadstar-host': Buffer.from('127.0.0.1:9').toString('base64') };
      const answer = await ask(i % 2 === 0 ? NAMES.shop : NAMES.other, { headers, alpn: ['h2'] });
      assert.equal(answer.status, 200);
      assert.equal(answer.headers['x-loadstar-host'], undefined);
      const host = answer.headers['x-backend'];
      assert.equal(homes.get(`k${i}`) ?? host, host, `turn ${turn}: k${i} moved`);
      homes.set(`k${i}`, host);
    }
  }
  assert.ok(new Set(homes.values()).size > 1);
  assert.equal((await envoy.admin.filterStats()).loadstar_picks_total, 24);
});

test('a renewed certificate is served after the next translate: no request fails, no old key stays', async () => {
  const sent = new TlsLoad({ port: envoy.port(HTTPS), ca: ca.certificate, name: NAMES.shop });
  await eventually('requests are sent', () => {
    if (sent.sent < 20) throw new Error(`${sent.sent}`);
  });
  const renewed = newShop();
  const before = readdirSync(keys);
  const { code, stderr } = await translate(manifests({ hosts, ports, certificate: renewed }), '-o', output);
  assert.equal(code, 0, stderr);
  await eventually('the new certificate is served', async () => {
    assert.equal((await ask(NAMES.shop)).serial, serial(renewed));
  });
  const seen = sent.sent;
  await eventually('requests go on', () => {
    if (sent.sent < seen + 20) throw new Error(`${sent.sent}`);
  });
  await sent.stop();
  assert.deepEqual(sent.failed, []);
  assert.deepEqual([...sent.serials].sort(), [serial(shop), serial(renewed)].sort());
  const now = readdirSync(keys);
  assert.equal(now.length, 6);
  assert.equal(before.filter((file) => now.includes(file)).length, 4, 'only the renewed one has new files');
  assert.ok(!now.some((file) => readFileSync(join(keys, file), 'utf8').includes(secretOf(shop))));
});

test('a reference that no grant permits, and a wrong certificate, are refused with their places', async () => {
  const there = [
    tlsSecret('shop', shop, { namespace: 'certs' }),
    tlsSecret('wild', { ...wild, key: shop.key }),
  ];
  const { code, stderr } = await translate(
    manifests({ hosts, ports, secrets: there }),
    '-o',
    join(folder, 'no.json'),
  );
  assert.equal(code, 1);
  const found = JSON.parse(stderr) as { code: string; at: { line: number }; message: string }[];
  assert.deepEqual(
    found.map((one) => one.code),
    ['certificate-unresolved', 'certificate-invalid'],
  );
  for (const { at } of found) assert.ok(at.line > 1);
  for (const part of [secretOf(shop), Buffer.from(shop.key).toString('base64').slice(40, 90)])
    assert.ok(!stderr.includes(part));
});
