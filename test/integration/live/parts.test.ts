/**
 * A listener with many pools has the filter in parts: a change of one pool configures one of them anew, and
 * where the pools become so few that one part holds them, no request fails and every key stays at home.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Backend } from '../../../demo/fakes/backend.ts';
import { MOST_IN_ONE, PARTS } from '../../../host/filter/parts.ts';
import { Scene } from '../../support/live-scene.ts';
import { manyRoutes, World } from '../../support/live-world.ts';

const PORT = 28_145;
let world: World;
let scene: Scene;
/** With the pool of /cart. */
const many = (count: number, hosts: readonly Backend[] = world.hosts.slice(0, 3)) =>
  world.manifests({ hosts, more: manyRoutes(count - 1, 'other') });

before(async () => {
  world = await World.start(PORT);
  const paths = ['/cart', '/other', ...[0, 1, 2, 3, 4].map((i) => `/many-${i}`)];
  scene = await Scene.start(many(60), { port: PORT, paths, backends: world.backends });
});
after(async () => {
  await scene?.stop();
  await world?.stop();
});

/** How often each part of the listener was configured. */
async function reloads(): Promise<Readonly<Record<string, number>>> {
  const stats = await scene.run.admin.stats('extension_config_discovery.*loadstar.select.*config_reload$');
  return stats as Record<string, number>;
}

test('a host comes and goes: one part is configured anew, and no other', async () => {
  const names = Object.keys(await reloads());
  assert.equal(names.length, PARTS, names.join());
  for (const hosts of [world.hosts, world.hosts.slice(0, 3)]) {
    const before = await reloads();
    const line = await scene.change(many(60, hosts), /rule\/0: .127\.0\.0\.14/);
    assert.doesNotMatch(line, /drains/);
    const now = await reloads();
    assert.deepEqual(
      names.map((name) => now[name]! - before[name]!).filter((more) => more !== 0),
      [1],
    );
  }
});

test('a pool comes: its part alone, and no connection drains', async () => {
  const before = await reloads();
  assert.doesNotMatch(await scene.change(many(61)), /drains/);
  const now = await reloads();
  assert.equal(Object.keys(now).filter((name) => now[name] !== before[name]).length, 1);
});

test('few pools are one part, and again many: nothing fails, and keys stay at home', async (t) => {
  await scene.change(many(MOST_IN_ONE), /listener default\/eg\/http drains/);
  await scene.change(many(MOST_IN_ONE + 1), /listener default\/eg\/http drains/);
  const { requests, failed, wrong, refused } = await scene.verdict();
  t.diagnostic(`${requests} requests, ${refused} sent again as their connection ended`);
  assert.ok(requests > 100, `${requests}`);
  assert.deepEqual(failed.slice(0, 5), []);
  assert.deepEqual(wrong.slice(0, 5), []);
});
