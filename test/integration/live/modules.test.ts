/**
 * The first sticky policy of a listener needs another module than one that only picks: another VM, and
 * nothing is harmed.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unharmed, useScene } from '../../support/live-scene.ts';

const live = useScene(28_190);

async function modules(): Promise<(string | undefined)[]> {
  const dump = await live.scene.run.admin.text('/config_dump?resource=ecds_filters');
  return [...dump.matchAll(/(loadstar[\w-]*\.wasm)"/g)].map(([, name]) => name);
}

test('a policy becomes sticky, and no longer', async () => {
  assert.deepEqual(await modules(), ['loadstar-pick.wasm']);
  for (let i = 0; i < 3; i++) {
    await live.scene.change(live.world.manifests({ sticky: true }));
    assert.deepEqual(await modules(), ['loadstar.wasm']);
    await live.scene.change(live.world.manifests());
    assert.deepEqual(await modules(), ['loadstar-pick.wasm']);
  }
  await unharmed(live.scene);
});
