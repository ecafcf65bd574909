/**
 * Listeners come and go beside one that is under load, which loses no connection. One that moves, or goes,
 * lets its connections end within `--drain-time`, and the line says so.
 */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { connections, http1 } from '../../../demo/fakes/http1.ts';
import { eventually } from '../../support/eventually.ts';
import { Scene, unharmed } from '../../support/live-scene.ts';
import { World } from '../../support/live-world.ts';

const MORE = 28_141;
const MOVED = 28_142;
const DRAIN_SECONDS = 3;
let world: World;
let scene: Scene;
before(async () => {
  world = await World.start(28_140);
});
after(() => world?.stop());
beforeEach(async () => {
  scene = await Scene.start(world.manifests(), {
    port: world.port,
    paths: ['/cart', '/other'],
    backends: world.backends,
    args: ['--drain-time', String(DRAIN_SECONDS)],
  });
});
afterEach(async () => {
  for (const backend of world.backends) backend.reply = () => ({});
  await scene?.stop();
});
const withMore = (port = MORE) =>
  world.manifests({ listeners: [world.listener(), world.listener('more', port)] });
const answersAt = async (port: number) => (await http1({ port, path: '/cart' })).status;
const refused = (port: number) =>
  eventually(`port ${port} is closed`, async () => {
    await assert.rejects(answersAt(port), { code: 'ECONNREFUSED' });
  });

test('a listener is added, moved and removed: that beside it is not touched', async () => {
  for (let i = 0; i < 3; i++) {
    const added = await scene.change(withMore(), /listener default\/eg\/more added at 0\.0\.0\.0:28141/);
    assert.doesNotMatch(added, /drains/);
    assert.equal(await answersAt(MORE), 200);
    const line =
      /listener default\/eg\/more drains: its connections end within 3 s; .*more moved to 0\.0\.0\.0:28142/;
    await scene.change(withMore(MOVED), line);
    assert.equal(await answersAt(MOVED), 200);
    await refused(MORE);
    await scene.change(
      world.manifests(),
      /listener default\/eg\/more drains: .*listener default\/eg\/more removed/,
    );
    await refused(MOVED);
  }
  await unharmed(scene);
});

for (const [what, next] of [
  ['moves', () => withMore(MOVED)],
  ['is removed', () => world.manifests()],
] as const) {
  test(`of a listener that ${what}: an answer within the drain time is whole, a longer one is cut`, async () => {
    await scene.change(withMore());
    for (const backend of world.hosts) {
      backend.seen.length = 0;
      backend.reply = ({ path }) => ({ delayMs: Number(path.split('?slow=')[1] ?? 0) });
    }
    const slow = (ms: number) => http1({ port: MORE, path: `/cart?slow=${ms}`, agent: connections(1) });
    const short = slow(1_500);
    const long = slow(DRAIN_SECONDS * 1_000 + 9_000);
    long.catch(() => {});
    await eventually('both are under way', () => {
      const seen = world.hosts.flatMap((host) => host.seen).filter(({ path }) => path.includes('slow'));
      assert.equal(seen.length, 2);
    });
    await scene.change(next(), /drains: its connections end within 3 s/);
    assert.equal((await short).status, 200);
    await assert.rejects(long, { code: 'ECONNRESET' });
    await unharmed(scene);
  });
}

test('two listeners that swap their ports: Envoy refuses it, in its words, and the next change counts', async () => {
  await scene.change(withMore());
  const swapped = world.manifests({
    listeners: [world.listener('http', MORE), world.listener('more', world.port)],
  });
  await scene.refused(
    swapped,
    /Envoy refuses the listeners of default\/eg\/.*duplicate address.*what Envoy has/,
  );
  assert.equal(await answersAt(MORE), 200);
  await scene.change(world.manifests({ hosts: world.hosts }), /\+127\.0\.0\.14/);
});

test('a port that another process has is told before Envoy is asked', async () => {
  const server = createServer().listen(MORE, '0.0.0.0');
  await scene.run.change(
    withMore(),
    /28141 \(listener default\/eg\/more\) is in use by another process; what Envoy/,
  );
  await new Promise((done) => server.close(done));
  // A change of the file, since nothing of the input says that the port is free.
  await scene.change(
    world.manifests({ listeners: [world.listener(), world.listener('more', MORE)], hosts: world.hosts }),
  );
  await unharmed(scene);
});
