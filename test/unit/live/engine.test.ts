/**
 * The engine between a source of changes and a server without Envoys: what it publishes, what it says, what
 * stays.
 */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { configurationOf } from '../../../host/live/configuration.ts';
import { LiveEngine, type Reading } from '../../../host/live/engine.ts';
import { encode } from '../../../host/xds/encode.ts';
import { EnvoyGroup } from '../../../host/xds/group.ts';
import { basics, httpRoute, rule, world } from '../plan/world.ts';

const options = {
  engine: 'native',
  wasm: '',
  admin: { address: '127.0.0.1', port: 0 },
  live: true,
} as const;
const configuration = (path: string) =>
  configurationOf(world(...basics, httpRoute('r', [rule(path)])).plan, options);
const [one, two, three] = ['/one', '/two', '/three'].map(configuration) as [
  ReturnType<typeof configuration>,
  ReturnType<typeof configuration>,
  ReturnType<typeof configuration>,
];

let server: EnvoyGroup;
let said: string[] = [];
let reading: () => Promise<Reading>;
let obstacles: string[] = [];
let engine: LiveEngine;
beforeEach(() => {
  said = [];
  obstacles = [];
  server = new EnvoyGroup(encode(one.resources));
  engine = new LiveEngine(one, {
    server,
    read: () => reading(),
    obstacles: async () => obstacles,
    say: (line) => said.push(line),
    complain: (line) => said.push(`! ${line}`),
    now: () => 0,
  });
});
const change = async (next: () => Promise<Reading>): Promise<string[]> => {
  reading = next;
  engine.changed();
  await engine.idle();
  return said.splice(0);
};

test('a good change is served, and said', async () => {
  assert.deepEqual(await change(async () => ({ configuration: two })), [
    'pool httproute/default/r/rule/0 replaced by one with 2 hosts; HTTPRoute default/r: routes changed: no Envoy is connected; it gets it when it is',
  ]);
  assert.equal(server.snapshot.version, encode(two.resources).version);
  assert.equal(engine.good, two);
  assert.deepEqual(await change(async () => ({ configuration: two })), [], 'the same again');
});

test('a bad one changes nothing, whatever is bad about it; the next good one ends it', async () => {
  const { version } = server.snapshot;
  assert.deepEqual(await change(async () => ({ refused: '2 errors' })), ['! 2 errors; what Envoy has stays']);
  const broken = async () => {
    throw new Error('the disk is full');
  };
  assert.deepEqual(await change(broken), ['! the disk is full; what Envoy has stays']);
  obstacles = ['0.0.0.0:80 is in use'];
  assert.match(
    (await change(async () => ({ configuration: two }))).join(),
    /! .*is in use; what Envoy has stays/,
  );
  assert.equal(server.snapshot.version, version);
  assert.equal(engine.good, one);
  obstacles = [];
  assert.deepEqual(await change(async () => ({ configuration: one })), [
    'good again; nothing differs from what Envoy has',
  ]);
  assert.equal((await change(async () => ({ configuration: two }))).length, 1);
});

test('changes that come while one is on its way are taken together, the last of them', async () => {
  let reads = 0;
  reading = async () => {
    reads += 1;
    if (reads === 1) for (let i = 0; i < 10; i++) engine.changed();
    return { configuration: reads === 1 ? two : three };
  };
  engine.changed();
  await engine.idle();
  assert.equal(reads, 2);
  assert.equal(engine.good, three);
});

test('after its end it does nothing', async () => {
  engine.close();
  assert.deepEqual(await change(async () => ({ configuration: two })), []);
});
