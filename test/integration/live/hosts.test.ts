/**
 * Hosts come, go, drain and change their weight while `loadstar run` serves them under load: every key is at
 * its home by the table of that time, nothing fails, and no connection ends.
 */
import { after, before, test } from 'node:test';
import { ref } from '../../../demo/fakes/manifests.ts';
import { Scene, unharmed } from '../../support/live-scene.ts';
import { type Change, World } from '../../support/live-world.ts';
import { service } from '../../support/manifests.ts';

let world: World;
let scene: Scene;
before(async () => {
  world = await World.start(28_110);
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

const weighted = (weight: number): Change => ({
  hosts: world.hosts.slice(0, 2),
  rule: { backendRefs: [ref(), ref('more', { weight })] },
  more: service('more', world.hosts.slice(2)),
});

/** What changes, the line that is printed, and the line of the way back. */
const rows: readonly (readonly [string, () => Change, RegExp, RegExp])[] = [
  [
    'a host is added, and removed',
    () => ({ hosts: world.hosts }),
    /\+127\.0\.0\.14:\d+: ack/,
    /-127\.0\.0\.14/,
  ],
  [
    'a host is removed, and back',
    () => ({ hosts: world.hosts.slice(0, 2) }),
    /-127\.0\.0\.13/,
    /\+127\.0\.0\.13/,
  ],
  [
    'all hosts but one are replaced, and back',
    () => ({ hosts: world.hosts.slice(2) }),
    /\+127\.0\.0\.14:\d+, -127\.0\.0\.11:\d+, -127\.0\.0\.12/,
    /-127\.0\.0\.14/,
  ],
  [
    'a host terminates, and no longer',
    () => ({ drains: world.hosts[0] }),
    /127\.0\.0\.11:\d+ drains: ack/,
    /127\.0\.0\.11:\d+ no longer drains/,
  ],
];
for (const [what, change, line, back] of rows) {
  test(what, async () => {
    await scene.change(world.manifests(change()), line);
    await scene.change(world.manifests(), back);
  });
}

test('the weight of a backend changes, and back', async () => {
  await scene.change(world.manifests(weighted(1)), /(added|replaced by one) with 4 hosts/);
  await scene.change(
    world.manifests(weighted(5)),
    /127\.0\.0\.13:\d+ weight 1 to 5, 127\.0\.0\.14:\d+ weight 1 to 5/,
  );
  await scene.change(world.manifests(weighted(1)), /127\.0\.0\.13:\d+ weight 5 to 1/);
  await scene.change(world.manifests(), /(added|replaced by one) with 3 hosts/);
});

test('a host comes and goes again and again', async () => {
  for (let i = 0; i < 5; i++) {
    await scene.change(world.manifests({ hosts: world.hosts }));
    await scene.change(world.manifests());
  }
});

test('of all that, nothing was harmed', async (t) => {
  const { requests } = await unharmed(scene);
  t.diagnostic(`${requests} requests`);
});
