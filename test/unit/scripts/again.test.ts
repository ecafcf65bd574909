/** A second try, alone, for what failed beside others: scripts/again.mjs, with node's runner and by cases. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

interface Outcome {
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly name: string;
  readonly file?: string;
  readonly broken?: boolean;
}
interface Result {
  readonly outcomes: readonly Outcome[];
  readonly unsteady: readonly Outcome[];
  readonly why?: string;
}
type Again = (
  outcomes: readonly Outcome[],
  mayRun: (of: Outcome) => boolean,
  run: (file: string, ms: number) => readonly Outcome[],
) => Result;

const scripts = resolve(dirname(fileURLToPath(import.meta.url)), '../../../scripts');
const { again, FILES_AGAIN } = (await import(join(scripts, 'again.mjs'))) as {
  again: Again;
  FILES_AGAIN: number;
};
const names = (of: readonly Outcome[]): string[] => of.map(({ name }) => name).sort();
const failed = ({ outcomes }: Result): Outcome[] => outcomes.filter(({ outcome }) => outcome === 'failed');

/** What node's runner makes of these files: the text of each by its name. */
function played(files: Record<string, string>, ms = 120_000): Result {
  const folder = mkdtempSync(join(tmpdir(), 'loadstar-again-'));
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  for (const [name, text] of Object.entries(files))
    write(
      `${name}.test.mjs`,
      `import { after, describe, test } from 'node:test';
       import { setTimeout as sleep } from 'node:timers/promises';
       import { existsSync, writeFileSync } from 'node:fs';
       const mark = ${JSON.stringify(join(folder, name))};
       const isFirst = !existsSync(mark);
       writeFileSync(mark, '');
       ${text}`,
    );
  const result = join(folder, 'result.json');
  const main = join(folder, 'main.mjs');
  write(
    'main.mjs',
    `import { writeFileSync } from 'node:fs';
     import { again } from ${JSON.stringify(join(scripts, 'again.mjs'))};
     import { nodeTests } from ${JSON.stringify(join(scripts, 'node-tests.mjs'))};
     const first = nodeTests(process.argv.slice(2), { concurrency: 2, ms: ${ms} });
     const alone = (file, ms) => nodeTests([file], { concurrency: 1, ms });
     writeFileSync(${JSON.stringify(result)}, JSON.stringify(again(first, () => true, alone)));`,
  );
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const args = [main, ...Object.keys(files).map((name) => join(folder, `${name}.test.mjs`))];
  try {
    execFileSync(process.execPath, args, { env, stdio: 'ignore', timeout: 240_000 });
    return JSON.parse(readFileSync(result, 'utf8')) as Result;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const once = `test('fails once', () => { if (isFirst) throw new Error('first'); });`;

test('what passes alone is unsteady, what fails alone is failed, and each test counts once', () => {
  const result = played({
    once: `${once} test('steady', () => {});`,
    always: `test('always', () => { throw new Error('always'); }); test('beside it', () => {});`,
    well: `test('well', () => {});`,
  });
  assert.deepEqual(names(result.unsteady), ['fails once']);
  assert.deepEqual(names(failed(result)), ['always']);
  assert.deepEqual(names(result.outcomes), ['always', 'beside it', 'fails once', 'steady', 'well']);
});

const hook = `after(() => { if (isFirst) throw new Error(); });`;
const exit = `if (isFirst) process.exit(0);`;
const kill = `process.kill(process.pid, 'SIGKILL');`;
for (const [what, text] of [
  ['is ended by a signal', `test('b', async () => { if (isFirst) ${kill} });`],
  ['is ended after a test failed', `${once} test('b', async () => { if (isFirst) ${kill} });`],
  ['does not load', `if (isFirst) throw new Error('at load'); test('b', () => {});`],
  ['has a suite whose hook fails', `describe('bad.test.mjs', () => { ${hook} test('b', () => {}); });`],
  [
    'is ended by a test, as if all were well',
    `test('a', () => {}); test('b', async () => { await sleep(100); ${exit} });`,
  ],
  ['has no test', `if (!isFirst) test('b', () => {});`],
  ['hangs', `test('b', () => isFirst && new Promise((end) => setTimeout(end, 3_600_000)));`],
] as const)
  test(`a file that ${what} gets no second try`, () => {
    const result = played({ once, bad: text }, what === 'hangs' ? 4_000 : undefined);
    assert.deepEqual(result.unsteady, []);
    assert.ok(failed(result).some(({ name, broken }) => broken && name.includes('bad.test.mjs')));
    assert.ok(failed(result).length >= 2, JSON.stringify(result));
  });

test('a file that its only test ends counts as one failure', () => {
  const text = `test('b', async () => { await sleep(100); process.exit(0); });`;
  assert.equal(failed(played({ bad: text })).length, 1);
});

const outcome = (file: string, outcome: Outcome['outcome'], name = file): Outcome => ({
  outcome,
  name,
  file,
});
const files = (count: number): string[] => Array.from({ length: count }, (_, i) => `f${i}`);
const allFail = (count: number): Outcome[] => files(count).map((file) => outcome(file, 'failed'));
const pass = (file: string): Outcome[] => [outcome(file, 'passed')];

test(`${FILES_AGAIN} files are run again, one more is no accident`, () => {
  const few = again(allFail(FILES_AGAIN), () => true, pass);
  assert.deepEqual([names(few.unsteady), failed(few)], [files(FILES_AGAIN), []]);
  const many = again(
    allFail(FILES_AGAIN + 1),
    () => true,
    () => assert.fail('run again'),
  );
  assert.deepEqual([many.unsteady, failed(many).length], [[], FILES_AGAIN + 1]);
  assert.match(many.why as string, /6 files failed, more than 5/);
});

test('one failure of another suite, and nothing is run again', () => {
  const result = again(
    allFail(2),
    ({ file }) => file !== 'f1',
    () => assert.fail('run again'),
  );
  assert.deepEqual([result.unsteady, names(failed(result))], [[], ['f0', 'f1']]);
});

test('a test that is skipped or missing alone stays failed, one that fails alone only is failed', () => {
  for (const [second, wanted] of [
    [[outcome('f0', 'skipped')], ['f0']],
    [[], ['f0']],
    [[outcome('f0', 'passed'), outcome('f0', 'failed')], ['f0']],
    [[outcome('f0', 'passed'), outcome('f0', 'failed', 'another')], ['another']],
  ] as const) {
    const result = again(
      allFail(1),
      () => true,
      () => second,
    );
    assert.deepEqual(names(failed(result)), wanted);
  }
});

test('of two with one name, one is missing alone: the other is not taken for it', () => {
  const two = [outcome('f0', 'passed'), outcome('f0', 'failed')];
  const result = again(two, () => true, pass);
  assert.deepEqual([result.unsteady, names(failed(result))], [[], ['f0']]);
});
