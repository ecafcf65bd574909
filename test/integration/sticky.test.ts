/**
 * Sticky until hot on a real Envoy: a key stays home, requests in flight bound what a host gets and are
 * counted correctly however a request ends, and a host that was away begins with half of its keys.
 */
import assert from 'node:assert/strict';
import { request as send } from 'node:http';
import { after, before, beforeEach, test } from 'node:test';
import { backendOf } from '../../demo/fakes/http1.ts';
import { eventually, sleep } from '../support/eventually.ts';
import { httpRoute } from '../support/manifests.ts';
import {
  allServe,
  answers,
  backends,
  calmly,
  clusterOf,
  envoy,
  gauge,
  get,
  hostsOf,
  keys,
  quiet,
  startWorld,
  sticky,
  stopWorld,
} from '../support/sticky-world.ts';

before(() =>
  startWorld(...['flight', 'bound', 'silent', 'away'].flatMap((name) => [httpRoute({ name }), sticky(name)])),
);
after(stopWorld);
beforeEach(() => quiet());

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
const inFlight = async (route: string) => sum(await gauge('in_flight', route));
const becomes = (what: string, route: string, count: number) =>
  eventually(what, async () => assert.equal(await inFlight(route), count));

test('in flight: counted from the first byte, on new connections too, and gone with every end of a stream', async (t) => {
  const slow = (delayMs: number) => {
    for (const backend of backends) answers(backend, () => ({ delayMs }));
  };
  await t.test('answered', async () => {
    slow(3_000);
    const all = Array.from({ length: 12 }, (_, n) => get('flight', n));
    await becomes('all are in flight before any is answered', 'flight', 12);
    await Promise.all(all);
    await becomes('none is left', 'flight', 0);
  });
  await t.test('given up by the client', async () => {
    slow(30_000);
    const all = Array.from({ length: 12 }, (_, n) => {
      const options = {
        port: envoy.port(),
        path: '/flight',
        headers: { host: 'www.example.com', 'x-user': `user-${n}` },
      };
      const request = send(options).on('error', () => {});
      request.end();
      return request;
    });
    await becomes('all are in flight', 'flight', 12);
    for (const request of all) request.destroy();
    await becomes('none is left', 'flight', 0);
  });
  await t.test('reset by the backend', async () => {
    slow(30_000);
    const seen = () => sum(backends.map(({ hits }) => hits.get('/flight') ?? 0));
    const before = seen();
    const all = Array.from({ length: 12 }, (_, n) => get('flight', n));
    await becomes('all are in flight', 'flight', 12);
    await eventually('all have come to their hosts', () => assert.equal(seen() - before, 12));
    for (const backend of backends) backend.dropConnections();
    const ends = (await Promise.all(all)).map(({ status }) => status);
    assert.deepEqual(
      ends,
      ends.map(() => 503),
    );
    await becomes('none is left', 'flight', 0);
  });
});

test('without reports every key stays home while load is even', async () => {
  await allServe('silent');
  const names = ['home', 'spilled_1', 'spilled_2', 'spilled_3_to_7', 'hot_key'];
  const counts = async (): Promise<number[]> => {
    const stats = await envoy.admin.settledStats();
    return names.map((name) => stats[`loadstar_sticky_${name}_total`]!);
  };
  const { rounds, before, now } = await calmly(async () => {
    const before = await counts();
    return { rounds: [await hostsOf('silent'), await hostsOf('silent')], before, now: await counts() };
  });
  assert.deepEqual(rounds[1], rounds[0]);
  assert.equal(new Set(rounds[0]).size, backends.length);
  assert.deepEqual(
    now.map((count, i) => count - before[i]!),
    [2 * keys, 0, 0, 0, 0],
  );
  assert.equal(
    (await get('silent', 1)).headers['x-why'],
    undefined,
    'nothing is told unless it is asked for',
  );
});

test('a host gets no more in flight than the bound, and each key that is turned away has the same next host', async () => {
  await allServe('bound');
  const home = await calmly(() => hostsOf('bound'));
  // So that all are in flight before the first is answered.
  for (const backend of backends) answers(backend, () => ({ delayMs: 3_000 }));
  // All at one host's keys: 3 are free, then 2.5 times a quarter of all that is in flight.
  const some = home.flatMap((host, n) => (host === 'b1' ? [n] : [])).slice(0, 32);
  const hosts = (await Promise.all(some.map((n) => get('bound', n)))).map(backendOf);
  const atHome = hosts.filter((host) => host === 'b1').length;
  assert.ok(atHome < 26, `${atHome} of ${some.length} at home`);
  assert.ok(atHome >= 8, `${atHome} of ${some.length} at home`);
  await becomes('none is left', 'bound', 0);
});

test('a host that was away comes back with half of its keys', async () => {
  const healthy = (good: boolean): void => {
    backends[0]!.reply = ({ path }) => ({ status: path === '/health' && !good ? 500 : 200 });
  };
  const state = async () => (await envoy.admin.hosts(clusterOf('away')))[backends[0]!.host]!.healthy;
  await allServe('away');
  const home = await calmly(() => hostsOf('away'));
  assert.ok(home.includes('b1'));
  healthy(false);
  await eventually('Envoy takes it out', async () => assert.equal(await state(), false));
  await eventually('workers know', async () =>
    assert.ok(!(await hostsOf('away')).includes('b1'), 'it has keys'),
  );
  await sleep(600);
  healthy(true);
  await eventually('Envoy takes it back', async () => assert.equal(await state(), true));
  // Workers hear of it up to a second later (Envoy's update_merge_window).
  await eventually('it answers', async () =>
    assert.equal(backendOf(await get('away', home.indexOf('b1'))), 'b1'),
  );
  await eventually('it sheds', async () => {
    // With a message: without one, assert looks for its own source text, which takes seconds of this process
    // each time.
    const shed = (await gauge('shed_permille', 'away'))[0]!;
    assert.ok(shed > 300, `${shed}`);
  });
  const now = (await hostsOf('away')).filter((host) => host === 'b1').length;
  const all = home.filter((host) => host === 'b1').length;
  assert.ok(now > all * 0.2 && now < all * 0.85, `${now} of ${all}`);
});
