/**
 * Load reports without a rate on a real Envoy: four hosts whose utilization follows their load, one with a
 * third of the others' capacity. test/rates/ has more of it, simulated and as figures.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { live } from '../rates/live.ts';
import { share, unevenness } from '../rates/measure.ts';
import type { Result } from '../rates/run.ts';

/** Seconds of a window in which the hosts are to be even. */
const WINDOW = 8;
/** Envoy alone leaves them at 3; before rates were learnt it stayed at 1.44. */
const EVEN = 1.3;

const lately = (result: Result): number =>
  unevenness(result, result.seconds.length - WINDOW, result.seconds.length);

for (const workers of [1, 2]) {
  test(`hosts of unequal capacity end up equally busy, ${workers} worker(s)`, async (t) => {
    const hosts = [300, 300, 300, 100].map((capacity) => ({ capacity }));
    // On a busy machine answers and reports are late, and hosts are uneven for a while.
    const enough = (result: Result) => result.seconds.length >= 2 * WINDOW && lately(result) < EVEN;
    const result = await live({ hosts, rate: 300, seconds: 120, enough, workers, blackout: '1s' });
    const end = result.seconds.length;
    t.diagnostic(
      `after ${end} s busiest to least ${lately(result).toFixed(2)}, share ${share(result, 3, end - WINDOW, end).toFixed(3)}`,
    );
    assert.ok(lately(result) < EVEN, `busiest to least ${lately(result)} after ${end} s`);
  });
}
