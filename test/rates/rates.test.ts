/**
 * Reports without a rate, through dist/loadstar.wasm and a model of Envoy's balancer: hosts end up equally
 * busy where utilization follows load, and come home where it does not. Seeds are fixed, time is simulated:
 * the same figures at each run.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { share, unevenness } from './measure.ts';
import { run } from './run.ts';
import { balances, fixedReports } from './scenarios.ts';
import { balance, returns } from './table.ts';

/** Each of these is a second or so; `npm run rates` tries all. */
const some = [
  'a third of the capacity',
  'ten times the capacity',
  'a tenth, idle at 0.2',
  'a tenth, averaged with 5 s',
  'a third, noise of 10 %',
  'a third, four workers',
  'a third, two Envoys with 10 and 90 % of the requests',
  'a host joins, of unequal ones',
];

for (const name of some) {
  test(`equally busy: ${name}`, (t) => {
    const one = balances.find((balance) => balance.name === name)!;
    const { end, settle, swing } = balance(one, 1);
    t.diagnostic(`busiest to least ${end.toFixed(2)}, after ${settle} s, swing ${swing.toFixed(3)}`);
    assert.ok(end <= one.most, `busiest to least ${end}, more than ${one.most}`);
    assert.ok(settle <= 15, `settled after ${settle} s`);
    assert.ok(swing < 0.1, `a share swings by ${swing}`);
  });
}

test('equally busy: workers that start together, with timers that are late by chance', (t) => {
  const hosts = [300, 300, 300, 100].map((capacity) => ({ capacity }));
  for (const workers of [2, 4]) {
    const result = run({ hosts, rate: 300, seconds: 90, workers, late: 0.01 }, 1);
    const windows = Array.from({ length: 24 }, (_, i) => unevenness(result, 15 + 3 * i, 21 + 3 * i));
    const worst = Math.max(...windows);
    t.diagnostic(`${workers} workers: busiest to least at most ${worst.toFixed(2)}`);
    // It was up to 1.4 when all ticked at the same moments.
    assert.ok(worst < 1.15, `${workers} workers: ${worst}`);
  }
});

for (const one of fixedReports.slice(0, 2)) {
  test(`comes home: ${one.name}`, (t) => {
    const { busy, back } = returns(one, 1);
    t.diagnostic(`share ${busy.toFixed(3)}, then ${back.toFixed(3)}`);
    assert.ok(busy > 0.01 && busy < 0.1, `a share of ${busy}`);
    assert.ok(back > 0.23 && back < 0.27, `a share of ${back} when even again`);
  });
}

test('a constant lie among hosts that follow their load draws at most 4 / 7', () => {
  const honest = { capacity: 225 };
  const result = run({ hosts: [honest, honest, honest, { fixed: 0.01 }], rate: 450, seconds: 60 }, 1);
  assert.ok(share(result, 3, 40, 60) < 4 / 7 + 0.01);
});

test('the simulation itself: reports with a rate of their own balance, with the filter and without', () => {
  const hosts = [300, 300, 300, 100].map((capacity) => ({ capacity, ownRate: true }));
  for (const native of [false, true])
    assert.ok(unevenness(run({ hosts, rate: 450, seconds: 30, native }, 1), 20, 30) < 1.05);
});
