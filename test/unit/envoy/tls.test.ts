/**
 * TLS in Envoy's configuration: filter chains by server name, certificates by name, from files or over the
 * stream, and the key in nothing but its file and the bytes that Envoy gets.
 */
import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fromBinary, fromJson, type JsonValue } from '@bufbuild/protobuf';
import { removeOld, writeCertificates } from '../../../host/cli/tls-files.ts';
import { bootstrap } from '../../../host/envoy/bootstrap.ts';
import { withoutSecrets } from '../../../host/envoy/checked.ts';
import { servedSecret } from '../../../host/envoy/tls.ts';
import type { Plan } from '../../../host/plan/types.ts';
import { BootstrapSchema } from '../../../host/proto/bootstrap_pb.js';
import { SecretSchema } from '../../../host/proto/extensions/tls_pb.js';
import { encode, type Snapshot } from '../../../host/xds/encode.ts';
import { type Kind, registry } from '../../../host/xds/registry.ts';
import { resourcesOf } from '../../../host/xds/resources.ts';
import { issue, tlsSecret } from '../../support/certificates.ts';
import { inFolder } from '../cli/run-cli.ts';
import { gateway, gatewayClass, httpRoute, listener, rule, upstream, world } from '../plan/world.ts';

const shop = issue({ name: 'shop', dnsNames: ['shop.example.com'] });
const wild = issue({ name: 'wild', dnsNames: ['*.example.com'] });
const secretLine = shop.key.split('\n')[1] ?? '';

function planWith(one = shop): Plan {
  const https = (name: string, hostname?: string) =>
    listener(name, 443, { protocol: 'HTTPS', hostname, tls: { certificateRefs: [{ name }] } });
  return world(
    gatewayClass,
    upstream,
    gateway('eg', [listener('http', 80), https('shop', 'shop.example.com'), https('wild')]),
    httpRoute('r', [rule('/')], { hostnames: [] }),
    tlsSecret('shop', one),
    tlsSecret('wild', wild),
  ).plan;
}
const options = { engine: 'native', wasm: '', admin: { address: '127.0.0.1', port: 0 } } as const;

test('one listener for a port, a filter chain for each server name, and the inspector that reads it', () => {
  const { listeners } = bootstrap(planWith(), options).static_resources;
  assert.deepEqual(
    listeners.map(({ name }) => name),
    ['default/eg/http', 'default/eg/shop'],
  );
  assert.deepEqual(listeners[0]?.listener_filters, undefined);
  assert.deepEqual(
    listeners[1]?.listener_filters?.map(({ name }) => name),
    ['envoy.filters.listener.tls_inspector'],
  );
  assert.deepEqual(
    listeners[1]?.filter_chains.map(({ name, filter_chain_match }) => [
      name,
      filter_chain_match?.server_names,
    ]),
    [
      ['default/eg/shop', ['shop.example.com']],
      ['default/eg/wild', undefined],
    ],
  );
});

test('from files, and over the stream: proto/ knows every field, and the key is in none of it', () => {
  for (const tlsFolder of ['/tls', undefined]) {
    const text = JSON.stringify(bootstrap(planWith(), { ...options, tlsFolder }));
    fromJson(BootstrapSchema, JSON.parse(text) as JsonValue, { registry });
    assert.equal(text.includes('/tls/default_shop.sds.yaml'), tlsFolder !== undefined);
    assert.equal(text.includes('"initial_fetch_timeout":"0s"'), tlsFolder === undefined);
    assert.ok(!text.includes(secretLine) && !text.includes('PRIVATE KEY'));
  }
});

test('over the stream the key is in the bytes of its secret alone; a renewed one changes nothing else', () => {
  const resources = (plan: Plan) =>
    resourcesOf(
      bootstrap(plan, options),
      new Map(plan.certificates.map((one) => [one.name, servedSecret(one)])),
    );
  const versions = ({ resources }: Snapshot, kind: Kind) =>
    [...resources[kind]].map(([name, { version }]) => [name, version]);
  const before = encode(resources(planWith()));
  const sent = fromBinary(SecretSchema, before.resources.sds.get('default/shop')!.any.value);
  assert.ok(sent.type.case === 'tlsCertificate');
  const key = sent.type.value.privateKey?.specifier;
  assert.equal(Buffer.from(key?.case === 'inlineBytes' ? key.value : '').toString(), shop.key);
  assert.ok(!JSON.stringify([...resources(planWith()).sds]).includes(secretLine));
  const after = encode(resources(planWith(issue({ name: 'shop', dnsNames: ['shop.example.com'] }))), before);
  for (const kind of ['cds', 'eds', 'ecds', 'lds', 'rds'] as const)
    assert.deepEqual(versions(after, kind), versions(before, kind), kind);
  assert.notEqual(
    after.resources.sds.get('default/shop')?.version,
    before.resources.sds.get('default/shop')?.version,
  );
  assert.equal(
    after.resources.sds.get('default/wild')?.version,
    before.resources.sds.get('default/wild')?.version,
  );
});

test('a secret that nothing asks for is not published: it would never be acknowledged', () => {
  const names = ['default/shop', 'default/nobody'];
  const secrets = new Map(names.map((name) => [name, { name }]));
  assert.deepEqual([...resourcesOf(bootstrap(planWith(), options), secrets).sds.keys()], ['default/shop']);
});

test('what Envoy checks beforehand has everything but TLS', () => {
  const chains =
    withoutSecrets(bootstrap(planWith(), options)).static_resources.listeners[1]?.filter_chains ?? [];
  assert.equal(chains.length, 2);
  for (const chain of chains) {
    assert.equal(chain.transport_socket, undefined);
    assert.equal(chain.filters.length, 1);
  }
});

test('files: what did not change stays, what is old goes, what is not ours stays', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'tls');
    writeCertificates({ path, own: false }, planWith());
    const first = readdirSync(path);
    const times = () =>
      Object.fromEntries(readdirSync(path).map((file) => [file, statSync(join(path, file)).mtimeMs]));
    const before = times();
    writeFileSync(join(path, 'mine.key'), '');
    writeFileSync(join(path, 'other_gone.0123456789ab.key'), '');
    const renewed = planWith(issue({ name: 'shop', dnsNames: ['shop.example.com'] }));
    writeCertificates({ path, own: false }, renewed);
    removeOld({ path, own: false }, renewed);
    const now = readdirSync(path);
    assert.equal(now.filter((file) => first.includes(file)).length, 4);
    assert.equal(times()['default_wild.sds.yaml'], before['default_wild.sds.yaml']);
    assert.ok(now.includes('mine.key') && now.includes('other_gone.0123456789ab.key'));
    removeOld({ path, own: true }, { ...renewed, certificates: renewed.certificates.slice(1) });
    assert.deepEqual(
      readdirSync(path).filter((file) => file.includes('shop') || file.includes('gone')),
      [],
    );
    assert.ok(existsSync(join(path, 'mine.key')));
  }));

const modeOf = (path: string): number => lstatSync(path).mode & 0o777;

test('files: whatever was there, this user alone may read them, and only the own folder is closed', () =>
  inFolder(async (folder) => {
    for (const own of [true, false]) {
      const path = join(folder, String(own));
      writeCertificates({ path, own }, planWith());
      for (const file of readdirSync(path)) chmodSync(join(path, file), 0o644);
      chmodSync(path, 0o755);
      writeCertificates({ path, own }, planWith());
      assert.deepEqual(new Set(readdirSync(path).map((file) => modeOf(join(path, file)))), new Set([0o600]));
      assert.equal(modeOf(path), own ? 0o700 : 0o755);
    }
  }));

test('files: a link in the place of one is replaced, and what it leads to is not touched', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'tls');
    const elsewhere = join(folder, 'elsewhere');
    mkdirSync(elsewhere);
    writeCertificates({ path, own: true }, planWith());
    const files = readdirSync(path);
    // Every second has the content that is wanted already.
    for (const [i, file] of files.entries()) {
      renameSync(join(path, file), join(elsewhere, file));
      if (i % 2 === 0) writeFileSync(join(elsewhere, file), 'theirs');
      symlinkSync(join(elsewhere, file), join(path, file));
    }
    symlinkSync(join(folder, 'bait'), join(path, `.${files[0]}.${process.pid}.tmp`));
    const theirs = files.map((file) => readFileSync(join(elsewhere, file), 'utf8'));
    writeCertificates({ path, own: true }, planWith());
    for (const file of files) assert.ok(lstatSync(join(path, file)).isFile(), file);
    assert.deepEqual(
      files.map((file) => readFileSync(join(elsewhere, file), 'utf8')),
      theirs,
    );
    assert.ok(!existsSync(join(folder, 'bait')));
    assert.deepEqual(readdirSync(path), files);
  }));

test('files: an own folder that is a link is refused and not emptied; only regular files are removed', () =>
  inFolder(async (folder) => {
    const [path, link] = [join(folder, 'tls'), join(folder, 'link')];
    writeCertificates({ path, own: true }, planWith());
    const files = readdirSync(path);
    symlinkSync(path, link);
    assert.throws(
      () => writeCertificates({ path: link, own: true }, planWith()),
      /link is a symbolic link.*--tls-dir/,
    );
    removeOld({ path: link, own: true }, { certificates: [], authorities: [], listeners: [] });
    assert.deepEqual(readdirSync(path), files);
    // A folder that the user names may be one.
    writeCertificates({ path: link, own: false }, planWith());
    symlinkSync('nowhere', join(path, 'old_link.sds.yaml'));
    mkdirSync(join(path, 'old_folder.sds.yaml'));
    removeOld({ path, own: true }, { certificates: [], authorities: [], listeners: [] });
    assert.deepEqual(readdirSync(path).sort(), ['old_folder.sds.yaml', 'old_link.sds.yaml']);
  }));
