/**
 * Hosts come, go, drain and change their weight while `loadstar run` serves them under load: every key is at
 * its home by the table of that time, nothing fails, and no connection ends.
 */
import { test } from 'node:test';
import { ref } from '../../../demo/fakes/manifests.ts';
import { unharmed, useScene } from '../../support/live-scene.ts';
import type { Change } from '../../support/live-world.ts';
import { service } from '../../support/manifests.ts';

const live = useScene(28_110);

const weighted = (weight: number): Change => ({
  hosts: live.world.hosts.slice(0, 2),
  rule: { backendRefs: [ref(), ref('more', { weight })] },
  more: service('more', live.world.hosts.slice(2)),
});

/** What changes, the line that is printed, and the line of the way back. */
const rows: readonly (readonly [string, () => Change, RegExp, RegExp])[] = [
  [
    'a host is added, and removed',
    () => ({ hosts: live.world.hosts }),
    /\+127\.0\.0\.14:\d+: ack/,
    /-127\.0\.0\.14/,
  ],
  [
    'a host is removed, and back',
    () => ({ hosts: live.world.hosts.slice(0, 2) }),
    /-127\.0\.0\.13/,
    /\+127\.0\.0\.13/,
  ],
  [
    'all hosts but one are replaced, and back',
    () => ({ hosts: live.world.hosts.slice(2) }),
    /\+127\.0\.0\.14:\d+, -127\.0\.0\.11:\d+, -127\.0\.0\.12/,
    /-127\.0\.0\.14/,
  ],
  [
    'a host terminates, and no longer',
    () => ({ drains: live.world.hosts[0] }),
    /127\.0\.0\.11:\d+ drains: ack/,
    /127\.0\.0\.11:\d+ no longer drains/,
  ],
];
for (const [what, change, line, back] of rows) {
  test(what, async () => {
    await live.scene.change(live.world.manifests(change()), line);
    await live.scene.change(live.world.manifests(), back);
  });
}

test('the weight of a backend changes, and back', async () => {
  await live.scene.change(live.world.manifests(weighted(1)), /(added|replaced by one) with 4 hosts/);
  await live.scene.change(
    live.world.manifests(weighted(5)),
    /127\.0\.0\.13:\d+ weight 1 to 5, 127\.0\.0\.14:\d+ weight 1 to 5/,
  );
  await live.scene.change(live.world.manifests(weighted(1)), /127\.0\.0\.13:\d+ weight 5 to 1/);
  await live.scene.change(live.world.manifests(), /(added|replaced by one) with 3 hosts/);
});

test('a host comes and goes again and again', async () => {
  for (let i = 0; i < 5; i++) {
    await live.scene.change(live.world.manifests({ hosts: live.world.hosts }));
    await live.scene.change(live.world.manifests());
  }
});

test('of all that, nothing was harmed', async (t) => {
  const { requests } = await unharmed(live.scene);
  t.diagnostic(`${requests} requests`);
});
