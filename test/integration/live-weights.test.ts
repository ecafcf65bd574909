/** Weights by load reports, which the filter has learnt, outlive a change of what `loadstar run` serves. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Backend } from '../../demo/fakes/backend.ts';
import { eventually } from '../support/eventually.ts';
import { gauge, LearntWorld } from '../support/learnt-world.ts';
import { LiveRun } from '../support/live-run.ts';

let world: LearntWorld;
before(async () => {
  world = await LearntWorld.start(28_096);
});
after(() => world?.stop());

const part = (of: readonly string[], host: Backend): number =>
  of.filter((name) => name === host.name).length / of.length;

test('weights by load reports stay, over a new host and over another configuration of the report filter', async (t) => {
  world.loads = [0.9, 0.3, 0.3, 0.3, 0.3];
  const run = await LiveRun.start(world.manifests());
  try {
    const [hot, fresh] = [world.hosts[0] as Backend, world.hosts[4] as Backend];
    const shares: number[] = [];
    await eventually(
      'the hot host has little',
      async () => {
        shares.push(part(await world.send('/load', 600), hot));
        assert.ok(shares.length > 3 && shares.slice(-3).every((each) => each < 0.05), `${shares}`);
      },
      120_000,
    );
    const kept = async (what: string): Promise<void> => {
      shares.length = 0;
      for (let i = 0; i < 4; i++) shares.push(part(await world.send('/load', 600), hot));
      t.diagnostic(`${what}: ${shares.map((each) => each.toFixed(3)).join(' ')}`);
      // Equal weights would give it a fifth, and weights by this report alone 8 %.
      const mean = shares.reduce((sum, each) => sum + each / shares.length, 0);
      assert.ok(mean < 0.056, `${what}: ${shares}`);
    };
    const reports = (await run.admin.filterStats()).loadstar_reports_text_repaired_total as number;
    assert.match(await run.change(world.manifests({ count: 5 })), /\+127\.0\.0\.35/);
    await kept('a host is added');
    await eventually('the new host shows', async () => assert.ok((await gauge(run, 'rps_milli', fresh)) > 0));
    assert.match(
      await run.change(world.manifests({ count: 5, keepResponseHeaders: true })),
      /policy|route|changed/i,
    );
    await kept('the report filter is configured anew');
    assert.ok(
      ((await run.admin.filterStats()).loadstar_reports_text_repaired_total as number) >= reports + 8 * 600,
    );
  } finally {
    await run.stop();
  }
});
