/**
 * The first sticky policy of a listener needs another module than one that only picks: another VM, and
 * nothing is harmed.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Scene, unharmed } from '../../support/live-scene.ts';
import { World } from '../../support/live-world.ts';

let world: World;
let scene: Scene;
before(async () => {
  world = await World.start(28_190);
  scene = await Scene.start(world.manifests(), {
    port: world.port,
    paths: ['/cart', '/other'],
    backends: world.backends,
  });
});
after(async () => {
  await scene?.stop();
  await world?.stop();
});

async function modules(): Promise<(string | undefined)[]> {
  const dump = await scene.run.admin.text('/config_dump?resource=ecds_filters');
  return [...dump.matchAll(/(loadstar[\w-]*\.wasm)"/g)].map(([, name]) => name);
}

test('a policy becomes sticky, and no longer', async () => {
  assert.deepEqual(await modules(), ['loadstar-pick.wasm']);
  for (let i = 0; i < 3; i++) {
    await scene.change(world.manifests({ sticky: true }));
    assert.deepEqual(await modules(), ['loadstar.wasm']);
    await scene.change(world.manifests());
    assert.deepEqual(await modules(), ['loadstar-pick.wasm']);
  }
  await unharmed(scene);
});
