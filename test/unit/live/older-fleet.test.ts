/** Small clients that say they are Envoys of several versions, at one engine. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { type Configuration, configurationOf } from '../../../host/live/configuration.ts';
import { LiveEngine } from '../../../host/live/engine.ts';
import { suitsOlder } from '../../../host/live/older-envoys.ts';
import { encode } from '../../../host/xds/encode.ts';
import { EnvoyGroup } from '../../../host/xds/group.ts';
import { KINDS } from '../../../host/xds/registry.ts';
import { AdsServer } from '../../../host/xds/server.ts';
import { liveFilterOptions } from '../../support/engine-options.ts';
import { eventually } from '../../support/eventually.ts';
import { type Names, SmallClient } from '../../support/small-client.ts';
import { socketPath } from '../../support/socket.ts';
import { basics, httpRoute, type Manifest, policy, rule, target, world } from '../plan/world.ts';

const of = (...more: Manifest[]) =>
  configurationOf(world(...basics, httpRoute('r', [rule('/a')]), ...more).plan, liveFilterOptions());
const ofRange = (requests: number) =>
  policy('p', [target('HTTPRoute', 'r')], {
    rateLimit: {
      local: {
        rules: [
          {
            clientSelectors: [{ sourceCIDR: { type: 'Exact', value: '10.0.0.0/8' } }],
            limit: { requests, unit: 'Hour' },
          },
        ],
      },
    },
  });
const plain = of();
const limited = of(ofRange(1));

const path = socketPath();
let server: AdsServer;
let group: EnvoyGroup;
let engine: LiveEngine;
let next: Configuration;
let said: string[] = [];
const clients: SmallClient[] = [];

beforeEach(async () => {
  said = [];
  group = new EnvoyGroup(encode(plain.resources), { suit: suitsOlder() });
  engine = new LiveEngine(plain, {
    server: group,
    read: async () => ({ configuration: next }),
    say: (line) => said.push(line),
    complain: (line) => said.push(`! ${line}`),
  });
  server = new AdsServer(() => group);
  await server.listen({ path });
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await server.close();
});

async function joined(...versions: readonly string[]): Promise<void> {
  const kinds = KINDS.map((kind) => [kind, [...group.snapshot.resources[kind].keys()]] as const);
  const names = Object.fromEntries(kinds) as unknown as Names;
  for (const version of versions)
    clients.push(new SmallClient(`of ${version}`, 'loadstar', path, names, '', version));
  await eventually('all are current', () => {
    const current = group.envoys().filter(({ acknowledged }) => acknowledged === group.snapshot.version);
    assert.equal(current.length, clients.length, 'not yet');
  });
}
async function change(to: Configuration): Promise<string> {
  next = to;
  engine.changed();
  await engine.idle();
  return said.splice(0).join('\n');
}
const routes = () => clients.map((client) => client.bytes.get('rds') ?? 0);

test('half of them are too old: all have the change, each in its form, and it is said once', async () => {
  await joined('1.40.0', '1.37.0');
  for (const client of clients) client.reset();
  assert.match(
    await change(limited),
    /HTTPRoute.*: acknowledged after \d+ ms; Envoy 1\.37\.0 \(of 1\.37\.0\) is too old: rate limits by ranges/,
  );
  const [whole, closed] = routes() as [number, number];
  assert.ok(closed > 0 && closed < whole, `${closed} and ${whole} bytes`);
  assert.deepEqual(
    group.envoys().map(({ acknowledged }) => acknowledged),
    [group.snapshot.version, group.snapshot.version],
  );
  assert.deepEqual(
    group.lacking().map(({ id }) => id),
    ['of 1.37.0'],
  );
  assert.match(await change(of(ofRange(2))), /acknowledged after \d+ ms$/);
  assert.match(await change(plain), /acknowledged after \d+ ms$/);
  assert.match(await change(limited), /too old/);
});

test('whatever versions peers claim, and however many they are, the others have the change', async () => {
  const claimed = Array.from({ length: 60 }, (_, i) => `1.${i % 36}.${i}`);
  await joined('1.40.0', ...claimed);
  for (const client of clients) client.reset();
  const line = await change(limited);
  assert.match(line, /: acknowledged after \d+ ms; Envoy 1\.0\.0 and 59 more versions \(of 1\.0\.0, /);
  assert.ok(line.length < 1_000, line);
  const [whole, ...closed] = routes();
  assert.ok(
    closed.every((bytes) => bytes > 0 && bytes < whole!),
    `${closed} and ${whole} bytes`,
  );
  assert.notEqual(engine.good, plain);
});

test('all are too old: they have it in their form, as they would from a server that starts now', async () => {
  await joined('1.37.0');
  assert.match(await change(limited), /acknowledged after \d+ ms; Envoy 1\.37\.0 .* is too old: /);
});

test('one that comes late gets its form, too', async () => {
  await change(limited);
  await joined('1.40.0', '1.37.0', '');
  const [whole, closed, silent] = routes() as [number, number, number];
  assert.ok(closed > 0 && closed < whole, `${closed} and ${whole} bytes`);
  assert.equal(silent, whole, 'one that does not say its version is taken for a new one');
});
