/**
 * Format, lint and types of everything: as tests, so that `npm test` is the one command that says whether
 * main is good.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

function holds(script: string, ...args: string[]): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, [`node_modules/${script}`, ...args], {
    cwd: root,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stdout + stderr);
}

test('format and lint', () => holds('@biomejs/biome/bin/biome', 'check', '--error-on-warnings'));
test('types', () => holds('typescript/bin/tsc', '-p', '.'));
