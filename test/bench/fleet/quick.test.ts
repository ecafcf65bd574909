/** `npm run fleet -- --quick` works: every Envoy gets every change, and the bytes are counted. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../support/cli.ts';
import type { FleetResult } from './fleet.ts';

test('the measurements of a fleet run', () => {
  const folder = mkdtempSync(join(tmpdir(), 'loadstar-fleet-quick-'));
  try {
    const out = join(folder, 'fleet.json');
    const args = ['--import', 'tsx', 'test/bench/fleet/main.ts', '--quick', '--out', out];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
    assert.equal(status, 0, `${stdout}${stderr}`);
    const { results } = JSON.parse(readFileSync(out, 'utf8')) as { results: FleetResult[] };
    assert.equal(results.length, 1);
    for (const { bytes, acknowledgedMs } of results) {
      assert.deepEqual(Object.keys(bytes), ['eds', 'ecds'], 'endpoints and the filter, and nothing else');
      assert.ok(acknowledgedMs.p50 > 0, stdout);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
