// Runs the suites in test/ (all, or those named) and the filter's specs, and prints the result in ONE last
// line.
//   node scripts/test.mjs [SUITE…]
// SUITE: specs, architecture, or a folder of test/ (unit, golden, integration/live, …)
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { again } from './again.mjs';
import { apart } from './apart.mjs';
import { nodeTests } from './node-tests.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
/** As scripts/count-reporter.mjs writes them, each with its suite. */
const outcomes = [];

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
/** These start an Envoy or a container per file: two at a time, and once more alone where a test fails. */
const heavy = new Set(['conformance', 'integration', 'docs', 'containers', 'fuzz', 'soak']);
/** These have a network of their own, one file at a time. */
const alone = new Set(['kubernetes']);
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

/** A suite's files in node's runner; those of `alone` in a network of their own. */
function nodeSuite(suite) {
  const kind = suite.split('/')[0];
  const concurrency = alone.has(kind) ? 1 : heavy.has(kind) ? 2 : 4;
  const own = alone.has(kind) ? apart() : undefined;
  const found = nodeTests(filesOf(suite), { concurrency, ...own });
  outcomes.push(...found.map((outcome) => ({ ...outcome, suite })));
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
  const add = (outcome, name, count = 1) => outcomes.push({ suite: 'specs', outcome, name, count });
  if (counts === null) return add('failed', 'as-pect gave no summary');
  const [passed, all] = [Number(counts[1]), Number(counts[2])];
  add('passed', 'specs', passed);
  if (passed < all) add('failed', `${all - passed} of as-pect's ${all}`, all - passed);
  else if (status !== 0) add('failed', `as-pect ended with ${status}`);
  return undefined;
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
  else nodeSuite(suite);
}
const isHeavy = ({ suite }) => heavy.has(suite.split('/')[0]);
const second = again(outcomes, isHeavy, (file, ms) => {
  console.log(`\n── once more, alone: ${relative(root, file)}`);
  return nodeTests([file], { concurrency: 1, ms });
});
const of = (wanted) => second.outcomes.filter(({ outcome }) => outcome === wanted);
const count = (wanted) => of(wanted).reduce((sum, { count = 1 }) => sum + count, 0);
console.log('');
for (const { suite, name } of of('failed')) console.log(`failed   ${suite}: ${name}`);
for (const { suite, name, reason } of of('skipped')) console.log(`skipped  ${suite}: ${name} (${reason})`);
for (const { suite, name } of second.unsteady)
  console.log(`unsteady ${suite}: ${name} (failed beside others, passed alone)`);
if (second.why) console.log(`nothing was run again: ${second.why}`);
console.log(`${count('passed')} passed, ${count('failed')} failed, ${count('skipped')} skipped`);
process.exitCode = count('failed') > 0 ? 1 : 0;
