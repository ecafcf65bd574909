/** `npm run live -- --quick` works, and harms nothing. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../support/cli.ts';

test('the measurements of live changes run', () => {
  const folder = mkdtempSync(join(tmpdir(), 'loadstar-live-bench-'));
  try {
    const out = join(folder, 'live.json');
    const args = ['--import', 'tsx', 'test/bench/live/main.ts', '--quick', '--out', out];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
    assert.equal(status, 0, `${stdout}${stderr}`);
    const [result] = Object.values(JSON.parse(readFileSync(out, 'utf8'))) as {
      storm: { requests: number; failed: number }[];
      pools: { effectMs: { p50: number } }[];
    }[];
    assert.equal(result?.storm.length, 7);
    for (const { requests, failed } of result?.storm ?? []) assert.ok(requests > 0 && failed === 0);
    assert.ok((result?.pools[0]?.effectMs.p50 ?? 0) > 0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
