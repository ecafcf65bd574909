/** An API server followed: lists, watches, and what goes wrong between the two. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { eventually, sleep } from '../../support/eventually.ts';
import { FakeApiServer } from '../../support/fake-api-server.ts';
import { follow, gateway, route, seen, service, shop, slice, titlesOf, type World } from './world.ts';

let fake: FakeApiServer;
let world: World | undefined;
beforeEach(async () => {
  fake = await FakeApiServer.start();
  fake.put(...shop);
});
afterEach(async () => {
  world?.cluster.close();
  world = undefined;
  await fake.stop();
});
const listsOf = (plural: string): number =>
  fake.asked.filter((one) => one.includes(`/${plural}?limit`)).length;
const watchesOf = (plural: string): string[] => fake.asked.filter((one) => one.includes(`/${plural}?watch`));
const all = [
  'Gateway default/eg',
  'GatewayClass loadstar',
  'HTTPRoute default/shop',
  'Service default/shop',
  'EndpointSlice default/shop-1',
];

test('what is there is there at once; what comes, changes and goes follows', async () => {
  world = await follow(fake);
  assert.deepEqual(titlesOf(world).sort(), [...all].sort());
  fake.put(route('cart'));
  await seen(world, 'HTTPRoute default/cart');
  fake.remove(route('cart'));
  await seen(world, 'HTTPRoute default/cart', false);
  fake.put(slice(['10.0.0.3']));
  await eventually('the new address is there', () => {
    const { value } = world!.cluster.relevant([]).documents.find(({ file }) => file.startsWith('EndpointS'))!;
    assert.match(JSON.stringify(value), /10\.0\.0\.3/);
  });
});

test('lists come in pages', async () => {
  for (let i = 0; i < 600; i++) fake.put(route(`r${i}`));
  world = await follow(fake);
  assert.equal(titlesOf(world).filter((one) => one.startsWith('HTTPRoute')).length, 601);
  assert.equal(listsOf('httproutes'), 3);
});

test('a page that is too large is asked for in smaller ones', async () => {
  const data = { 'ca.crt': 'x'.repeat(1_000_000) };
  for (let i = 0; i < 40; i++)
    fake.put({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `big-${i}`, namespace: 'default' },
      data,
    });
  world = await follow(fake);
  assert.equal(world.cluster.objects().filter(({ kind }) => kind === 'ConfigMap').length, 40);
});

test('a watch that is cut goes on where it was, without a list', async () => {
  world = await follow(fake);
  await eventually('all are watched', () => assert.ok(fake.watching >= 12));
  fake.write('{"type":"ADDED","object":{"metadata":{"na', 'httproutes');
  fake.cut();
  fake.put(route('cart'));
  await seen(world, 'HTTPRoute default/cart');
  assert.equal(listsOf('httproutes'), 1);
  assert.deepEqual(titlesOf(world).filter((one) => one.startsWith('HTTPRoute')).length, 2);
});

test('bookmarks move the place from which a watch goes on', async () => {
  world = await follow(fake);
  await eventually('all are watched', () => assert.ok(fake.watching >= 12));
  fake.objects.version = 5_000;
  await eventually('it goes on from there', async () => {
    fake.bookmark('gateways');
    await sleep(20);
    fake.cut();
    await sleep(20);
    assert.match(watchesOf('gateways').at(-1)!, /resourceVersion=5000/);
  });
});

test('410 begins anew, and what went meanwhile is gone', async () => {
  world = await follow(fake);
  fake.put(route('cart'));
  await seen(world, 'HTTPRoute default/cart');
  fake.objects.onEvent = () => {};
  fake.remove(route('cart'));
  fake.put(route('late'));
  fake.objects.forget();
  fake.cut();
  await seen(world, 'HTTPRoute default/late');
  assert.ok(!titlesOf(world).includes('HTTPRoute default/cart'));
  assert.equal(listsOf('httproutes'), 2);
});

test('while nothing answers, all stays; each trouble is told once, and its end', async () => {
  world = await follow(fake);
  fake.refuses.set('', 503);
  fake.cut();
  await eventually('it is told', () => assert.ok(world!.lines.some((line) => line.includes('refused'))));
  assert.deepEqual(titlesOf(world).sort(), [...all].sort());
  fake.refuses.clear();
  await eventually('all is well', () =>
    assert.equal(world!.lines.at(-1), 'Kubernetes: all is followed again'),
  );
  assert.equal(new Set(world.lines).size, world.lines.length, world.lines.join('\n'));
  fake.put(route('cart'));
  await seen(world, 'HTTPRoute default/cart');
});

test('a kind whose definition is not there is looked for again', async () => {
  fake.absent.add('GRPCRoute');
  const lines: string[] = [];
  world = await follow(fake, { say: (line) => lines.push(line) });
  assert.match(lines.join('\n'), /^Kubernetes: not there, and looked for again: .*GRPCRoute\.gateway.*$/);
  fake.absent.clear();
  fake.put({ ...route('talk'), kind: 'GRPCRoute' });
  await seen(world, 'GRPCRoute default/talk');
});

test('a kind that is not there any more keeps its objects', async () => {
  world = await follow(fake);
  fake.absent.add('HTTPRoute');
  fake.cut();
  await eventually('it is told', () => assert.match(world!.lines.join('\n'), /not served any more/));
  assert.ok(titlesOf(world).includes('HTTPRoute default/shop'));
});

test('nothing is read before all of it can be: a kind that may not be listed is named', async () => {
  fake.refuses.set('/secrets', 403);
  const lines: string[] = [];
  const following = follow(fake, { say: (line) => lines.push(line) });
  await eventually('it is told', () => assert.match(lines.join('\n'), /secrets may not be followed/));
  fake.refuses.clear();
  world = await following;
  assert.deepEqual(titlesOf(world).sort(), [...all].sort());
});

test('a token that ended is asked for anew', async () => {
  fake.tokens.add('new');
  let token = 'old';
  const asked: boolean[] = [];
  world = await follow(
    fake,
    {},
    {
      token: async (anew) => {
        asked.push(anew);
        if (anew) token = 'new';
        return token;
      },
    },
  );
  assert.deepEqual(world.lines, []);
  assert.ok(asked.includes(true));
});

for (const [what, garbage] of [
  ['no JSON', '{"items": [{'],
  ['no object', '[]'],
  ['too large', ' '.repeat(33 * 1024 * 1024)],
] as const)
  test(`a list that is ${what} changes nothing`, async () => {
    world = await follow(fake);
    fake.garbage.set('gateways', garbage);
    fake.objects.forget();
    fake.cut();
    await eventually('it is told', () => assert.ok(world!.lines.length > 0), 20_000);
    assert.deepEqual(titlesOf(world).sort(), [...all].sort());
    fake.garbage.clear();
    fake.put(service('other'), gateway('second'));
    await seen(world, 'Gateway default/second');
  });

test('a watch that ends at once does not become a flood', async () => {
  world = await follow(fake, { backOffMs: 20 });
  const before = fake.asked.length;
  const timer = setInterval(() => fake.cut(), 1);
  await sleep(300);
  clearInterval(timer);
  assert.ok(fake.asked.length - before < 12 * 20, `${fake.asked.length - before} requests`);
});

test('one namespace alone', async () => {
  world = await follow(fake, { namespaces: ['other'] });
  assert.deepEqual(titlesOf(world), ['GatewayClass loadstar']);
  assert.ok(fake.asked.some((one) => one.includes('/namespaces/other/httproutes')));
});
