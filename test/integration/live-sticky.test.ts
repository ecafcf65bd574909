/**
 * The homes of sticky keys, which the filter has learnt, outlive a change of what `loadstar run` serves, and
 * so do counters and gauges. Built tables are kept too, which no request can tell:
 * test/unit/wasm/reload.test.ts counts them.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Backend } from '../../demo/fakes/backend.ts';
import { backendOf } from '../../demo/fakes/http1.ts';
import { MOST_IN_ONE } from '../../host/filter/parts.ts';
import { calm } from '../support/calm.ts';
import { eventually, sleep } from '../support/eventually.ts';
import { gauge, LearntWorld } from '../support/learnt-world.ts';
import { LiveRun } from '../support/live-run.ts';

/** An answer that takes a little: of one that takes nothing, each millisecond more is slow. */
const REST_MS = 5;
let world: LearntWorld;
before(async () => {
  world = await LearntWorld.start(28_095);
});
after(() => world?.stop());

/**
 * Does it while a trickle of requests goes on: after ten seconds without reports a host takes its keys back,
 * and on a busy machine a change may take so long.
 */
async function reporting(work: () => Promise<unknown>): Promise<void> {
  let done = false;
  const trickle = async (): Promise<void> => {
    while (!done) {
      // A connection may end with the listener that is replaced.
      await world.send('/sticky', 40, 1).catch(() => []);
      await sleep(200);
    }
  };
  const all = trickle();
  try {
    await work();
  } finally {
    done = true;
    await all;
  }
}

test('a key that was shed stays where it went, counters go on, and a host that is gone shows 0', async (t) => {
  // One worker: each decides by the reports that it has seen itself, and a connection may come to any of
  // them.
  const run = await LiveRun.start(world.manifests(), ['--concurrency', '1']);
  try {
    const [hot, guest] = [world.hosts[0] as Backend, world.hosts[4] as Backend];
    // So many at a time a host may always have.
    const keys = (): Promise<string[]> => world.send('/sticky', 300, 3);
    const calmKeys = (): Promise<string[]> => calm(run.admin, keys);
    const shedNow = (): Promise<number> => gauge(run, 'shed_permille', hot);
    world.loads = [0.5, 0.2, 0.2, 0.2, 0.2];
    world.delayMs = REST_MS;
    let home: string[] = [];
    await eventually('all keys are at home', async () => {
      home = await calmKeys();
      for (const host of world.hosts.slice(0, 4))
        assert.equal(await gauge(run, 'shed_permille', host), 0, host.name);
      assert.deepEqual(await calmKeys(), home, 'the same again');
    });
    let shown = -1;
    let away: string[] = [];
    await eventually(
      'it sheds by its reports alone',
      async () => {
        world.loads[0] = 0.95;
        world.delayMs = 20;
        for (let i = 0; i < 4; i++) await world.send('/sticky', 300, 16);
        // At its target a host neither sheds more nor takes back. What it sheds for slow answers, on a busy
        // machine too, is back within seconds.
        world.loads[0] = 0.5;
        world.delayMs = REST_MS;
        await keys();
        shown = await shedNow();
        away = await calmKeys();
        const then = await shedNow();
        assert.ok(shown === then && shown > 200, `${shown}, then ${then}`);
        const shed = home.flatMap((host, n) => (away[n] !== host ? [n] : []));
        assert.ok(
          shed.length > 10 && shed.every((n) => home[n] === hot.name),
          `${shed.length} keys were shed`,
        );
      },
      120_000,
    );
    const shed = home.flatMap((host, n) => (away[n] !== host ? [n] : []));
    const asBefore = (what: string) =>
      eventually(
        what,
        async () => {
          const found = await calmKeys();
          assert.equal(await shedNow(), shown, what);
          assert.deepEqual(found, away, what);
        },
        60_000,
      );
    await asBefore('nothing changed');

    for (const many of [MOST_IN_ONE, 0]) {
      await reporting(() => run.change(world.manifests({ many }), /drains: .* acknowledged/));
      await asBefore(`with ${many} further pools`);
    }

    await reporting(() => run.change(world.manifests({ count: 5 })));
    let during: string[] = [];
    await eventually(
      'it sheds as before',
      async () => {
        const before = await run.admin.settledStats();
        during = await keys();
        const now = await run.admin.settledStats();
        assert.equal(await shedNow(), shown);
        const back = shed.filter((n) => during[n] === hot.name);
        const stayed = shed.filter((n) => during[n] === away[n] || during[n] === guest.name);
        t.diagnostic(
          `${shed.length} keys were shed; ${back.length} came back, ${stayed.length} stayed or went on`,
        );
        assert.deepEqual(back, []);
        assert.ok(stayed.length > shed.length * 0.7, `${stayed.length} of ${shed.length} stayed or went on`);
        const more = (name: string): number => (now[name] ?? 0) - (before[name] ?? 0);
        assert.equal(more('loadstar_picks_total'), 300);
        const atHome = more('loadstar_sticky_home_total');
        assert.ok(atHome > 0 && atHome < 300, `${atHome} at home`);
      },
      60_000,
    );

    // One request is under way at the guest while it goes.
    world.delayMs = 3_000;
    const key = `key-${during.indexOf(guest.name)}`;
    const slow = world.get('/sticky', key);
    await eventually('it is under way', async () => assert.equal(await gauge(run, 'in_flight', guest), 1));
    world.delayMs = REST_MS;
    await reporting(() => run.change(world.manifests()));
    await asBefore('the guest is gone');
    assert.equal(backendOf(await slow), guest.name);
    for (const what of ['in_flight', 'shed_permille'])
      await eventually(`${what} is 0`, async () => assert.equal(await gauge(run, what, guest), 0));
  } finally {
    await run.stop();
  }
});
