/**
 * explain beside a real Envoy on random manifests and requests, both engines, hosts up and down: no
 * difference. A longer run: node --import tsx test/conformance/explain/main.ts --worlds 100
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { stopAll } from '../../demo/fakes/backend.ts';
import { Filter, Filters } from '../../host/filter/driver.ts';
import { wasmPath } from '../support/translate.ts';
import { startNamed } from './explain/backends.ts';
import { compareWorld, type Difference, noCounts } from './explain/compare.ts';

const SEED = 1;
const WORLDS = 3;
const REQUESTS = 100;

test('random manifests and requests: what answers is what explain says', async (t) => {
  const backends = await startNamed(8);
  const counts = noCounts();
  const differing: Difference[] = [];
  try {
    const module = Filter.compile(readFileSync(wasmPath()));
    for (let world = 0; world < WORLDS; world++)
      differing.push(...(await compareWorld(SEED, world, REQUESTS, backends, new Filters(module), counts)));
  } finally {
    await stopAll(backends);
  }
  t.diagnostic(`${JSON.stringify(counts)}, ${differing.length} differ`);
  assert.deepEqual(differing, []);
  assert.equal(counts.requests, WORLDS * REQUESTS * 4);
  assert.ok(counts.named > 200 && counts.namedWhileDown > 50, 'hosts are named for many of them');
});
