/** The sticky demo's figures from traces made by hand, and its load's randomness. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomFrom, type Sent, zipf } from '../../../demo/fakes/open-load.ts';
import { parseSticky } from '../../../demo/sticky/command.ts';
import { figuresOf } from '../../../demo/sticky/figures.ts';
import { renderSvg } from '../../../demo/sticky/svg.ts';
import type { Phase, Trace } from '../../../demo/sticky/types.ts';

const phases: readonly Phase[] = [
  { name: 'warm-up', seconds: 2, warmUp: true },
  { name: 'steady', seconds: 6 },
  { name: 'slow', seconds: 2, change: 'slow' },
  { name: 'again', seconds: 6, change: 'recover' },
];
const sent = (at: number, key: number, port: number, more: Partial<Sent> = {}): Sent => ({
  at,
  key,
  port,
  hit: true,
  ms: 10,
  ...more,
});
const trace = (all: readonly Sent[]): Trace => ({
  contender: 'x',
  sent: all,
  loads: Array.from({ length: 64 }, () => [1, 3]),
  ports: [1, 2],
  lateMs: 0,
  stats: new Map(),
});
const every = (from: number, to: number, make: (at: number) => Sent): Sent[] =>
  Array.from({ length: Math.ceil((to - from) / 100) }, (_, i) => make(from + i * 100));

test('hit rate, times and failures by phase; the warm-up does not count', () => {
  const all = [
    ...every(0, 2_000, (at) => sent(at, 1, 1, { hit: false, ms: 3_000 })),
    ...every(2_000, 8_000, (at) => sent(at, 1, 1)),
    ...every(8_000, 10_000, (at) => sent(at, 1, 0, { hit: false, ms: 4_000 })),
  ];
  const { phases: [whole, steady, slow] = [], series } = figuresOf(trace(all), phases, 0);
  assert.deepEqual([whole!.requests, whole!.hitRate, whole!.failed], [80, 1, 0.25]);
  assert.deepEqual([steady!.p50, steady!.p99, steady!.failed, steady!.hottest], [10, 10, 0, 3]);
  assert.deepEqual([slow!.p99, slow!.failed], [4_000, 1]);
  assert.equal(series.length, 16);
  assert.equal(series[0]!.p99, 3_000);
});

test('keys that move, and how often', () => {
  const all = [
    ...every(2_000, 8_000, (at) => sent(at, 1, 1)),
    sent(2_000, 2, 1),
    sent(3_000, 2, 2),
    sent(4_000, 2, 1),
    sent(5_000, 3, 2),
  ];
  const { moved, flaps } = figuresOf(trace(all), phases, 0);
  assert.equal(moved, 0.5); // of the keys 1 and 2
  assert.ok(Math.abs(flaps - 2 / 3 / 0.1) < 1e-9); // two changes, three keys, a tenth of a minute
});

test('a slow host has its keys back', () => {
  const own = (at: number, port: number) => sent(at, 1, port);
  const all = [
    ...every(2_000, 8_000, (at) => own(at, 1)),
    ...every(8_000, 12_000, (at) => own(at, 2)),
    ...every(12_000, 16_000, (at) => own(at, 1)),
  ];
  assert.equal(figuresOf(trace(all), phases, 0).homeAfter, 2);
  assert.equal(figuresOf(trace(all.slice(0, 100)), phases, 0).homeAfter, undefined);
});

test('the load: the same seed, the same keys; few keys are asked for often', () => {
  const draw = (seed: number) => {
    const next = zipf(1_000, 0.9, randomFrom(seed));
    return Array.from({ length: 5_000 }, next);
  };
  assert.deepEqual(draw(1), draw(1));
  assert.notDeepEqual(draw(1), draw(2));
  const keys = draw(3);
  const first = keys.filter((key) => key === 0).length / keys.length;
  assert.ok(first > 0.07 && first < 0.13, `${first}`);
  assert.ok(keys.every((key) => key >= 0 && key < 1_000));
});

test('the picture is one document with a line for each policy', () => {
  const figures = figuresOf(trace(every(0, 16_000, (at) => sent(at, 1, 1))), phases, 0);
  const svg = renderSvg([figures, { ...figures, contender: 'a < b' }], phases);
  assert.equal(svg.match(/<polyline /g)?.length, 6);
  assert.ok(svg.includes('a &#60; b'));
  assert.ok(!svg.includes('NaN'));
});

test('arguments', () => {
  assert.equal(parseSticky(['--runs', '5']).runs, 5);
  assert.throws(() => parseSticky(['--runs', '0']), /from 1 to 100000/);
  assert.throws(() => parseSticky(['--only', 'x']), /there are pure hash, /);
  assert.throws(() => parseSticky(['--what']), /there is no option --what/);
});
