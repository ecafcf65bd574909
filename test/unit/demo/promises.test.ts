/**
 * The demo's verdicts: each holds on what the documents show, and is broken by what a wrong balancer would
 * do.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scenarios } from '../../../demo/promises.ts';

const hosts = ['a', 'b', 'c', 'd'];
const counts = (...numbers: number[]) => new Map(hosts.map((host, i) => [host, numbers[i]!]));
const holds = (path: string, ...shots: ReadonlyMap<string, number>[]): boolean => {
  const scenario = scenarios.find((s) => s.path === path);
  assert.ok(scenario, path);
  assert.equal(shots.length, scenario.shots.length, 'one count per shot');
  return scenario.judge(shots, 2).holds;
};

test('what the documents print holds', () => {
  assert.ok(holds('/round', counts(26, 25, 24, 25)));
  assert.ok(holds('/random', counts(246, 256, 230, 268)));
  assert.ok(holds('/least', counts(24, 19, 30, 27)));
  assert.ok(holds('/source', counts(0, 100, 0, 0)));
  assert.ok(holds('/header', counts(0, 100, 0, 0), counts(0, 0, 100, 0)));
  assert.ok(holds('/cookie', counts(0, 0, 10, 0), counts(0, 0, 10, 0)));
});

test('what a wrong balancer does is broken', () => {
  assert.ok(!holds('/round', counts(28, 24, 24, 24)), 'uneven turns');
  assert.ok(!holds('/round', counts(100, 0, 0, 0)), 'one host only');
  assert.ok(!holds('/random', counts(400, 200, 200, 200)), 'a favourite');
  assert.ok(!holds('/random', counts(334, 333, 333, 0)), 'a host left out');
  assert.ok(!holds('/least', counts(33, 33, 34, 0)), 'a host left out');
  for (const path of ['/header', '/cookie']) {
    assert.ok(!holds(path, counts(99, 1, 0, 0), counts(0, 100, 0, 0)), 'one request astray');
    assert.ok(!holds(path, counts(100, 0, 0, 0), counts(50, 50, 0, 0)), 'the second value split');
  }
  assert.ok(!holds('/source', counts(25, 25, 25, 25)));
  assert.ok(!holds('/source', counts(0, 0, 0, 0)), 'nothing arrived');
});
