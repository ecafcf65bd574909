// Reporter of node's test runner: one JSON line per outcome that the total needs (a suite is no test), for
// scripts/test.mjs.
export default async function* count(source) {
  for await (const { type, data } of source) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    if (data.details?.type === 'suite') continue;
    // On Node 20 a file that fails to load, or that ends badly, is reported as a test with the file's name.
    const skip = data.skip === undefined ? undefined : data.skip === true ? 'no reason given' : data.skip;
    const outcome = skip !== undefined ? 'skipped' : type === 'test:pass' ? 'passed' : 'failed';
    yield `${JSON.stringify({ outcome, name: data.name, file: data.file, reason: skip })}\n`;
  }
}
