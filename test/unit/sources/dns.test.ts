/** Names followed at a DNS server of our own, over UDP. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { type DnsName, DnsSource, lookupsAt } from '../../../host/sources/dns.ts';
import { DnsServer } from '../../support/dns-server.ts';
import { eventually } from '../../support/eventually.ts';

let server: DnsServer;
let source: DnsSource;
let changes = 0;
let troubles: string[] = [];

beforeEach(async () => {
  server = await DnsServer.start();
  changes = 0;
  troubles = [];
  const lookups = lookupsAt(`127.0.0.1:${server.port}`, 100);
  source = new DnsSource({
    onChange: () => {
      changes += 1;
    },
    onTrouble: (line) => troubles.push(line),
    floorMs: 20,
    lookups: {
      ...lookups,
      lookup: async (name, family) => (name === 'hosts-file.test' && family === 4 ? ['127.0.0.9'] : []),
    },
  });
});
afterEach(async () => {
  source.close();
  await server.stop();
});

const named = (name: string, more: Partial<DnsName> = {}): DnsName => ({
  name,
  family: 'IPv4Preferred',
  refreshMs: 20,
  respectTtl: false,
  ...more,
});
const has = (query: DnsName, addresses: readonly string[]) =>
  eventually(
    `${query.name} has ${addresses}`,
    () => assert.deepEqual(source.addresses(query), addresses),
    10_000,
    10,
  );
/** Until it has been asked so many times from now on. */
const askedAgain = (times: number) => {
  const from = server.asked.length;
  return eventually('it is asked again', () => assert.ok(server.asked.length >= from + times), 10_000, 10);
};

test('the first answers are there when follow resolves; changes are told', async () => {
  const shop = named('shop.test');
  server.names.set('shop.test', { a: ['10.0.0.2', '10.0.0.1'] });
  await source.follow([shop]);
  assert.deepEqual(source.addresses(shop), ['10.0.0.1', '10.0.0.2']);
  assert.equal(changes, 0);
  server.names.set('shop.test', { a: ['10.0.0.1', '10.0.0.3'] });
  await has(shop, ['10.0.0.1', '10.0.0.3']);
  assert.equal(changes, 1);
  await askedAgain(2);
  assert.equal(changes, 1, 'the same answer is no change');
  await source.follow([]);
  assert.deepEqual(source.addresses(shop), []);
});

test('each family as Envoy means it', async () => {
  server.names.set('both.test', { a: ['10.0.0.1'], aaaa: ['fd00::1'] });
  server.names.set('six.test', { aaaa: ['fd00::6'] });
  const of = async (name: string, family: DnsName['family']) => {
    const query = named(name, { family });
    await source.follow([query]);
    return source.addresses(query);
  };
  assert.deepEqual(await of('both.test', 'IPv4'), ['10.0.0.1']);
  assert.deepEqual(await of('both.test', 'IPv6'), ['fd00::1']);
  assert.deepEqual(await of('both.test', 'IPv4Preferred'), ['10.0.0.1']);
  assert.deepEqual(await of('both.test', 'IPv6Preferred'), ['fd00::1']);
  assert.deepEqual(await of('both.test', 'IPv4AndIPv6'), ['10.0.0.1', 'fd00::1']);
  assert.deepEqual(await of('six.test', 'IPv4'), []);
  assert.deepEqual(await of('six.test', 'IPv4Preferred'), ['fd00::6']);
  assert.deepEqual(await of('six.test', 'IPv4AndIPv6'), ['fd00::6']);
});

test('an outage and the first "no such name" change nothing; the second empties it', async () => {
  const shop = named('shop.test');
  server.names.set('shop.test', { a: ['10.0.0.1'] });
  await source.follow([shop]);
  for (const outage of ['SERVFAIL', 'silence'] as const) {
    server.names.set('shop.test', outage);
    await askedAgain(3);
    assert.deepEqual(source.addresses(shop), ['10.0.0.1']);
  }
  server.names.set('shop.test', { a: ['10.0.0.1'] });
  await eventually('it resolves again', () => assert.match(troubles.at(-1) ?? '', /resolves again/));
  assert.equal(changes, 0);
  assert.match(
    troubles.join('\n'),
    /shop\.test cannot be resolved: the server failed \(SERVFAIL\); it has 1/,
  );
  server.names.delete('shop.test');
  await has(shop, []);
  assert.equal(changes, 1);
  assert.ok(troubles.some((line) => /does not exist; it has 1 address/.test(line)));
  server.names.set('shop.test', { a: ['10.0.0.7'] });
  await has(shop, ['10.0.0.7']);
});

test('the TTL says when to ask again where it is respected; 0 is the least time', async () => {
  const long = named('long.test', { respectTtl: true });
  const zero = named('zero.test', { respectTtl: true, refreshMs: 3_600_000 });
  server.names.set('long.test', { a: ['10.0.0.1'], ttl: 3_600 });
  server.names.set('zero.test', { a: ['10.0.0.1'], ttl: 0 });
  await source.follow([long, zero]);
  await askedAgain(5);
  assert.equal(server.asked.filter((question) => question === 'A long.test').length, 1);
});

test('what is not in DNS is asked of the system', async () => {
  const query = named('hosts-file.test');
  await source.follow([query]);
  assert.deepEqual(source.addresses(query), ['127.0.0.9']);
});
