/** Which policy holds where several could: the nearer, the older, the first by name; what is overridden. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dated, kinds, twoListeners } from './attach-world.ts';
import { basics, grpcRoute, httpRoute, lb, type Manifest, policy, rule, target, world } from './world.ts';

test('rule before route before listener before Gateway', () => {
  const all = [
    policy('p-gw', [target('Gateway', 'eg')], lb('Random')),
    policy('p-lis', [target('Gateway', 'eg', 'http')], lb('RoundRobin')),
    policy('p-route', [target('HTTPRoute', 'r')], lb('BackendUtilization', { backendUtilization: {} })),
    policy(
      'p-rule',
      [target('HTTPRoute', 'r', 'one')],
      lb('ConsistentHash', { consistentHash: { type: 'SourceIP' } }),
    ),
  ];
  const r = httpRoute('r', [rule('/', { name: 'one' })]);
  const kind = (n: number): string => kinds(world(basics, r, all.slice(0, n)), 'r/rule/0')[0]!;
  assert.deepEqual([0, 1, 2, 3, 4].map(kind), [
    'least-request',
    'random',
    'round-robin',
    'utilization',
    'maglev',
  ]);
});

test('the whole policy wins: what the nearer does not say is default, not the Gateway’s', () => {
  const w = world(
    basics,
    httpRoute('r'),
    policy('p-gw', [target('Gateway', 'eg')], { ...lb('Random'), retry: { numRetries: 4 } }),
    policy('p', [target('HTTPRoute', 'r')], { timeout: { http: { requestTimeout: '5s' } } }),
  );
  assert.equal(kinds(w, 'r/rule/0')[0], 'least-request');
  assert.equal(w.forward('r/0').retry, undefined);
  assert.deepEqual(w.forward('r/0').timeouts, { requestMs: 5000, idleMs: 3_600_000, maxStreamMs: undefined });
});

test('targets that are taken are told once for each reference', () => {
  const all = { targetRefs: undefined, targetSelectors: [{ kind: 'HTTPRoute', matchLabels: {} }] };
  const names = ['a', 'b', 'c', 'd'];
  const w = world(
    basics,
    names.map((name) => httpRoute(name)),
    names.map((name) => policy(name, [], { ...all, ...lb('Random') })),
  );
  const told = w.all.filter(({ code }) => code === 'policy-conflict').map(({ message }) => message);
  assert.equal(told.length, 3);
  for (const message of told)
    assert.equal(
      message,
      'Unable to target HTTPRoute a, another BackendTrafficPolicy has already attached to it (and 3 more targets are taken).',
    );
});

const conflicts: [string, Manifest, Manifest, winner: string][] = [
  ['the older', dated('2024-01-02T00:00:00Z'), dated('2024-01-01T00:00:00Z'), 'b'],
  ['the first by name', dated('2024-01-01T00:00:00Z'), dated('2024-01-01T00:00:00Z'), 'a'],
  ['one without a date', dated('2024-01-01T00:00:00Z'), {}, 'b'],
];
for (const [what, a, b, winner] of conflicts) {
  test(`of two policies for one target ${what} wins`, () => {
    const loser = winner === 'a' ? 'b' : 'a';
    const types: Record<string, string> = { a: 'Random', b: 'RoundRobin' };
    const w = world(
      basics,
      httpRoute('r'),
      policy('a', [target('HTTPRoute', 'r')], lb('Random'), a),
      policy('b', [target('HTTPRoute', 'r')], lb('RoundRobin'), b),
    );
    assert.equal(kinds(w, 'r/rule/0')[0], types[winner] === 'Random' ? 'random' : 'round-robin');
    assert.deepEqual(w.conditions('BackendTrafficPolicy', loser).Accepted, {
      type: 'Accepted',
      status: 'False',
      reason: 'Conflicted',
      message: 'Unable to target HTTPRoute r, another BackendTrafficPolicy has already attached to it',
    });
    const found = w.find('policy-conflict');
    assert.equal(found.resource, `BackendTrafficPolicy default/${loser}`);
    assert.equal(found.notes?.[0]?.message, `BackendTrafficPolicy default/${winner} has it`);
    assert.ok(found.notes?.[0]?.at);
  });
}

const taken: [string, Manifest, string][] = [
  ['Gateway', target('Gateway', 'eg'), 'Gateway eg'],
  ['listener', target('Gateway', 'eg', 'alt'), 'Listener default/eg/alt'],
  ['rule', target('HTTPRoute', 'r', 'one'), 'RouteRule r/one'],
  ['GRPCRoute', target('GRPCRoute', 'g'), 'GRPCRoute g'],
];
for (const [what, aim, named] of taken) {
  test(`a ${what} is taken once`, () => {
    const w = world(
      twoListeners,
      httpRoute('r', [rule('/', { name: 'one' })]),
      grpcRoute('g', [{ backendRefs: [{ name: 'backend', port: 3000 }] }]),
      policy('a', [aim], lb('Random')),
      policy('b', [aim], lb('RoundRobin')),
    );
    assert.equal(
      w.conditions('BackendTrafficPolicy', 'b').Accepted?.message,
      `Unable to target ${named}, another BackendTrafficPolicy has already attached to it`,
    );
  });
}

test('a loser says nothing about the routes, the Gateway’s policy neither', () => {
  const w = world(
    basics,
    httpRoute('r'),
    policy('p-gw', [target('Gateway', 'eg')], lb('Random')),
    policy('a', [target('HTTPRoute', 'r')], { retry: {} }),
    policy('b', [target('HTTPRoute', 'r')], lb('RoundRobin')),
  );
  assert.equal(kinds(w, 'r/rule/0')[0], 'least-request');
});

test('overridden: listeners and routes below a Gateway, rules of a route', () => {
  const w = world(
    twoListeners,
    httpRoute('r1', [rule('/1', { name: 'x' }), rule('/2', { name: 'y' })]),
    httpRoute('r2', [rule('/3')], { parentRefs: [{ name: 'eg', sectionName: 'alt' }] }),
    policy('p-gw', [target('Gateway', 'eg')], lb('Random')),
    policy('p-alt', [target('Gateway', 'eg', 'alt')], lb('Random')),
    policy('p1', [target('HTTPRoute', 'r1')], lb('Random')),
    policy('p2', [target('HTTPRoute', 'r2')], lb('Random')),
    policy('p-y', [target('HTTPRoute', 'r1', 'y'), target('HTTPRoute', 'r1', 'x')], lb('Random')),
  );
  const message = (name: string): string | undefined =>
    w.conditions('BackendTrafficPolicy', name).Overridden?.message;
  const by = 'This policy is being overridden by other backendTrafficPolicies for';
  assert.equal(
    message('p-gw'),
    `${by} these gateway listeners: [default/eg/alt] and these routes: [default/r1 default/r2]`,
  );
  assert.equal(message('p-alt'), `${by} these routes: [default/r1 default/r2]`);
  assert.equal(
    message('p1'),
    'This policy is being overridden by other backendTrafficPolicy for these route rules: [x y]',
  );
  assert.equal(message('p2'), undefined);
});

test('a listener’s policy holds for routes of that listener', () => {
  const w = world(
    twoListeners,
    httpRoute('r1', [rule('/1')], { parentRefs: [{ name: 'eg', sectionName: 'http' }] }),
    httpRoute('r2', [rule('/2')], { parentRefs: [{ name: 'eg', sectionName: 'alt' }] }),
    policy('p', [target('Gateway', 'eg', 'alt')], lb('Random')),
  );
  assert.deepEqual(kinds(w, 'r1/rule/0', 'r2/rule/0'), ['least-request', 'random']);
  assert.deepEqual(w.codes(), []);
});

test('a route on two listeners has one pool: the first listener decides, and that is said', () => {
  const hash = lb('ConsistentHash', { consistentHash: { type: 'SourceIP' } });
  const w = world(twoListeners, httpRoute('r'), policy('p', [target('Gateway', 'eg', 'alt')], hash));
  assert.deepEqual(kinds(w, 'r/rule/0'), ['least-request']);
  assert.deepEqual(w.forward('r/0').hash, []);
  const found = w.find('pool-shared');
  assert.equal(found.severity, 'warning');
  assert.match(
    found.message,
    /default\/eg\/http and default\/eg\/alt; .*: no policy, not BackendTrafficPolicy default\/p\./,
  );
});

test('an invalid policy: 500 for its routes, the Gateway’s balancing for their pool', () => {
  const bad = lb('ConsistentHash', { consistentHash: { type: 'SourceIP', tableSize: 1024 } });
  const w = world(
    basics,
    httpRoute('r', [rule('/a'), rule('/b', { name: 'ok' })]),
    policy('p-gw', [target('Gateway', 'eg')], lb('Random')),
    policy('p', [target('HTTPRoute', 'r')], bad),
    policy('p-ok', [target('HTTPRoute', 'r', 'ok')], lb('RoundRobin')),
  );
  const { action, policy: from } = w.route('r/0');
  assert.equal(action.kind === 'respond' && action.status, 500);
  assert.equal(from?.name, 'p');
  assert.deepEqual(kinds(w, 'r/rule/0', 'r/rule/1'), ['random', 'round-robin']);
  assert.equal(w.route('r/1').action.kind, 'forward');
  assert.equal(w.conditions('BackendTrafficPolicy', 'p').Accepted?.reason, 'Invalid');
});

test('one policy may have several targets', () => {
  const w = world(
    basics,
    httpRoute('r1', [rule('/1')]),
    httpRoute('r2', [rule('/2')]),
    grpcRoute('g', [{ backendRefs: [{ name: 'backend', port: 3000 }] }]),
    policy('p', [target('HTTPRoute', 'r1'), target('GRPCRoute', 'g')], lb('Random')),
  );
  assert.deepEqual(kinds(w, 'r1/rule/0', 'r2/rule/0'), ['random', 'least-request']);
  assert.equal(w.pool('grpcroute/default/g/rule/0').balancer.kind, 'random');
});
