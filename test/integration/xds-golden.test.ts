/**
 * What Envoy has of every golden input is the same whether it came from the static file or by ADS. All inputs
 * are one configuration here, each under names of its own, so that two Envoys are enough for an engine.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Bootstrap } from '../../host/envoy/envoy-types.ts';
import type { Engine } from '../../host/filter/options.ts';
import { emitted, inputs } from '../golden/inputs.ts';
import { configurationOf } from '../support/config-dump.ts';
import { Envoy } from '../support/envoy.ts';
import { ServedEnvoy } from '../support/served-envoy.ts';
import { wasmPath } from '../support/translate.ts';

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'loadstar-golden-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** Names of clusters and listeners begin with `as`, in the text of the filter's configuration too. */
function named(as: string, bootstrap: Bootstrap): Bootstrap['static_resources'] {
  const { static_resources } = bootstrap;
  const names = [...static_resources.clusters, ...static_resources.listeners].map(({ name }) => name);
  let text = JSON.stringify(static_resources);
  for (const name of new Set(names)) {
    for (const quote of ['"', '\\"'])
      text = text.replaceAll(`${quote}${name}${quote}`, `${quote}${as}/${name}${quote}`);
  }
  return JSON.parse(text);
}

function together(engine: Engine): Bootstrap {
  const all = inputs.map((files) => emitted(files, engine, { wasm: wasmPath() }));
  const parts = all.map((bootstrap, i) => named(`${i}`, bootstrap));
  for (const { address, additional_addresses = [] } of parts.flatMap(({ listeners }) => listeners)) {
    for (const each of [address, ...additional_addresses.map((more) => more.address)])
      Object.assign(each?.socket_address ?? {}, { address: '127.0.0.1', port_value: 0 });
  }
  const [first] = all;
  assert.ok(first !== undefined);
  return {
    ...first,
    static_resources: {
      listeners: parts.flatMap(({ listeners }) => listeners),
      clusters: parts.flatMap(({ clusters }) => clusters),
    },
  };
}

for (const engine of ['filter', 'native'] as const) {
  test(`all golden inputs, engine ${engine}: Envoy has the same by ADS as from the static file`, async (t) => {
    const wanted = together(engine);
    const plain = await Envoy.start(wanted as object);
    const written = await configurationOf(plain).finally(() => plain.stop());
    const live = await ServedEnvoy.start(wanted, join(folder, engine), { concurrency: 1 });
    const served = await configurationOf(live.envoy).finally(() => live.stop());
    t.diagnostic(`${written.listeners.length} listeners, ${written.clusters.length} clusters`);
    assert.equal(written.listeners.length, wanted.static_resources.listeners.length);
    assert.equal(written.clusters.length, wanted.static_resources.clusters.length);
    const byName = (list: typeof served.listeners) => new Map(list.map((each) => [each.name, each]));
    for (const kind of ['listeners', 'clusters'] as const) {
      const other = byName(served[kind]);
      for (const each of written[kind])
        assert.deepEqual(other.get(each.name), each, inputs[Number.parseInt(String(each.name), 10)]?.join());
      assert.equal(other.size, written[kind].length);
    }
  });
}
