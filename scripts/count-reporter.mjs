// Reporter of node's test runner: one JSON line per outcome that the total needs (a suite is no test), for
// scripts/node-tests.mjs. `broken` is what no second try may mend: a whole file that ended badly, hung or did
// not load, and a test that hung.
import { resolve } from 'node:path';

/** How a test fails that ran to its end: it, a part of it, or what prepares it. */
const ran = new Set(['testCodeFailure', 'subtestsFailed', 'hookFailed']);

export default async function* count(source) {
  for await (const { type, data } of source) {
    if (!['test:complete', 'test:pass', 'test:fail'].includes(type)) continue;
    const error = data.details?.error;
    const isFile = data.file !== undefined && resolve(data.name) === data.file;
    // Of a file that was ended after one of its tests failed, the runner reports that test alone.
    const wasEnded = isFile && error?.failureType === 'subtestsFailed' && error.exitCode !== 1;
    if (type === 'test:complete' && wasEnded)
      yield line({ outcome: 'failed', name: `${data.name} ended early`, file: data.file, broken: true });
    if (type === 'test:complete' || data.details?.type === 'suite') continue;
    // On Node 20 a file that fails to load, or that ends badly, is reported as a test with the file's name.
    const skip = data.skip === undefined ? undefined : data.skip === true ? 'no reason given' : data.skip;
    const outcome = skip !== undefined ? 'skipped' : type === 'test:pass' ? 'passed' : 'failed';
    const broken = outcome === 'failed' && (isFile || !ran.has(error?.failureType));
    yield line({ outcome, name: data.name, file: data.file, reason: skip, broken });
  }
}

const line = (outcome) => `${JSON.stringify(outcome)}\n`;
