/**
 * The simulation itself: it can be repeated, its policies differ as Envoy's do. `npm run sticky` prints all
 * scenarios.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Agenda } from './agenda.ts';
import { boundedLoad } from './balancers.ts';
import { drawn } from './drawn.ts';
import { figuresOf } from './figures.ts';
import { type PolicyName, run } from './run.ts';
import { aside, tried } from './scenarios.ts';

const small = tried.find(({ name }) => name === 'low load, nothing happens')!;
const requests = (policy: PolicyName) => run(small, policy, 1).map(({ at, home }) => [at, home]);

test('what is due comes in order, and of equal times in the order in which it was added', () => {
  const agenda = new Agenda();
  const seen: number[] = [];
  for (const [i, ms] of [5, 1, 3, 1, 5, 0].entries()) agenda.in(ms, () => seen.push(i));
  agenda.every(2, 4, () => seen.push(9));
  agenda.until(7);
  assert.deepEqual(seen, [5, 1, 3, 2, 9, 0, 4, 9]);
});

test('each policy gets the same requests, at each run', () => {
  const once = requests('sticky until hot');
  assert.deepEqual(requests('sticky until hot'), once);
  assert.deepEqual(requests('pure hash'), once);
});

test('a bounded load lets no host have more than its share, by so much and rounded up', () => {
  const balancer = boundedLoad([0], 4, 1.25);
  const hosts = Array.from({ length: 40 }, () => balancer.send(0, 0).host);
  const counts = [0, 1, 2, 3].map((host) => hosts.filter((one) => one === host).length);
  assert.ok(Math.max(...counts) <= 14, String(counts));
  assert.equal(Math.max(...counts), counts[0]);
});

test('of equal seeds equal scenarios are drawn, of others others', () => {
  assert.deepEqual(drawn(1, 12), drawn(1, 12));
  assert.notDeepEqual(drawn(1, 12), drawn(2, 12));
  assert.ok(drawn(1, 48).every(({ host, hosts }) => host < hosts.length));
});

test('scenarios have names of their own', () => {
  const names = [...tried, ...aside].map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
});

test('at low load no key leaves its home, and no cache is colder than by pure hashing', () => {
  const pure = figuresOf(run(small, 'pure hash', 1), small.host);
  const sticky = figuresOf(run(small, 'sticky until hot', 1), small.host);
  assert.ok(sticky.awaySteady < 0.01, `${sticky.awaySteady} of the requests are away`);
  assert.ok(sticky.hitRate >= pure.hitRate - 0.01, `hit rate ${sticky.hitRate}, ${pure.hitRate}`);
});
