/** Gateway API's conformance tests (docs/CONFORMANCE.md), and that the page tells what came of them. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { keptOutcomes } from './page.ts';
import { type Outcome, playAll, playable } from './run.ts';
import { trials } from './trials.ts';

const played = playable(trials);
let outcomes: ReadonlyMap<string, Outcome>;
before(async () => {
  outcomes = await playAll(played);
});

for (const { name, unmet } of played) {
  test(unmet === undefined ? name : `${name} does not pass: ${unmet}`, () => {
    const { requests, conditions, faults } = outcomes.get(name)!;
    if (unmet === undefined) assert.deepEqual(faults, []);
    else assert.notDeepEqual(faults, [], 'it passes: take the reason away');
    const kept = { passed: faults.length === 0, requests, conditions };
    assert.deepEqual(keptOutcomes()[name], kept, 'node --import tsx test/conformance/gateway-api/main.ts');
  });
}

test('the page tells of no test that was not played', () => {
  assert.deepEqual(Object.keys(keptOutcomes()).sort(), played.map(({ name }) => name).sort());
});

test('each test that is not played says why', () => {
  const silent = trials.filter(
    (one) => !played.includes(one) && (one.cluster ?? one.apart ?? one.unmet) === undefined,
  );
  assert.deepEqual(silent, []);
});
