/**
 * Format, lint and types of everything: as tests, so that `npm test` is the one command that says whether
 * main is good.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
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
test('types of the page', () => holds('typescript/bin/tsc', '-p', 'host/dashboard/page'));

/** As code, which biome wraps; it leaves comments as they are. */
const COLUMNS = 110;

test('comments are wrapped', () => {
  const { stdout } = spawnSync('git', ['ls-files', '*.ts', '*.tsx', '*.mjs'], {
    cwd: root,
    encoding: 'utf8',
  });
  const files = stdout.split('\n').filter((file) => file !== '' && !file.startsWith('host/proto/'));
  const long = files.flatMap((file) =>
    readFileSync(join(root, file), 'utf8')
      .split('\n')
      .flatMap((line, i) => {
        const isComment = /^\s*(\/\/|\/\*\*|\*) /.test(line) && !line.includes('biome-ignore');
        return isComment && [...line].length > COLUMNS ? [`${file}:${i + 1}`] : [];
      }),
  );
  assert.deepEqual(long, []);
});
