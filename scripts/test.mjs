// Runs the suites in test/ (all, or those named) and the filter's specs, and prints the result in ONE last
// line.
//   node scripts/test.mjs [SUITE…]
// SUITE: specs, architecture, or a folder of test/ (unit, golden, integration/live, …)
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { apart } from './apart.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const total = { passed: 0, failed: 0, skipped: 0 };
const skips = [];
const failures = [];

/** Suites in the order in which a mistake is cheapest to find. What is not listed comes after. */
const order = [
  'architecture',
  'specs',
  'unit',
  'golden',
  'bench',
  'property',
  'conformance',
  'integration',
  'docs',
  'containers',
  'kubernetes',
];
/** These start an Envoy or a container per file: two at a time. */
const heavy = new Set(['conformance', 'integration', 'docs', 'containers', 'fuzz', 'soak']);
/** These have a network of their own, one file at a time. */
const alone = new Set(['kubernetes']);
/** A file of tests that takes longer hangs: it is ended and counts as failed. None takes a third of it. */
const FILE_MS = 15 * 60_000;
/** In test/, but not tests, or run by hand (`npm run test:export`). */
const notSuites = new Set(['support', 'export']);

function suites() {
  const folders = readdirSync(join(root, 'test'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !notSuites.has(entry.name))
    .map((entry) => entry.name);
  const all = [...new Set([...order, ...folders])];
  return all.filter((name) => name === 'specs' || filesOf(name).length > 0);
}

function filesOf(suite) {
  if (suite === 'architecture') return ['test/architecture.test.ts', 'test/style.test.ts'];
  return existsSync(join(root, 'test', suite)) ? testsBelow(`test/${suite}`) : [];
}

function testsBelow(folder) {
  return readdirSync(join(root, folder))
    .sort()
    .flatMap((name) => {
      const path = `${folder}/${name}`;
      if (statSync(join(root, path)).isDirectory()) return testsBelow(path);
      return name.endsWith('.test.ts') ? [path] : [];
    });
}

/** node:test; the spec report goes to the terminal, the counts come by a file. */
function nodeTests(suite, files) {
  const folder = mkdtempSync(join(tmpdir(), 'loadstar-test-'));
  const counts = join(folder, 'counts');
  const kind = suite.split('/')[0];
  const own = alone.has(kind) ? apart() : undefined;
  const [program, ...args] = [
    ...(own?.before ?? []),
    process.execPath,
    ...['--import', 'tsx', '--test', `--test-concurrency=${alone.has(kind) ? 1 : heavy.has(kind) ? 2 : 4}`],
    `--test-timeout=${FILE_MS}`,
    ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
    ...[
      `--test-reporter=${join(root, 'scripts/count-reporter.mjs')}`,
      `--test-reporter-destination=${counts}`,
    ],
    ...files,
  ];
  const { status } = spawnSync(program, args, {
    cwd: root,
    env: own?.env ?? process.env,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const lines = existsSync(counts) ? readFileSync(counts, 'utf8').split('\n').filter(Boolean) : [];
  rmSync(folder, { recursive: true, force: true });
  let failed = 0;
  for (const line of lines) {
    const { outcome, name, reason } = JSON.parse(line);
    total[outcome] += 1;
    if (outcome === 'failed') {
      failed += 1;
      failures.push(`${suite}: ${name}`);
    }
    if (outcome === 'skipped') skips.push(`${suite}: ${name} (${reason})`);
  }
  if (status !== 0 && failed === 0) crashed(suite, `the test runner ended with ${status}`);
}

/** as-pect; its own summary gives the counts: `[Tests]: passed / all`. */
function specs() {
  const bin = join(root, 'node_modules/@as-pect/cli/bin/asp.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, '--summary'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are made of them
  const text = stdout.replace(/\x1b\[[0-9;]*m/g, '');
  const lines = text.split('\n').filter((line) => line.includes('.spec.ts'));
  console.log(status === 0 ? lines.join('\n') : `${text}${stderr}`);
  const counts = /\[Tests\]:\s*(\d+)\s*\/\s*(\d+)/.exec(text);
  if (counts === null) return crashed('specs', 'as-pect gave no summary');
  const [passed, all] = [Number(counts[1]), Number(counts[2])];
  total.passed += passed;
  total.failed += all - passed;
  if (passed < all) failures.push(`specs: ${all - passed} of as-pect's ${all}`);
  else if (status !== 0) crashed('specs', `as-pect ended with ${status}`);
  return undefined;
}

function crashed(suite, why) {
  total.failed += 1;
  failures.push(`${suite}: ${why}`);
}

const named = process.argv.slice(2);
const known = suites();
const unknown = named.filter(
  (name) => !known.includes(name) && (name.startsWith('.') || filesOf(name).length === 0),
);
if (unknown.length > 0) {
  console.error(`no such suite: ${unknown.join(', ')}; there are ${known.join(', ')}`);
  process.exit(2);
}
const inner = named.filter((name) => !known.includes(name));
for (const suite of named.length > 0 ? [...known.filter((name) => named.includes(name)), ...inner] : known) {
  console.log(`\n── ${suite}`);
  if (suite === 'specs') specs();
  else nodeTests(suite, filesOf(suite));
}
console.log('');
for (const line of failures) console.log(`failed   ${line}`);
for (const line of skips) console.log(`skipped  ${line}`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;
