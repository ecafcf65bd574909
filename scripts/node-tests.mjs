// Files of tests in node's runner: the spec report goes to the terminal, each outcome is returned.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** A file of tests that takes longer hangs: it is ended and counts as failed. None takes a third of it. */
const FILE_MS = 15 * 60_000;

/** `concurrency` files at a time; `before`: what to put before the command. */
export function nodeTests(files, { concurrency, ms = FILE_MS, before = [], env = process.env }) {
  const folder = mkdtempSync(join(tmpdir(), 'loadstar-test-'));
  const counts = join(folder, 'counts');
  const [program, ...args] = [
    ...before,
    process.execPath,
    ...['--import', 'tsx', '--test', `--test-concurrency=${concurrency}`, `--test-timeout=${ms}`],
    ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
    `--test-reporter=${join(root, 'scripts/count-reporter.mjs')}`,
    `--test-reporter-destination=${counts}`,
    ...files,
  ];
  const { status } = spawnSync(program, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
  const lines = existsSync(counts) ? readFileSync(counts, 'utf8').split('\n').filter(Boolean) : [];
  rmSync(folder, { recursive: true, force: true });
  const outcomes = lines.map((line) => JSON.parse(line));
  const isTold = outcomes.some(({ outcome }) => outcome === 'failed');
  if (status !== 0 && !(status === 1 && isTold))
    outcomes.push({ outcome: 'failed', name: `the test runner ended with ${status}`, broken: true });
  return outcomes;
}
