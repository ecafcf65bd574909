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
    const result = await live({ hosts, rate: 300, seconds: 22, workers, blackout: '1s' });
    const uneven = unevenness(result, 12, 22);
    t.diagnostic(`busiest to least ${uneven.toFixed(2)}, share ${share(result, 3, 12, 22).toFixed(3)}`);
    // Before rates were learnt it was 1.44.
    assert.ok(uneven < 1.2, `busiest to least ${uneven}`);
  });
}
