/** The status of a policy under many Gateways, and what holds on each route over what. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { twoListeners } from './attach-world.ts';
import {
  basics,
  gateway,
  gatewayClass,
  httpRoute,
  lb,
  listener,
  policy,
  rule,
  target,
  upstream,
  world,
} from './world.ts';

test('more than 16 ancestors: the refused first, the last one says so', () => {
  const listeners = Array.from({ length: 20 }, (_, i) => listener(`l${i}`, 8000 + i));
  const w = world(
    gatewayClass,
    upstream,
    gateway('eg', listeners),
    policy('a', [target('Gateway', 'eg', 'l19')], lb('Random')),
    policy(
      'p',
      listeners.map((l) => target('Gateway', 'eg', l.name as string)),
      lb('Random'),
    ),
  );
  const status = w.status.find((s) => s.name === 'p')!;
  assert.ok(status.kind === 'BackendTrafficPolicy');
  assert.equal(status.ancestors.length, 16);
  assert.equal(status.ancestors[0]!.ancestorRef.sectionName, 'l19');
  assert.equal(status.ancestors[15]!.conditions.at(-1)!.type, 'Aggregated');
});

/** What holds on each route and what it overrides there, as `route: holds < overrides`. */
const relations = (w: ReturnType<typeof world>): string[] => [
  ...new Set(
    w.plan.listeners.flatMap((l) =>
      l.virtualHosts.flatMap((v) =>
        v.routes.map(({ name, policy: p }) => {
          const merged = p?.mergedWith === undefined ? '' : ` + ${p.mergedWith.name}`;
          const below = p?.overrides.map((one) => ` < ${one.name}`).join('') ?? '';
          return `${l.name.split('/').slice(1).join('/')} ${name.split('/match')[0]}: ${p?.name}${merged}${below}`;
        }),
      ),
    ),
  ),
];

test('relations are those of each listener, route and rule', () => {
  const w = world(
    twoListeners,
    httpRoute('r', [rule('/1', { name: 'one' }), rule('/2')]),
    policy('p-gw', [target('Gateway', 'eg')], lb('Random')),
    policy('p-alt', [target('Gateway', 'eg', 'alt')], lb('Random')),
    policy('p', [target('HTTPRoute', 'r')], { mergeType: 'JSONMerge', retry: {} }),
    policy('p-one', [target('HTTPRoute', 'r', 'one')], lb('Random')),
  );
  const [one, two] = ['httproute/default/r/rule/0', 'httproute/default/r/rule/1'];
  assert.deepEqual(relations(w), [
    `eg/http ${one}: p-one < p < p-gw`,
    `eg/http ${two}: p + p-gw`,
    `eg/alt ${one}: p-one < p < p-alt < p-gw`,
    `eg/alt ${two}: p + p-alt < p-gw`,
  ]);
});

test('a refused policy holds, and what shapes its pools is overridden', () => {
  const bad = lb('ConsistentHash', { consistentHash: { type: 'SourceIP', tableSize: 1024 } });
  const w = world(
    basics,
    httpRoute('r'),
    policy('p-gw', [target('Gateway', 'eg')], lb('Random')),
    policy('p', [target('HTTPRoute', 'r')], bad),
  );
  assert.deepEqual(relations(w), ['eg/http httproute/default/r/rule/0: p < p-gw']);
});

test('policies that are not accepted on a route are named there with the words of their status', () => {
  const w = world(
    basics,
    httpRoute('r'),
    policy('p-gw', [target('Gateway', 'eg')], lb('Random')),
    policy('a', [target('HTTPRoute', 'r')], { mergeType: 'Merge', ...lb('Random') }),
    policy('b', [target('HTTPRoute', 'r')], lb('Random')),
  );
  const { policy: holds } = w.route('r/0');
  assert.equal(holds?.name, 'p-gw');
  const rejected = Object.fromEntries(holds!.rejected.map((one) => [one.policy.name, one.because]));
  assert.deepEqual(rejected, {
    a: 'error merging policies: unsupported merge type: Merge',
    b: 'Unable to target HTTPRoute r, another BackendTrafficPolicy has already attached to it',
  });
  for (const [name, because] of Object.entries(rejected)) {
    const message = w.conditions('BackendTrafficPolicy', name).Accepted?.message;
    assert.equal(message?.toLowerCase().replace(/\.$/, ''), because.toLowerCase());
  }
});
