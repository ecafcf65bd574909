/**
 * Rate limits come and go under `loadstar run`: the first one on a listener makes it drain, and the line says
 * so; after it they are routes as any others.
 */
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { http1 } from '../../../demo/fakes/http1.ts';
import { LiveRun } from '../../support/live-run.ts';
import { World } from '../../support/live-world.ts';
import { httpRoute, type Manifest, policy } from '../../support/manifests.ts';

let world: World;
let run: LiveRun;
before(async () => {
  world = await World.start(28_180);
});
after(() => world?.stop());
beforeEach(async () => {
  run = await LiveRun.start(world.manifests(), ['--drain-time', '2']);
});
afterEach(() => run?.stop());

const limited = (requests: number): Manifest[] => [
  httpRoute({ name: 'few' }),
  policy('few', { rateLimit: { local: { rules: [{ limit: { requests, unit: 'Hour' } }] } } }),
];
/** Of requests on new connections, one after another. */
async function statuses(count: number): Promise<number[]> {
  const got: number[] = [];
  for (let i = 0; i < count; i++) got.push((await http1({ port: world.port, path: '/few' })).status);
  return got;
}

test('the first limit makes its listener drain, others do not, the last one does', async () => {
  const first = await run.change(world.manifests({ more: limited(1) }));
  assert.match(
    first,
    /listener default\/eg\/http drains: its connections end within 2 s; .*few: routes added/,
  );
  assert.deepEqual(await statuses(3), [200, 429, 429]);
  const more = await run.change(world.manifests({ more: limited(2) }));
  assert.doesNotMatch(more, /drains/);
  assert.deepEqual(await statuses(3), [200, 200, 429]);
  assert.match(await run.change(world.manifests()), /drains/);
  assert.deepEqual(await statuses(1), [404]);
});

test('counters begin anew with a change of routes of the listener, not with one of hosts', async () => {
  await run.change(world.manifests({ more: limited(1) }));
  assert.deepEqual(await statuses(2), [200, 429]);
  await run.change(world.manifests({ hosts: world.hosts, more: limited(1) }));
  assert.deepEqual(await statuses(1), [429]);
  await run.change(world.manifests({ before: ['/new'], more: limited(1) }));
  assert.deepEqual(await statuses(2), [200, 429]);
});
