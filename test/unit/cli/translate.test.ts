/**
 * `translate` and `check` as commands: exit codes, what goes where, files. What they translate is tested
 * elsewhere.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse, stringify } from 'yaml';
import { cli } from '../../../host/cli/cli.ts';
import { issue, tlsSecret } from '../../support/certificates.ts';
import { inFolder, run } from './run-cli.ts';
import { refused, shop } from './shop.ts';

const native = ['--engine', 'native'];

test('manifests from standard input, configuration to standard output', async () => {
  const { code, stdout, stderr } = await run(['translate', '-f', '-', ...native], shop);
  assert.equal(
    stderr,
    'loadstar: listener default/eg/http, port 80, bound as 10080 (--privileged-ports binds ports below 1024 as they stand)\n',
  );
  assert.equal(code, 0);
  const [cluster] = parse(stdout).static_resources.clusters;
  assert.equal(cluster.name, 'httproute/default/shop/rule/0');
});

test('a folder, a file and standard input are one input', async () => {
  await inFolder(async (folder) => {
    const documents = shop.split('---\n');
    writeFileSync(join(folder, 'a.yaml'), documents.slice(0, 2).join('---\n'));
    writeFileSync(join(folder, 'b.yml'), documents[2]!);
    writeFileSync(join(folder, 'notes.txt'), 'not: a manifest');
    const argv = ['translate', '-f', folder, '-f', '-', ...native];
    const whole = await run(['translate', '-f', '-', ...native], shop);
    assert.equal((await run(argv, documents.slice(3).join('---\n'))).stdout, whole.stdout);
  });
});

test('JSON is the same configuration', async () => {
  const yaml = await run(['translate', '-f', '-', ...native], shop);
  const json = await run(['translate', '-f', '-', '--format', 'json', ...native], shop);
  assert.deepEqual(JSON.parse(json.stdout), parse(yaml.stdout));
});

test('the stages before it: resources, then the plan', async () => {
  const model = parse((await run(['translate', '-f', '-', '--stage', 'model', ...native], shop)).stdout);
  assert.equal(model.httpRoutes[0].metadata.name, 'shop');
  const plan = parse((await run(['translate', '-f', '-', '--stage', 'plan', ...native], shop)).stdout);
  assert.equal(plan.pools[0].balancer.kind, 'maglev');
  assert.match(plan.pools[0].from.at, /^<stdin>:\d+:\d+$/);
});

test('the filter is named by an absolute path; without one, what to do is said', async () => {
  const found = await run(['translate', '-f', '-', '--wasm', 'x/y.wasm'], shop);
  assert.match(found.stdout, new RegExp(`filename: ${process.cwd()}/x/y\\.wasm`));
  const missing = await run(['translate', '-f', '-'], shop);
  assert.equal(missing.code, 3);
  assert.match(missing.stderr, /the filter is missing: .*--wasm PATH.*--engine native/);
});

test('refused: code 1, nothing is written, the file is as it was', async () => {
  await inFolder(async (folder) => {
    const file = join(folder, 'envoy.yaml');
    writeFileSync(file, 'old');
    const { code, stdout, stderr } = await run(['translate', '-f', '-', '-o', file, ...native], refused);
    assert.equal(code, 1);
    assert.equal(stdout, '');
    assert.match(stderr, /^<stdin>:\d+:\d+: error: /m);
    assert.match(stderr, /1 error; nothing was written/);
    assert.equal(readFileSync(file, 'utf8'), 'old');
    assert.deepEqual(readdirSync(folder), ['envoy.yaml']);
  });
});

test('--keep-going writes the rest, and its route answers 500', async () => {
  const { code, stdout, stderr } = await run(['translate', '-f', '-', '--keep-going', ...native], refused);
  assert.equal(code, 1);
  assert.match(stderr, /the rest was written/);
  assert.match(stdout, /direct_response:\n\s+status: 500/);
});

test('--format json gives the messages as data', async () => {
  const { code, stdout, stderr } = await run(
    ['translate', '-f', '-', '--format', 'json', ...native],
    refused,
  );
  assert.equal(code, 1);
  assert.equal(stdout, '');
  const [found] = JSON.parse(stderr);
  assert.equal(found.severity, 'error');
  assert.equal(found.value, 1024);
  assert.equal(found.at.file, '<stdin>');
});

test('a field that is not translated: a warning, with --strict a refusal', async () => {
  const text = shop.replace('  loadBalancer:', '  telemetry: {}\n  loadBalancer:');
  const lenient = await run(['translate', '-f', '-', ...native], text);
  assert.equal(lenient.code, 0);
  assert.match(lenient.stderr, /warning: .*telemetry/);
  assert.notEqual(lenient.stdout, '');
  const strict = await run(['translate', '-f', '-', '--strict', ...native], text);
  assert.equal(strict.code, 1);
  assert.match(strict.stderr, /error: .*telemetry/);
});

test('--strict refuses whatever is not translated: kinds and listeners too', async () => {
  const other =
    '---\napiVersion: gateway.envoyproxy.io/v1alpha1\nkind: EnvoyGateway\nmetadata: {name: s}\nspec: {}\n';
  const listener = '  - {name: odd, protocol: SCTP, port: 9000}\n';
  const text = `${shop.replace('  listeners:\n', `  listeners:\n${listener}`)}${other}`;
  const lenient = await run(['translate', '-f', '-', ...native], text);
  assert.equal(lenient.code, 0);
  for (const code of ['kind-not-translated', 'listener-not-translated'])
    assert.match(lenient.stderr, new RegExp(`warning: .*${code}`));
  const strict = await run(['translate', '-f', '-', '--strict', ...native], text);
  assert.deepEqual([strict.code, strict.stdout], [1, '']);
  for (const code of ['kind-not-translated', 'listener-not-translated'])
    assert.match(strict.stderr, new RegExp(`error: .*${code}`));
});

test('-o replaces a file at once: its mode and a link to it stay', async () => {
  await inFolder(async (folder) => {
    const [file, link] = [join(folder, 'envoy.yaml'), join(folder, 'link.yaml')];
    writeFileSync(file, 'old');
    chmodSync(file, 0o600);
    symlinkSync(file, link);
    const before = statSync(file).ino;
    const { code, stdout } = await run(['translate', '-f', '-', '-o', link, ...native], shop);
    assert.equal(code, 0);
    assert.equal(stdout, '');
    assert.notEqual(statSync(file).ino, before, 'written in place, so that a reader could see half of it');
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.ok(lstatSync(link).isSymbolicLink());
    assert.match(readFileSync(file, 'utf8'), /^node:/);
    assert.deepEqual(readdirSync(folder).sort(), ['envoy.yaml', 'link.yaml']);
  });
});

test('-o writes to a pipe or a device, and leaves it one', async () => {
  await inFolder(async (folder) => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const reader = spawn('cat', [pipe], { stdio: ['ignore', 'pipe', 'inherit'] });
    const read = reader.stdout.toArray();
    const { code } = await run(['translate', '-f', '-', '-o', pipe, ...native], shop);
    assert.equal(code, 0);
    assert.ok(lstatSync(pipe).isFIFO());
    assert.match(Buffer.concat(await read).toString(), /^node:/);
    assert.deepEqual(readdirSync(folder), ['pipe']);
  });
});

test('-o that is a pipe or standard output: no key beside it, only in --tls-dir', async () => {
  const listener = '  - {name: https, protocol: HTTPS, port: 443, tls: {certificateRefs: [{name: shop}]}}\n';
  const secret = stringify(tlsSecret('shop', issue({ name: 'shop', dnsNames: ['shop.example.com'] })));
  const secure = `${shop.replace('  listeners:\n', `  listeners:\n${listener}`)}---\n${secret}`;
  await inFolder(async (folder) => {
    const [device, pipe, keys] = [join(folder, 'device'), join(folder, 'pipe'), join(folder, 'keys')];
    symlinkSync('/dev/null', device);
    execFileSync('mkfifo', [pipe]);
    for (const output of [device, pipe, '-', '/dev/stdout', '/dev/fd/1', '/proc/self/fd/1']) {
      const { code, stderr } = await run(['translate', '-f', '-', '-o', output, ...native], secure);
      assert.equal(code, 2, output);
      assert.match(stderr, /private keys, passwords, API keys\) is never printed: .*--tls-dir DIR/);
    }
    const argv = ['translate', '-f', '-', '-o', device, '--tls-dir', keys, ...native];
    assert.equal((await run(argv, secure)).code, 0);
    assert.deepEqual(readdirSync(folder).sort(), ['device', 'keys', 'pipe']);
    assert.ok(lstatSync('/dev/null').isCharacterDevice());
    assert.deepEqual(readdirSync(keys).length, 3);
  });
});

test('a place that cannot be written is a failure of the surroundings', async () => {
  await inFolder(async (folder) => {
    const { code, stderr } = await run(
      ['translate', '-f', '-', '-o', join(folder, 'no/envoy.yaml'), ...native],
      shop,
    );
    assert.equal(code, 3);
    assert.match(stderr, /cannot write .*: its folder does not exist/);
    assert.equal(existsSync(join(folder, 'no')), false);
  });
});

test('a path that does not exist is a refused input, and the others are read all the same', async () => {
  const { code, stderr } = await run(['translate', '-f', '/no/such/path', '-f', '-', ...native], refused);
  assert.equal(code, 1);
  assert.match(stderr, /\/no\/such\/path does not exist/);
  assert.match(stderr, /1024/);
});

test('an exception that is our mistake is one line, code 3', async () => {
  let stderr = '';
  const code = await cli(['--version'], {
    stdout: () => {
      throw new TypeError('x is not a function\nat somewhere');
    },
    stderr: (text) => {
      stderr += text;
    },
    stdin: async () => '',
    env: {},
    color: false,
    home: '/nowhere/dist',
    version: '1.2.3',
    onStop: () => () => {},
  });
  assert.equal(code, 3);
  assert.match(stderr, /^loadstar: x is not a function \(this is a bug in loadstar 1\.2\.3; .*\)\n$/);
});
