/**
 * ListenerSets: what they add to a Gateway, who has a place that several want, and policies that target them.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  clientTrafficPolicy,
  gateway,
  httpRoute,
  listenerSet,
  type Manifest,
  policy,
  rule,
  securityPolicy,
  target,
  upstream,
  world,
} from './world.ts';

const GROUP = 'gateway.networking.k8s.io';
const set = (name: string, listeners: Manifest[], spec: Manifest = {}, metadata: Manifest = {}): Manifest =>
  listenerSet(name, listeners, { spec, metadata });
const at = (name: string, more: Manifest = {}): Manifest => ({
  name,
  port: 8080,
  protocol: 'HTTP',
  hostname: `${name}.test`,
  ...more,
});
function open(listeners: Manifest[] = [at('own')], from = 'All'): Manifest {
  const one = gateway('eg', listeners);
  return { ...one, spec: { ...one.spec, allowedListeners: { namespaces: { from } } } };
}
const via = (name: string, parentRefs: Manifest[]): Manifest =>
  httpRoute(name, [rule('/')], { parentRefs, hostnames: [] });
const ofSet = (name: string, more: Manifest = {}): Manifest => ({
  group: GROUP,
  kind: 'ListenerSet',
  name,
  ...more,
});
const names = (w: ReturnType<typeof world>) =>
  w.plan.listeners.flatMap((l) => l.virtualHosts.map((h) => h.name));

test('a route of a set is served on its listeners alone', () => {
  const w = world(...upstream, open(), set('more', [at('a'), at('b')]), via('r', [ofSet('more')]));
  assert.deepEqual(names(w), ['default/eg/default/more/a/a_test', 'default/eg/default/more/b/b_test']);
  assert.deepEqual(w.codes(), []);
});

test('two sets and a Gateway may have listeners of one name', () => {
  const w = world(
    ...upstream,
    open([at('http', { hostname: 'g.test' })]),
    set('one', [at('http', { hostname: 'one.test' })]),
    set('two', [at('http', { hostname: 'two.test' })]),
    via('r', [{ name: 'eg' }, ofSet('one', { sectionName: 'http' }), ofSet('two')]),
  );
  assert.deepEqual(names(w), [
    'default/eg/http/g_test',
    'default/eg/default/one/http/one_test',
    'default/eg/default/two/http/two_test',
  ]);
});

test('of two sets the older has a place, then the first by name', () => {
  const born = (creationTimestamp: string) => ({ creationTimestamp });
  const same = [at('x', { hostname: 'x.test' })];
  const w = world(
    ...upstream,
    open(),
    set('aaa', same, {}, born('2026-02-01T00:00:00Z')),
    set('bbb', same, {}, born('2026-01-01T00:00:00Z')),
    via('r', [ofSet('aaa'), ofSet('bbb')]),
  );
  assert.deepEqual(names(w), ['default/eg/default/bbb/x/x_test']);
  assert.equal(w.find('listener-conflict').resource, 'ListenerSet default/aaa');
});

test('a set that is not let in serves nothing, and its routes are told', () => {
  for (const from of ['None', 'Same']) {
    const w = world(
      ...upstream,
      open(undefined, from),
      set('more', [at('a')], { parentRef: { name: 'eg', namespace: 'default' } }, { namespace: 'apps' }),
      via('r', [ofSet('more', { namespace: 'apps' })]),
    );
    assert.deepEqual(names(w), []);
    assert.equal(w.find('parent-refused').value, 'eg');
    assert.match(w.find('parent-unknown').message, /not let in/);
  }
});

test('a policy holds for a set, its listener before it, and its Gateway after it', () => {
  const balanced = (name: string, type: string, ...of: Parameters<typeof target>) =>
    policy(name, [target(...of)], { loadBalancer: { type } });
  const w = world(
    ...upstream,
    open(),
    set('more', [at('a'), at('b')]),
    set('rest', [at('c')]),
    via('ra', [ofSet('more', { sectionName: 'a' })]),
    via('rb', [ofSet('more', { sectionName: 'b' })]),
    via('rc', [ofSet('rest')]),
    balanced('of-listener', 'Random', 'ListenerSet', 'more', 'a'),
    balanced('of-set', 'RoundRobin', 'ListenerSet', 'more'),
    balanced('of-gateway', 'LeastRequest', 'Gateway', 'eg'),
  );
  const held = ['ra/0', 'rb/0', 'rc/0'].map((name) => w.route(name).policy?.name);
  assert.deepEqual(held, ['of-listener', 'of-set', 'of-gateway']);
  const overridden = (name: string) => w.conditions('BackendTrafficPolicy', name).Overridden?.message;
  assert.match(
    overridden('of-gateway') ?? '',
    /these listenersets: \[default\/more\] and these listenerset listeners/,
  );
  assert.match(overridden('of-set') ?? '', /these listenerset listeners: \[default\/more\/a\]/);
  assert.equal(overridden('of-listener'), undefined);
});

const extension: Manifest = {
  apiVersion: 'gateway.envoyproxy.io/v1alpha1',
  kind: 'EnvoyExtensionPolicy',
  metadata: { name: 'guard', namespace: 'default' },
  spec: { targetRefs: [target('ListenerSet', 'more')], wasm: [] },
};
for (const [what, guard] of [
  ['policy that protects and is not translated', extension],
  [
    'SecurityPolicy for a listener that a set does not have',
    securityPolicy('guard', [target('ListenerSet', 'more', 'x')], { authorization: {} }),
  ],
] as const)
  test(`a ${what} closes what the set serves`, () => {
    const w = world(
      ...upstream,
      open(),
      set('more', [at('a'), at('b')]),
      via('ra', [ofSet('more', { sectionName: 'a' })]),
      via('rg', [{ name: 'eg' }]),
      guard,
    );
    assert.equal(w.route('ra/0').action.kind, 'respond');
    assert.equal(w.route('rg/0').action.kind, 'forward');
  });

test('a ClientTrafficPolicy for a set needs the port for itself', () => {
  const clients = (name: string, ...of: Parameters<typeof target>): Manifest =>
    clientTrafficPolicy(name, [target(...of)], { connection: { bufferLimit: '64Ki' } });
  const shared = world(
    ...upstream,
    open(),
    set('more', [at('a')]),
    via('r', [ofSet('more')]),
    clients('c', 'ListenerSet', 'more'),
  );
  assert.equal(shared.route('r/0').action.kind, 'respond');
  assert.match(shared.find('policy-port-shared').message, /default\/eg\/own/);
  const alone = world(
    ...upstream,
    open(),
    set('more', [at('a', { port: 8081 }), at('b', { port: 8081 })]),
    via('r', [ofSet('more')]),
    clients('c', 'ListenerSet', 'more'),
    clients('g', 'Gateway', 'eg'),
  );
  const held = alone.plan.listeners.map(({ port, clients: of }) => `${port} ${of?.policy.name}`);
  assert.deepEqual(held, ['8080 g', '8081 c']);
  const { Overridden } = alone.conditions('ClientTrafficPolicy', 'g');
  assert.match(Overridden?.message ?? '', /\[a b\]/);
});

test('a set of a Gateway that is not there is told', () => {
  const w = world(...upstream, set('lost', [at('a')], { parentRef: { name: 'none' } }), open());
  assert.match(w.find('parent-unknown').message, /Gateway default\/none does not exist/);
});
