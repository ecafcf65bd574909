/**
 * HTTPS in `loadstar run`: certificates over the stream, renewed under load, and no key on disk or in words.
 */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Backend, startBackends, stopAll } from '../../../demo/fakes/backend.ts';
import { type Issued, tlsSecret } from '../../support/certificates.ts';
import { eventually } from '../../support/eventually.ts';
import { LiveRun } from '../../support/live-run.ts';
import { askTls, TlsLoad } from '../../support/tls-client.ts';
import { ca, manifests, NAMES, newShop, shop, wild } from './world.ts';

const ports = { http: 18_081, https: 18_444 };
let hosts: Backend[] = [];
/** Of this file's runs alone: their folders are looked through. */
const own = mkdtempSync(join(tmpdir(), 'loadstar-tls-live-'));
before(async () => {
  process.env.TMPDIR = own;
  hosts = await startBackends(['127.0.0.11', '127.0.0.12']);
});
after(async () => {
  await stopAll(hosts);
  rmSync(own, { recursive: true, force: true });
});

const serial = ({ certificate }: Issued): string => new X509Certificate(certificate).serialNumber;
const secretOf = ({ key }: Issued): string => key.split('\n')[1] ?? '';
const at = { port: ports.https, ca: ca.certificate };
const ask = (name = NAMES.shop) => askTls({ ...at, name, alpn: ['h2'] });

/** Files of run folders below the temporary folder that hold the text. */
function filesWith(text: string): string[] {
  const found: string[] = [];
  const look = (path: string) => {
    for (const { name } of readdirSync(path, { withFileTypes: true })) {
      const file = join(path, name);
      const kind = statSync(file, { throwIfNoEntry: false });
      if (kind?.isDirectory()) look(file);
      else if (kind?.isFile() && readFileSync(file, 'utf8').includes(text)) found.push(file);
    }
  };
  for (const name of readdirSync(tmpdir())) if (name.startsWith('loadstar-run-')) look(join(tmpdir(), name));
  return found;
}

test('a renewed certificate is served without a change of a listener and without a failed request', async () => {
  const run = await LiveRun.start(manifests({ hosts, ports }));
  try {
    assert.match(
      run.out,
      /listener {2}default\/eg\/shop {2}https:\/\/localhost:18444 {2}for shop\.example\.com/,
    );
    assert.equal((await ask()).serial, serial(shop));
    assert.equal((await ask(NAMES.other)).serial, serial(wild));
    const modified = async () =>
      (await run.admin.stats('listener_manager\\.(listener_modified|listener_in_place_updated)')) as object;
    const before = await modified();
    assert.equal(Object.keys(before).length, 2);
    const sent = new TlsLoad({ ...at, name: NAMES.shop });
    let renewed = shop;
    for (const turn of [1, 2, 3]) {
      const seen = sent.sent;
      await eventually('requests are sent', () => {
        if (sent.sent < seen + 20) throw new Error(`${sent.sent}`);
      });
      renewed = newShop();
      const line = await run.change(manifests({ hosts, ports, certificate: renewed }));
      assert.match(
        line,
        /certificate default\/shop renewed, valid until 20\d\d-\d\d-\d\d: acknowledged/,
        `turn ${turn}`,
      );
      await eventually('the new certificate is served', async () => {
        assert.equal((await ask()).serial, serial(renewed));
      });
    }
    await sent.stop();
    assert.deepEqual(sent.failed, []);
    assert.ok(sent.serials.has(serial(renewed)));
    assert.deepEqual(await modified(), before);

    // The key of another certificate: refused, and what is served stays.
    const wrong = [tlsSecret('shop', { ...renewed, key: wild.key }), tlsSecret('wild', wild)];
    await run.change(manifests({ hosts, ports, secrets: wrong }), /what Envoy has stays/);
    assert.match(run.err, /certificate default\/shop cannot be served: .* does not match/);
    assert.equal((await ask()).serial, serial(renewed));

    assert.equal(filesWith('DownstreamTlsContext').length, 0, 'the listener is not in a file');
    const dump = await run.admin.text('/config_dump');
    for (const { key } of [renewed, wild]) {
      const line = secretOf({ key } as Issued);
      assert.deepEqual(filesWith(line), []);
      const coded = Buffer.from(key).toString('base64').slice(40, 100);
      for (const text of [run.out, run.err, dump]) assert.ok(!text.includes(line) && !text.includes(coded));
    }
  } finally {
    await run.stop();
  }
});

test('a listener with TLS is added and removed while another goes on', async () => {
  const all = manifests({ hosts, ports });
  const isGateway = (one: object) => (one as { kind?: string }).kind === 'Gateway';
  const few = all.map((one) => {
    if (!isGateway(one)) return one;
    const { spec, ...rest } = one as { spec: { listeners: { name: string }[] } };
    return { ...rest, spec: { ...spec, listeners: spec.listeners.filter(({ name }) => name !== 'wild') } };
  });
  const run = await LiveRun.start(few, ['--keep-going']);
  try {
    assert.equal((await ask()).status, 200);
    await assert.rejects(ask(NAMES.other));
    const sent = new TlsLoad({ ...at, name: NAMES.shop });
    const line = await run.change(all);
    assert.match(line, /listener default\/eg\/wild added .*; certificate default\/wild added/);
    await eventually('it is served', async () => assert.equal((await ask(NAMES.other)).status, 200));
    assert.match(
      await run.change(few),
      /listener default\/eg\/wild removed; certificate default\/wild removed/,
    );
    await eventually('it is gone', () => assert.rejects(ask(NAMES.other)));
    await sent.stop();
    assert.deepEqual(sent.failed, []);
  } finally {
    await run.stop();
  }
});

test('with --no-watch keys are files of the run alone, and go with it', async () => {
  const run = await LiveRun.start(manifests({ hosts, ports }), ['--no-watch']);
  let files: string[] = [];
  try {
    assert.equal((await ask()).serial, serial(shop));
    files = filesWith(secretOf(shop));
    assert.equal(files.length, 1);
    assert.equal(statSync(files[0]!).mode & 0o777, 0o600);
  } finally {
    await run.stop();
  }
  assert.ok(!existsSync(files[0]!));
});
