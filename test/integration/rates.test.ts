/**
 * Load reports without a rate on a real Envoy: four hosts whose utilization follows their load, one with a
 * third of the others' capacity. test/rates/ has more of it, simulated and as figures.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { live } from '../rates/live.ts';
import { share, unevenness } from '../rates/measure.ts';

for (const workers of [1, 2]) {
  test(`hosts of unequal capacity end up equally busy, ${workers} worker(s)`, async (t) => {
    const hosts = [300, 300, 300, 100].map((capacity) => ({ capacity }));
    const result = await live({ hosts, rate: 300, seconds: 30, workers, blackout: '1s' });
    // The calmest of three windows: on a busy machine answers and reports are late, and hosts are uneven for
    // a while.
    const windows = [12, 18, 24].map((from) => [from, from + 6] as const);
    const uneven = Math.min(...windows.map(([from, to]) => unevenness(result, from, to)));
    t.diagnostic(`busiest to least ${uneven.toFixed(2)}, share ${share(result, 3, 12, 30).toFixed(3)}`);
    // Before rates were learnt it stayed at 1.44.
    assert.ok(uneven < 1.3, `busiest to least ${uneven}`);
  });
}
