/** The Gateway API's own suite passes, and docs/gateway-api-report.yaml is what it says of this. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { missing, PROGRAMS, type Program } from '../support/files.ts';
import { runSuite } from './suite.ts';

interface Report {
  readonly date: string;
  readonly profiles: readonly { readonly name: string }[];
}

/** But for when it was written, and for the order of profiles, which is any. */
function read(path: string | URL): object {
  const { date, profiles, ...rest } = parse(readFileSync(path, 'utf8')) as Report;
  assert.match(date, /^\d{4}-/);
  return { ...rest, profiles: [...profiles].sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

test('the suite of the Gateway API', { skip: missing(Object.keys(PROGRAMS) as Program[]) }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'loadstar-gateway-api-'));
  try {
    const report = join(folder, 'report.yaml');
    const { code, output } = await runSuite(report);
    const failed = output.split('\n').filter((line) => /^\s*--- FAIL/.test(line));
    assert.deepEqual({ code, failed }, { code: 0, failed: [] }, output.slice(-20_000));
    assert.deepEqual(read(report), read(new URL('../../../docs/gateway-api-report.yaml', import.meta.url)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
