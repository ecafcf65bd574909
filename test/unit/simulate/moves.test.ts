/**
 * Figures of a simulation: shares by weight, spread, moves and the least possible, on numbers small enough to
 * check by hand.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expectedShares } from '../../../host/filter/shares.ts';
import type { Pool } from '../../../host/plan/types.ts';
import { movesOf } from '../../../host/simulate/moves.ts';
import { simulate } from '../../../host/simulate/simulate.ts';
import { spreadOf } from '../../../host/simulate/spread.ts';
import { poolOf } from './pools.ts';

const equal = (...hosts: string[]) => hosts.map((host) => ({ host, weight: 1, share: 1 / hosts.length }));
const shares = (pool: Pool) =>
  Object.fromEntries(expectedShares(pool).map(({ host, share }) => [host, share]));

test('a host that goes: its keys had to move, others not', () => {
  const moves = movesOf(equal('a', 'b', 'c'), equal('a', 'b'), [
    { from: 'a', to: 'a', keys: 33 },
    { from: 'b', to: 'b', keys: 30 },
    { from: 'b', to: 'a', keys: 3 },
    { from: 'c', to: 'a', keys: 14 },
    { from: 'c', to: 'b', keys: 20 },
  ]);
  const { keys, moved, hostGone, hostStayed, betweenStaying, ideal, needless } = moves;
  assert.deepEqual(
    { keys, moved, hostGone, hostStayed, betweenStaying, ideal, needless },
    { keys: 100, moved: 37, hostGone: 34, hostStayed: 3, betweenStaying: 3, ideal: 34, needless: 3 },
  );
  assert.deepEqual(moves.flows[0], { from: 'c', to: 'b', keys: 20 });
});

test('a host that comes: the others must give up their part', () => {
  const { moved, hostGone, betweenStaying, ideal, needless } = movesOf(
    equal('a', 'b', 'c'),
    equal('a', 'b', 'c', 'd'),
    [
      { from: 'a', to: 'a', keys: 300 },
      { from: 'a', to: 'd', keys: 100 },
      { from: 'b', to: 'b', keys: 295 },
      { from: 'b', to: 'd', keys: 100 },
      { from: 'b', to: 'a', keys: 5 },
      { from: 'c', to: 'c', keys: 300 },
      { from: 'c', to: 'd', keys: 100 },
    ],
  );
  assert.deepEqual(
    { moved, hostGone, betweenStaying, ideal, needless },
    { moved: 305, hostGone: 0, betweenStaying: 5, ideal: 300, needless: 5 },
  );
});

test('weights that change: what the heavier ones lose must move', () => {
  const before = [
    { host: 'a', weight: 1, share: 0.5 },
    { host: 'b', weight: 1, share: 0.5 },
  ];
  const after = [
    { host: 'a', weight: 3, share: 0.75 },
    { host: 'b', weight: 1, share: 0.25 },
  ];
  const { moved, ideal, needless } = movesOf(before, after, [
    { from: 'a', to: 'a', keys: 50 },
    { from: 'b', to: 'a', keys: 26 },
    { from: 'b', to: 'b', keys: 24 },
  ]);
  assert.deepEqual({ moved, ideal, needless }, { moved: 26, ideal: 25, needless: 1 });
});

test('nothing changes, nothing moves', () => {
  const { moved, ideal, flows } = movesOf(equal('a'), equal('a'), [{ from: 'a', to: 'a', keys: 7 }]);
  assert.deepEqual({ moved, ideal, flows }, { moved: 0, ideal: 0, flows: [] });
});

test('spread: least and most are by what each ought to have', () => {
  const spread = spreadOf(
    [
      { host: 'big', weight: 8, share: 0.8 },
      { host: 'small', weight: 2, share: 0.2 },
    ],
    new Map([
      ['big', 790],
      ['small', 210],
    ]),
  );
  assert.equal(spread.least.host, 'big');
  assert.equal(spread.most.host, 'small');
  assert.ok(Math.abs(spread.most.deviation - 0.05) < 1e-9);
  assert.equal(spreadOf(equal('a', 'b'), new Map([['a', 4]])).least.keys, 0);
});

test('shares: endpoint weights, locality weights, draining and lower priorities', () => {
  assert.deepEqual(
    shares(
      poolOf([
        {
          hosts: [
            ['127.0.0.1', 1],
            ['127.0.0.2', 3],
          ],
        },
      ]),
    ),
    { '127.0.0.1:80': 0.25, '127.0.0.2:80': 0.75 },
  );
  const weighted = poolOf(
    [
      {
        weight: 80,
        hosts: [
          ['127.0.0.1', 1],
          ['127.0.0.2', 1],
        ],
      },
      { weight: 20, hosts: [['127.0.0.3', 1]] },
    ],
    true,
  );
  assert.deepEqual(shares(weighted), { '127.0.0.1:80': 0.4, '127.0.0.2:80': 0.4, '127.0.0.3:80': 0.2 });
  const plain: Pool = { ...weighted, balancer: { kind: 'least-request' } };
  assert.deepEqual(shares(plain), shares(weighted), 'the balancers without keys count them too');
  const zones = { minClusterSize: 6 };
  const byZone = { '127.0.0.1:80': 1 / 3, '127.0.0.2:80': 1 / 3, '127.0.0.3:80': 1 / 3 };
  assert.deepEqual(shares({ ...weighted, balancer: { kind: 'round-robin', zones } }), byZone);
  const zero = poolOf(
    [
      { weight: 0, hosts: [['127.0.0.1', 1]] },
      { weight: 5, hosts: [['127.0.0.2', 1]] },
    ],
    true,
  );
  assert.deepEqual(shares(zero), { '127.0.0.2:80': 1 });
  const standby = poolOf([{ hosts: [['127.0.0.1', 1]] }, { priority: 1, hosts: [['127.0.0.9', 1]] }]);
  assert.deepEqual(shares(standby), { '127.0.0.1:80': 1 });
});

test('counts of keys are requests, keys are counted once as different', () => {
  const lookup = (numbers: readonly number[]) => ({
    shares: equal('a', 'b'),
    hosts: ['a', 'b'],
    pick: (keys: readonly string[]) => keys.map((key) => numbers[Number(key)]!),
  });
  const keys = { length: 3, at: String, count: (i: number) => [10, 1, 5][i]! };
  const done: number[] = [];
  const result = simulate(keys, lookup([0, 1, 0]), lookup([0, 1, 1]), (n) => done.push(n));
  assert.deepEqual(
    [result.keys, result.distinct, result.moves?.moved, result.before.hosts.map((h) => h.keys)],
    [16, 3, 5, [15, 1]],
  );
  assert.deepEqual(done, [3]);
});
