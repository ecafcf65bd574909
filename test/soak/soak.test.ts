/**
 * The short soak: 20,000 requests on all routes, hostile ones among them, through two workers. The long one:
 * npm run soak.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { laterGrowth, soak } from './run.ts';

test('20,000 requests: no 5xx, nothing internal is seen, no VM dies', async (t) => {
  const { tally, answered, memory, stats, log } = await soak({ requests: 20_000, seconds: 600, seed: 7 });
  t.diagnostic(`${JSON.stringify(tally.statuses)}, ${tally.reconnects} closed without an answer`);
  t.diagnostic(`memory ${memory.map((bytes) => Math.round(bytes / 2 ** 20)).join(' ')} MiB`);
  assert.equal(answered, 20_000);
  assert.equal(tally.reconnects, 0);
  assert.deepEqual(tally.leaks, []);
  const errors = Object.keys(tally.statuses).filter((status) => Number(status) >= 500);
  assert.deepEqual(errors, []);
  assert.ok((tally.statuses[200] ?? 0) > 18_000, 'most requests are good ones');
  const count = (name: string): number => stats[name] ?? 0;
  assert.ok(count('loadstar_picks_total') > 5_000);
  assert.ok(count('loadstar_sticky_home_total') > 500);
  assert.ok(count('loadstar_reports_text_repaired_total') > 500);
  assert.ok(
    count('loadstar_reports_text_refused_total') > 20 && count('loadstar_reports_binary_refused_total') > 20,
  );
  assert.equal(count('loadstar_streams_untracked_total'), 0);
  for (const [name, n] of Object.entries(stats))
    if (name.endsWith('vm_reload_success')) assert.equal(n, 0, name);
  assert.doesNotMatch(log, /onOrcaLoadReport failed/);
});

test('growth is that of the last quarter over the third', () => {
  assert.equal(laterGrowth([1, 5, 9, 9, 9, 9, 9, 9]), 0);
  assert.equal(laterGrowth([1, 1, 1, 1, 4, 2, 9, 3]), 5);
});
