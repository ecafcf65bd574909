/**
 * explain against a real Envoy: a thousand requests of all kinds, each explained from the manifests alone and
 * sent to an Envoy that was started from the same manifests; the host that answers must be the one that was
 * named. Then the same with a host down, and which route serves odd paths, hosts, headers and queries.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { backendOf, http1 } from '../../demo/fakes/http1.ts';
import { inParallel, nameOf } from '../support/engines.ts';
import { many, requests, type Sent } from './explain-requests.ts';
import { ask, backends, begin, end, envoy, explained, keyChoice, settled, until } from './explain-world.ts';

before(begin);
after(end);

test('1,000 requests: the host that answers is the one that was named', async (t) => {
  assert.equal(requests.length, 1_000);
  const answered = await inParallel(requests, 8, (sent) => ask(sent));
  const named = requests.map((sent) => {
    const choice = keyChoice(explained(sent));
    assert.equal(choice.by, 'filter');
    return nameOf(backends, choice.pick!.host);
  });
  const differing = requests.filter((_, i) => answered[i] !== named[i]);
  t.diagnostic(`${requests.length} requests, ${differing.length} differ, ${new Set(named).size} hosts`);
  assert.deepEqual(differing, []);
  assert.equal(new Set(answered).size, backends.length);
});

test('the same with a host down', async (t) => {
  const sick = backends[1]!;
  sick.reply = ({ path }) => (path === '/healthz' ? { status: 503 } : {});
  await until(sick, false);
  await settled([sick.host]);
  const answered = await inParallel(requests, 8, (sent) => ask(sent));
  const named = requests.map((sent) => nameOf(backends, keyChoice(explained(sent, [sick.host])).down!.host!));
  sick.reply = () => ({});
  await until(sick, true);
  const differing = requests.filter((_, i) => answered[i] !== named[i]);
  const moved = requests.filter((sent) => keyChoice(explained(sent)).pick!.host === sick.host);
  t.diagnostic(`${moved.length} requests were its own, ${differing.length} of ${requests.length} differ`);
  assert.deepEqual(differing, []);
  assert.ok(moved.length > 100 && !answered.includes(sick.name));
});

test('native engine: the same hosts, and where its rebuilt table sends keys with a host down', async (t) => {
  // The tests before took hosts down and up again, in this Envoy too.
  await settled(
    [],
    'native',
    backends.map(({ host }) => host),
  );
  const all = await inParallel(requests, 8, (sent) => ask(sent, 'native'));
  const homes = requests.map((sent) => {
    const choice = keyChoice(explained(sent, [], 'native'));
    assert.equal(choice.by, 'envoy');
    return nameOf(backends, choice.pick!.host);
  });
  assert.deepEqual(all, homes);
  const sick = backends[3]!;
  sick.reply = ({ path }) => (path === '/healthz' ? { status: 503 } : {});
  await until(sick, false);
  await settled([sick.host], 'native');
  const answered = await inParallel(requests, 8, (sent) => ask(sent, 'native'));
  const named = requests.map((sent) =>
    nameOf(backends, keyChoice(explained(sent, [sick.host], 'native')).down!.host!),
  );
  sick.reply = () => ({});
  await until(sick, true);
  const others = requests.filter((_, i) => homes[i] !== sick.name && answered[i] !== homes[i]);
  t.diagnostic(`${others.length} keys of healthy hosts moved in Envoy's own table, as explained`);
  assert.deepEqual(answered, named);
});

test('two hosts of five down are no panic, three are', async () => {
  const sick = backends.slice(0, 3);
  for (const count of [2, 3]) {
    for (const backend of sick.slice(0, count))
      backend.reply = ({ path }) => (path === '/healthz' ? { status: 503 } : {});
    for (const backend of sick.slice(0, count)) await until(backend, false);
    const down = sick.slice(0, count).map(({ host }) => host);
    await settled(down);
    const some = requests.slice(0, 300);
    const answered = await inParallel(some, 8, (sent) => ask(sent));
    const choices = some.map((sent) => keyChoice(explained(sent, down)).down!);
    assert.equal(
      choices.every(({ panic }) => panic === (count === 3)),
      true,
    );
    assert.deepEqual(
      answered,
      choices.map(({ host }) => nameOf(backends, host!)),
    );
  }
  for (const backend of sick) backend.reply = () => ({});
  for (const backend of sick) await until(backend, true);
});

test('retries go to the hosts that were named, in their order', async () => {
  // The test before took hosts down, and workers hear of their return later than the admin page.
  const all = backends.map(({ host }) => host);
  for (const engine of ['filter', 'native'] as const) await settled([], engine, all);
  const tried = new Map<string, string[]>();
  for (const backend of backends) {
    backend.reply = ({ path, headers }) => {
      if (!path.startsWith('/retry')) return {};
      const key = String(headers['x-key']);
      tried.set(key, [...(tried.get(key) ?? []), backend.name]);
      return { status: 503 };
    };
  }
  const keys = many(60, (i) => `again-${i}`);
  const sent = (key: string): Sent => ({ path: '/retry', headers: [['X-Key', key]] });
  for (const engine of ['filter', 'native'] as const) {
    tried.clear();
    await inParallel(keys, 4, (key) => ask(sent(key), engine));
    for (const key of keys) {
      const { pick, retries = [] } = keyChoice(explained(sent(key), [], engine));
      assert.deepEqual(
        tried.get(key),
        [pick!.host, ...retries].map((host) => nameOf(backends, host)),
        `${engine}: ${key}`,
      );
    }
  }
  for (const backend of backends) backend.reply = () => ({});
});

test('of a split, the backend and the host that a key belongs to', async () => {
  const keys = many(200, (i): Sent => ({ path: '/split', headers: [['X-Key', `s-${i}`]] }));
  for (const engine of ['filter', 'native'] as const) {
    const answered = await inParallel(keys, 8, (sent) => ask(sent, engine));
    const named = keys.map((sent) => {
      const { pools } = explained(sent, [], engine);
      assert.equal(pools.length, 2);
      const { choice } = pools.find(({ chosen }) => chosen)!;
      assert.ok(choice.kind === 'key');
      return nameOf(backends, choice.pick!.host);
    });
    assert.deepEqual(answered, named, engine);
    assert.ok(named.some((name) => name === 'b5') && named.some((name) => name === 'b1'));
  }
});

test('a cookie that Envoy hands out leads where explain says', async () => {
  for (let i = 0; i < 20; i++) {
    const first = await http1({ port: envoy.port(), path: '/cookie' });
    const line = first.headers['set-cookie']?.[0] ?? '';
    const value = /^FooBar="([0-9a-f]{16})"/.exec(line)?.[1];
    assert.ok(value !== undefined, line);
    const choice = keyChoice(explained({ path: '/cookie', headers: [['Cookie', `FooBar="${value}"`]] }));
    assert.equal(backendOf(first), nameOf(backends, choice.pick!.host));
  }
});

test('a generated cookie is the one Envoy would send, but for the addresses', () => {
  const choice = keyChoice(explained({ path: '/cookie' }));
  assert.equal(choice.key[0]?.from, 'generated');
  assert.match(choice.setCookie[0] ?? '', /^FooBar="[0-9a-f]{16}"; Max-Age=60; HttpOnly$/);
});

test('without a key no host is named, and Envoy spreads', async () => {
  assert.equal(keyChoice(explained({ path: '/header' })).pick, undefined);
  const answered = new Set(await Promise.all(many(40, () => ask({ path: '/header' }))));
  assert.ok(answered.size > 1);
});
