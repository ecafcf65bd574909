/**
 * node --import tsx test/conformance/explain/main.ts [--worlds 20] [--requests 100] [--seed 1] [--first 0]
 *
 * Random manifests and requests: explain beside a real Envoy, both engines, hosts up and down. Ends with 1
 * when anything differs.
 */
import { readFileSync } from 'node:fs';
import { type Backend, stopAll } from '../../../demo/fakes/backend.ts';
import { Filter, Filters } from '../../../host/filter/driver.ts';
import { options } from '../../support/options.ts';
import { wasmPath } from '../../support/translate.ts';
import { startNamed } from './backends.ts';
import { compareWorld, noCounts } from './compare.ts';

const values = options(
  {
    worlds: { type: 'string', default: '20' },
    requests: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    first: { type: 'string', default: '0' },
  },
  'main.ts [--worlds 20] [--requests 100] [--seed 1] [--first 0]',
);
const backends: Backend[] = await startNamed(8);
const module = Filter.compile(readFileSync(wasmPath()));
const counts = noCounts();
let differing = 0;
const first = Number(values.first);
for (let world = first; world < first + Number(values.worlds); world++) {
  const filters = new Filters(module);
  const found = await compareWorld(
    Number(values.seed),
    world,
    Number(values.requests),
    backends,
    filters,
    counts,
  );
  differing += found.length;
  for (const one of found.slice(0, 5)) console.log(JSON.stringify(one));
  console.log(`world ${values.seed}/${world}: ${found.length} differ; in all ${JSON.stringify(counts)}`);
}
await stopAll(backends);
console.log(`${counts.requests} requests, ${differing} differ`);
process.exit(differing === 0 ? 0 : 1);
