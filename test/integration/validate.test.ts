/** Envoy takes what is emitted for every case of the oracle that translates, with the filter and without. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { translate } from '../../host/translate.ts';
import type { Bootstrap } from '../support/envoy.ts';
import { type Engine, wasmPath } from '../support/translate.ts';
import { envoyRefuses, joined } from '../support/validate.ts';

const folder = fileURLToPath(new URL('../golden/oracle/cases', import.meta.url));
const cases = readdirSync(folder).sort();

/** Refused cases are there as well: `--keep-going` emits them, with 500 on the routes concerned. */
function emitted(engine: Engine): Record<string, Bootstrap> {
  const all: Record<string, Bootstrap> = {};
  for (const name of cases) {
    const text = readFileSync(join(folder, name), 'utf8');
    const { bootstrap } = translate([{ file: name, text }], {
      engine,
      wasm: wasmPath(),
      admin: { address: '127.0.0.1', port: 0 },
      strict: false,
    });
    all[name.replace('.yaml', '')] = JSON.parse(JSON.stringify(bootstrap));
  }
  return all;
}

const found: Record<Engine, Record<string, Bootstrap>> = { filter: {}, native: {} };
before(() => {
  for (const engine of ['filter', 'native'] as const) found[engine] = emitted(engine);
});

for (const engine of ['filter', 'native'] as const) {
  test(`${engine}: Envoy takes all cases`, async () => {
    assert.equal(Object.keys(found[engine]).length, 121);
    const together = joined(found[engine]);
    assert.ok((together.static_resources?.clusters ?? []).length > 90);
    assert.equal(await envoyRefuses(together), undefined);
  });
}

const spoilt: [Engine, string, string, string, RegExp][] = [
  ['native', 'a table size that is not prime', '"table_size":1021', '"table_size":1024', /prime/],
  [
    'filter',
    'a field that the filter does not know',
    '\\"role\\":\\"select\\"',
    '\\"roll\\":\\"select\\"',
    /unknown field .roll./,
  ],
];
for (const [engine, what, good, bad, says] of spoilt) {
  test(`one case among all with ${what} is refused`, async () => {
    const text = JSON.stringify(found[engine]['v08-tablesize-prime']);
    assert.ok(text.includes(good), text);
    const refusal = await envoyRefuses(
      joined({ ...found[engine], spoilt: JSON.parse(text.replace(good, bad)) }),
    );
    assert.match(refusal ?? 'taken', says);
  });
}
