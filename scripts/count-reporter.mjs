// Reporter of node's test runner: one JSON line per outcome that the total needs, for scripts/node-tests.mjs.
// A suite is no test, but fails where its own text or hooks do. `broken` is what no second try may mend: a
// whole file that ended badly, hung, did not load or told of no test, a suite, and a test that hung.
import { resolve } from 'node:path';

/** How a test fails that ran to its end: it, a part of it, or what prepares it. */
const ran = new Set(['testCodeFailure', 'subtestsFailed', 'hookFailed']);

export default async function* count(source) {
  const open = new Map();
  const ended = new Set();
  for await (const { type, data } of source) {
    if (!['test:enqueue', 'test:complete', 'test:pass', 'test:fail'].includes(type)) continue;
    const error = data.details?.error;
    const isFile = data.file !== undefined && resolve(data.name) === data.file;
    const step = { 'test:enqueue': 1, 'test:complete': -1 }[type] ?? 0;
    if (!isFile && data.nesting === 0) open.set(data.file, (open.get(data.file) ?? 0) + step);
    if (type === 'test:complete' && isFile && wasEnded(error, open.get(data.file))) {
      ended.add(data.file);
      yield line({ outcome: 'failed', name: `${data.name} ended early`, file: data.file, broken: true });
    }
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    if (isFile && ended.has(data.file)) continue;
    const skip = data.skip === undefined ? undefined : data.skip === true ? 'no reason given' : data.skip;
    const hasPassed = type === 'test:pass' && !isFile;
    const isSuite = data.details?.type === 'suite';
    if (isSuite && skip === undefined && (hasPassed || error?.failureType === 'subtestsFailed')) continue;
    // On Node 20 a file is reported as a test with its name when it fails to load, ends badly, or is silent.
    const outcome = skip !== undefined ? 'skipped' : hasPassed ? 'passed' : 'failed';
    const broken = outcome === 'failed' && (isFile || isSuite || !ran.has(error?.failureType));
    const name = isFile && type === 'test:pass' ? `${data.name} told of no test` : data.name;
    yield line({ outcome, name, file: data.file, reason: skip, broken });
  }
}

/**
 * Of a file that was ended after one of its tests failed, the runner reports that test alone; of one that a
 * test ended, with 0, those before it.
 */
const wasEnded = (error, open = 0) =>
  error === undefined ? open > 0 : error.failureType === 'subtestsFailed' && error.exitCode !== 1;

const line = (outcome) => `${JSON.stringify(outcome)}\n`;
