/**
 * Answers that take seconds are whole, whatever becomes meanwhile of the host, the pool or the route they
 * come from.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backendOf, connections, http1 } from '../../../demo/fakes/http1.ts';
import { Http2Client } from '../../../demo/fakes/http2.ts';
import { eventually } from '../../support/eventually.ts';
import { useScene } from '../../support/live-scene.ts';
import { byHeader, type Change } from '../../support/live-world.ts';

const live = useScene(28_150);

const LONG = '/cart/long';
const COUNT = 12;

const rows: readonly (readonly [string, () => Change])[] = [
  ['their hosts are removed', () => ({ hosts: live.world.hosts.slice(3) })],
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
    for (const backend of live.world.hosts) {
      backend.seen.length = 0;
      backend.reply = ({ path }) => ({ delayMs: path === LONG ? 4_000 : 0 });
    }
    const agent = connections(COUNT);
    const client = await Http2Client.connect(live.world.port);
    const answers = Array.from({ length: COUNT }, (_, i) =>
      i % 2 === 0
        ? http1({ port: live.world.port, path: LONG, headers: [['x-key', `long-${i}`]], agent })
        : client.request({ path: LONG, headers: { 'x-key': `long-${i}` } }),
    );
    await eventually('all are under way', () => {
      const seen = live.world.hosts.flatMap(({ seen }) => seen).filter(({ path }) => path === LONG);
      assert.equal(seen.length, COUNT);
    });
    if (what.includes('route')) {
      // Requests of the load have no route for a while: only the answers under way count.
      await live.scene.run.change(live.world.manifests(change()));
    } else await live.scene.change(live.world.manifests(change()));
    for (const response of await Promise.all(answers)) {
      assert.equal(response.status, 200);
      assert.match(backendOf(response), /^b[123]$/);
    }
    agent.destroy();
    await client.stop();
    await live.scene.change(live.world.manifests());
  });
}

test('of all that, nothing else was harmed', async () => {
  const { failed, ...rest } = await live.scene.verdict();
  assert.deepEqual(
    failed.filter(({ status, path }) => status !== 404 || path !== '/cart'),
    [],
  );
  assert.equal(rest.drained, 0);
});
