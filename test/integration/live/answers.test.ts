/**
 * Answers that take seconds are whole, whatever becomes meanwhile of the host, the pool or the route they
 * come from.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { backendOf, connections, http1 } from '../../../demo/fakes/http1.ts';
import { Http2Client } from '../../../demo/fakes/http2.ts';
import { eventually } from '../../support/eventually.ts';
import { Scene } from '../../support/live-scene.ts';
import { byHeader, type Change, World } from '../../support/live-world.ts';

let world: World;
let scene: Scene;
before(async () => {
  world = await World.start(28_150);
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

const LONG = '/cart/long';
const COUNT = 12;

const rows: readonly (readonly [string, () => Change])[] = [
  ['their hosts are removed', () => ({ hosts: world.hosts.slice(3) })],
  [
    'their pool gets a new cluster',
    () => ({ policy: { ...byHeader(), timeout: { tcp: { connectTimeout: '4s' } } } }),
  ],
  [
    'their route and pool are removed',
    () => ({ rule: { matches: [{ path: { type: 'Exact', value: '/gone' } }] } }),
  ],
  ['their policy is removed', () => ({ policy: null })],
];
for (const [what, change] of rows) {
  test(`12 answers are under way while ${what}: all are whole`, async () => {
    for (const backend of world.hosts) {
      backend.seen.length = 0;
      backend.reply = ({ path }) => ({ delayMs: path === LONG ? 4_000 : 0 });
    }
    const agent = connections(COUNT);
    const client = await Http2Client.connect(world.port);
    const answers = Array.from({ length: COUNT }, (_, i) =>
      i % 2 === 0
        ? http1({ port: world.port, path: LONG, headers: [['x-key', `long-${i}`]], agent })
        : client.request({ path: LONG, headers: { 'x-key': `long-${i}` } }),
    );
    await eventually('all are under way', () => {
      const seen = world.hosts.flatMap(({ seen }) => seen).filter(({ path }) => path === LONG);
      assert.equal(seen.length, COUNT);
    });
    if (what.includes('route')) {
      // Requests of the load have no route for a while: only the answers under way count.
      await scene.run.change(world.manifests(change()));
    } else await scene.change(world.manifests(change()));
    for (const response of await Promise.all(answers)) {
      assert.equal(response.status, 200);
      assert.match(backendOf(response), /^b[123]$/);
    }
    agent.destroy();
    await client.stop();
    await scene.change(world.manifests());
  });
}

test('of all that, nothing else was harmed', async () => {
  const { failed, ...rest } = await scene.verdict();
  assert.deepEqual(
    failed.filter(({ status, path }) => status !== 404 || path !== '/cart'),
    [],
  );
  assert.equal(rest.drained, 0);
});
