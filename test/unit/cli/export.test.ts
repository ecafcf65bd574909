/** `loadstar export` as a user calls it: what is refused, what is lost, what is written. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { cli, wasmPath } from '../../support/translate.ts';
import { inFolder, run } from './run-cli.ts';
import { shop } from './shop.ts';

const gateway = ['export', '--to', 'envoy-gateway', '-f', '-', '--wasm', '/w.wasm'];

/** Aliases of aliases, which are very many things when they are written out. */
const bomb = [
  'a: &a [x]',
  ...[...'bcdefgh'].map((one, i) => `${one}: &${one} [${`*${'abcdefg'[i]},`.repeat(9)}]`),
].join('\n');

const wrong: readonly (readonly [readonly string[], RegExp])[] = [
  [['export', '-f', '-'], /--to is missing/],
  [['export', '--to', 'consul', '-f', '-'], /--to must be envoy-gateway/],
  [['export', '--to', 'envoy-files', '-f', '-'], /either -o DIR/],
  [['export', '--to', 'envoy-files', '-f', '-', '-o', 'x', '--check', 'x'], /either -o DIR/],
  [['export', '--to', 'envoy-files', '-f', '-', '-o', 'x', '--listener-names', 'v2'], /has no meaning/],
  [['export', '--to', 'envoy-files', '-f', '-', '-o', 'x', '--wasm', 'configmap'], /has no meaning/],
  [[...gateway, '-o', 'x', '--check', 'x'], /either -o DIR/],
  [[...gateway, '--admin', '127.0.0.1:1'], /--admin has no meaning/],
  [[...gateway, '--engine-version', '1.2'], /--engine-version must be 1\.9/],
];
for (const [argv, message] of wrong)
  test(`wrong usage: ${argv.slice(1).join(' ')}`, async () => {
    const { code, stderr, stdout } = await run(argv, shop);
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
    assert.equal(stdout, '');
  });

test('what is lost is told with its place, stands in the comment, and with --strict nothing is written', async () => {
  const args = ['export', '--to', 'envoy-gateway', '-f', '-'];
  const { code, stdout, stderr } = await cli(args, shop);
  assert.equal(code, 0, stderr);
  assert.match(
    stderr,
    /<stdin>:\d+:\d+: warning: BackendTrafficPolicy default\/\w+ loses on Envoy Gateway 1\.9/,
  );
  assert.match(stdout, /^# {3}lost +balanced by Envoy's Maglev/m);
  const strict = await cli([...args, '--strict'], shop);
  assert.equal(strict.code, 1);
  assert.equal(strict.stdout, '');
  assert.match(strict.stderr, /error: .* loses .*export-lost/);
});

test('what cannot be compared is no fault of ours', () =>
  inFolder(async (folder) => {
    for (const [name, text] of Object.entries({ 'alias.yaml': 'a: *nowhere', 'bomb.yaml': bomb })) {
      writeFileSync(join(folder, name), text);
      const { code, stderr } = await cli([...gateway, '--check', join(folder, name)], shop);
      assert.equal(code, 2, stderr);
      assert.match(stderr, /--check: /);
    }
    const { code, stderr } = await cli([...gateway, '--check', folder], shop);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /--check \S+ is a folder: name a file/);
  }));

for (const to of ['envoy-gateway', 'istio'])
  test(`${to}: nothing is told of hosts that only stand for those of Services`, async () => {
    const bare = shop
      .split('---\n')
      .filter((text) => !text.includes('kind: EndpointSlice'))
      .join('---\n')
      .replace('{name: sticky}', '{name: sticky, annotations: {loadstar/utilization-target: "0.6"}}')
      .replace(/( +)- \{name: shop, port: 3000\}/, '$&\n$1- {name: more, port: 3000}');
    const more =
      '---\napiVersion: v1\nkind: Service\nmetadata: {name: more}\nspec: {ports: [{port: 3000}]}\n';
    const { code, stdout, stderr } = await cli(['export', '--to', to, '-f', '-'], bare + more);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^# {3}(added|lost) .*sticky until hot|^# +sticky until hot/m);
    assert.doesNotMatch(stderr, /192\.0\.2|notice/);
  });

for (const to of ['envoy-gateway', 'istio'])
  test(`${to}: manifests without EndpointSlices give the same`, async () => {
    const args = ['export', '--to', to, '-f', '-'];
    const bare = shop.split('---\n').filter((text) => !text.includes('kind: EndpointSlice'));
    const [whole, without] = [await cli(args, shop), await cli(args, bare.join('---\n'))];
    assert.equal(without.stdout, whole.stdout);
    assert.match(without.stdout, /^kind: Envoy(Filter|PatchPolicy)$|ConsistentHash/m);
    assert.doesNotMatch(without.stderr, /endpoints/);
  });

test('the EnvoyProxy for the module leaves that of a class in force', async () => {
  const text = `${shop.slice(0, shop.indexOf('  loadBalancer:'))}  loadBalancer: {type: BackendUtilization, backendUtilization: {}}\n`;
  const { stdout, stderr } = await cli(['export', '--to', 'envoy-gateway', '-f', '-'], text);
  const proxies = parseAllDocuments(stdout)
    .map((one) => one.toJS())
    .filter((one) => one?.kind === 'EnvoyProxy');
  assert.deepEqual(
    proxies.map(({ spec }) => spec.mergeType),
    ['StrategicMerge'],
    stderr,
  );
});

test('a Gateway that is assumed cannot be patched', async () => {
  const routes = shop.split('---\n').filter((text) => !/^kind: Gateway/m.test(text));
  const { code, stdout, stderr } = await cli(
    ['export', '--to', 'envoy-gateway', '-f', '-'],
    routes.join('---\n'),
  );
  assert.equal(code, 1);
  assert.equal(stdout, '');
  assert.match(stderr, /error: No Gateway is in the input, and patches name/);
  assert.doesNotMatch(stderr, /assumed\.|bound as/);
});

test('files: written once, then unchanged; --check says what differs', async () => {
  await inFolder(async (folder) => {
    const [input, out] = [join(folder, 'in.yaml'), join(folder, 'out')];
    writeFileSync(input, shop);
    const args = ['export', '--to', 'envoy-files', '-f', input];
    assert.match((await cli([...args, '-o', out])).stdout, /lds\.json: written\n.*envoy\.yaml: written\n$/);
    assert.ok(readdirSync(out).some((name) => /^loadstar-pick-[0-9a-f]{10}\.wasm$/.test(name)));
    assert.doesNotMatch((await cli([...args, '-o', out])).stdout, /written|replaced/);
    assert.equal((await cli([...args, '--check', out])).code, 0);
    writeFileSync(input, shop.replaceAll('127.0.0.2', '127.0.0.3'));
    const { code, stdout } = await cli([...args, '--check', out]);
    assert.equal(code, 1);
    assert.match(stdout, /^cds\.json: \S+ differs$/m);
    assert.match(readFileSync(join(out, 'cds.json'), 'utf8'), /127\.0\.0\.2/);
  });
});

for (const to of ['envoy-files', 'envoy-gateway'])
  test(`${to}: a folder that cannot be made is told, and so is a file in its place`, async () => {
    for (const path of ['/proc/loadstar/files', '/dev/null']) {
      const { code, stderr } = await cli(['export', '--to', to, '-f', '-', '-o', path], shop);
      assert.equal(code, 3, stderr);
      assert.match(stderr, /no folder for the files: /);
    }
  });

test('files that would be read as manifests the next time are refused', async () => {
  await inFolder(async (folder) => {
    mkdirSync(join(folder, 'in'));
    writeFileSync(join(folder, 'in', 'all.yaml'), shop);
    const args = ['export', '--to', 'envoy-files', '-f', join(folder, 'in'), '-o', join(folder, 'in', 'out')];
    const { code, stderr } = await cli([...args, '--wasm', wasmPath()]);
    assert.equal(code, 2);
    assert.match(stderr, /would be read as a manifest/);
  });
});
