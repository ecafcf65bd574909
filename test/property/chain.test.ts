/** The whole chain over random and mutated manifests; see chain.ts for what must hold. Longer: main.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { campaign, runChain } from './chain.ts';
import { bases } from './mutate.ts';

test('manifests as they are: all of them are read, and one has every field', () => {
  assert.ok(bases.length > 110);
  const everything = (bases[0] ?? []).map((document) => JSON.stringify(document)).join('\n---\n');
  for (const engine of ['filter', 'native'] as const)
    assert.equal(runChain(everything, engine, true).accepted, true);
});

test('mutated manifests never crash the chain, nor give a configuration that Envoy refuses', async (t) => {
  const report = await campaign(2026, 1_000, 250);
  t.diagnostic(JSON.stringify(report));
  // Else the mutations would be too rough, or too tame, to try anything.
  assert.ok(report.accepted > 200 && report.accepted < 600, JSON.stringify(report));
  assert.ok(report.asked > 900);
});
