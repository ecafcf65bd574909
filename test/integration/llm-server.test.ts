/**
 * envoy/llm-chat/chat.yaml in front of servers that behave as vLLM does: conversations stay where their
 * beginning is cached, streams come whole, no report reaches a client, and a server that reports a full cache
 * gives conversations away, though streams bring no reports.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { startChats, type Turn } from '../../demo/fakes/chats.ts';
import { onOnePort, stopAll } from '../../demo/fakes/listen.ts';
import { LlmServer } from '../../demo/fakes/llm-server.ts';
import { Envoy } from '../support/envoy.ts';
import { eventually } from '../support/eventually.ts';
import { translate } from '../support/translate.ts';

const addresses = [11, 12, 13, 14].map((n) => `127.0.0.${n}`);
const options = { slots: 4, cacheBlocks: 3_000, prefillMs: 1, tokenMs: 2 };
const file = new URL('../../envoy/llm-chat/chat.yaml', import.meta.url);
let servers: LlmServer[] = [];
let envoy: Envoy;
let unstuck: Envoy;

before(async () => {
  servers = await onOnePort(addresses, 0, (address, port) => LlmServer.start(options, address, port));
  const text = readFileSync(file, 'utf8').replaceAll('port: 8000', `port: ${servers[0]!.port}`);
  envoy = await Envoy.start(await translate(text, 'filter'));
  const lines = text.split('\n');
  const hash = lines.findIndex((line) => line.includes('type: ConsistentHash'));
  lines.splice(hash, 5, '    type: LeastRequest');
  const even = lines.filter((line) => !/^ +(annotations:|loadstar\/|# )/.test(line)).join('\n');
  unstuck = await Envoy.start(await translate(even, 'native'));
});
after(async () => {
  await envoy?.stop();
  await unstuck?.stop();
  await stopAll(servers);
});

async function chat(at: Envoy, seed: number, enough: (turns: readonly Turn[]) => Promise<boolean> | boolean) {
  const chats = startChats({
    ...{ port: at.port(), host: 'www.example.com', rate: 30, sessions: 40, turns: 12 },
    ...{ streamed: 0.7, tokens: 8, seed, timeoutMs: 120_000 },
  });
  try {
    await eventually('enough', async () => assert.ok(await enough(chats.turns), 'not yet'), 180_000);
  } finally {
    await chats.stop();
  }
  return chats.turns;
}
const cachedPart = (turns: readonly Turn[]): number =>
  turns.reduce((sum, { cached }) => sum + cached, 0) / turns.reduce((sum, { prompt }) => sum + prompt, 0);

test('conversations stay on their server, streams come whole, no report reaches a client', async (t) => {
  const many = (turns: readonly Turn[]) => turns.length >= 300;
  const [even, sticky] = [await chat(unstuck, 1, many), await chat(envoy, 2, many)];
  for (const turns of [even, sticky]) {
    assert.ok(
      turns.some(({ streamed }) => streamed) && turns.some(({ streamed }) => !streamed),
      'both kinds',
    );
    assert.deepEqual(
      turns.filter(({ whole }) => !whole),
      [],
    );
  }
  assert.ok(!sticky.some(({ leaked }) => leaked), 'no report reaches a client');
  t.diagnostic(`cached: ${cachedPart(sticky).toFixed(2)}, least request ${cachedPart(even).toFixed(2)}`);
  assert.ok(cachedPart(sticky) > cachedPart(even) + 0.1, `${cachedPart(sticky)}, ${cachedPart(even)}`);
});

test('a server whose cache is full gives conversations away, and its answers say why', async () => {
  const [hot, ...others] = servers as [LlmServer, ...LlmServer[]];
  hot.pretended = 0.97;
  for (const server of others) server.pretended = 0.3;
  const left = async (): Promise<number> =>
    (await envoy.admin.filterStats()).loadstar_sticky_left_reported_total!;
  const before = await left();
  const turns = await chat(envoy, 3, async () => (await left()) - before > 20);
  const reasons = turns.filter(({ why }) => why?.includes('home=reported'));
  assert.ok(reasons.length > 0, 'no answer said it');
  assert.ok(
    reasons.every(({ server }) => server !== hot.address),
    'what was given away went elsewhere',
  );
});
