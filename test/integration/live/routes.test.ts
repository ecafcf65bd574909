/**
 * Rules, keys and policies change while `loadstar run` serves under load: nothing fails, no request goes to
 * the hosts of another rule, every key is where the old or the new manifests have it, and no connection ends.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { http1 } from '../../../demo/fakes/http1.ts';
import { rule } from '../../../demo/fakes/manifests.ts';
import { unharmed, useScene } from '../../support/live-scene.ts';
import { byHeader, type Change } from '../../support/live-world.ts';
import { consistentHash, grpcRoute, httpRoute, type Manifest, policy } from '../../support/manifests.ts';

const live = useScene(28_120);

const edit = {
  type: 'ResponseHeaderModifier',
  responseHeaderModifier: { set: [{ name: 'x-edit', value: 'yes' }] },
};
const cookie = { type: 'Cookie', cookie: { name: 'cart', ttl: '1h' } };
const spdy: Manifest[] = [httpRoute({ name: 'up' }), policy('up', { httpUpgrade: [{ type: 'spdy/3.1' }] })];

/** What changes, and the line that is printed. Each is taken back after it. */
const rows: readonly (readonly [string, () => Change, RegExp])[] = [
  [
    'hash key: another header',
    () => ({ policy: byHeader('x-other') }),
    /HTTPRoute default\/shop: routes changed/,
  ],
  [
    'hash key: the address of the client',
    () => ({ policy: consistentHash({ type: 'SourceIP' }) }),
    /routes changed/,
  ],
  ['hash key: a cookie that is generated', () => ({ policy: consistentHash(cookie) }), /routes changed/],
  [
    'the policy is removed',
    () => ({ policy: null }),
    /BackendTrafficPolicy default\/shop-policy no longer holds/,
  ],
  [
    'a match is added',
    () => ({ rule: { matches: rule('/cart').matches.concat(rule('/basket').matches) } }),
    /routes added/,
  ],
  ['a timeout', () => ({ rule: { timeouts: { request: '9s' } } }), /routes changed/],
  [
    'retries',
    () => ({
      policy: { ...byHeader(), retry: { numRetries: 3, retryOn: { triggers: ['connect-failure'] } } },
    }),
    /routes changed/,
  ],
  ['edited headers', () => ({ rule: { filters: [edit] } }), /routes changed/],
  ['a rule before it', () => ({ before: ['/new'] }), /rule\/0 (added|replaced by one) with 2 hosts/],
  ['two rules before it', () => ({ before: ['/new', '/newer'] }), /(added|replaced by one) with 2 hosts/],
  [
    'the first route of gRPC',
    () => ({ more: [grpcRoute('calls', 'shop.Cart', 'other')] }),
    /GRPCRoute default\/calls: routes added/,
  ],
  [
    'the first route that upgrades to another protocol',
    () => ({ more: spdy }),
    /HTTPRoute default\/up: routes added/,
  ],
];
for (const [what, change, line] of rows) {
  test(what, async () => {
    const said = await live.scene.change(live.world.manifests(change()), line);
    assert.doesNotMatch(said, /drains: its connections/);
    assert.doesNotMatch(await live.scene.change(live.world.manifests()), /drains: its connections/);
  });
}

test('edited headers are in force with the line', async () => {
  await live.scene.change(live.world.manifests({ rule: { filters: [edit] } }));
  const { headers } = await http1({ port: live.world.port, path: '/cart' });
  assert.deepEqual(headers['x-edit'], ['yes']);
  await live.scene.change(live.world.manifests());
});

test('no route needs the filter, and then one does', async () => {
  const robin = { loadBalancer: { type: 'RoundRobin' } };
  await live.scene.change(live.world.manifests({ policy: robin }), /balancer/);
  await live.scene.change(live.world.manifests({ policy: null }));
  await live.scene.change(live.world.manifests());
});

test('of all that, nothing was harmed', async (t) => {
  const { requests } = await unharmed(live.scene);
  t.diagnostic(`${requests} requests`);
});
