/**
 * Which policy applies: precedence, age, selectors, grants, unknown targets; and the status of the policies.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  basics,
  gateway,
  gatewayClass,
  grant,
  grpcRoute,
  httpRoute,
  lb,
  listener,
  type Manifest,
  policy,
  rule,
  target,
  upstream,
  world,
} from './world.ts';

const twoListeners = [
  gatewayClass,
  upstream,
  gateway('eg', [listener('http', 80), listener('alt', 8080)]),
].flat();
const kinds = (w: ReturnType<typeof world>, ...names: string[]): string[] =>
  names.map((name) => w.pool(`httproute/default/${name}`).balancer.kind);
const dated = (creationTimestamp: string): Manifest => ({ creationTimestamp });

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

const labelled = (name: string, labels: Manifest, namespace = 'default'): Manifest =>
  httpRoute(
    name,
    [rule(`/${name}`, { backendRefs: [{ name: 'backend', port: 3000 }] })],
    { parentRefs: [{ name: 'eg', namespace: 'default' }] },
    { labels, namespace },
  );
const select = (selector: Manifest): Manifest => ({ targetSelectors: [{ kind: 'HTTPRoute', ...selector }] });
const selectors: [string, Manifest, string[]][] = [
  ['all', { matchLabels: {} }, ['r1', 'r2', 'r3']],
  ['a label', { matchLabels: { app: 'shop' } }, ['r1', 'r2']],
  ['two labels', { matchLabels: { app: 'shop', tier: 'a' } }, ['r1']],
  ['In', { matchExpressions: [{ key: 'tier', operator: 'In', values: ['b', 'c'] }] }, ['r2', 'r3']],
  [
    'NotIn takes those without the label',
    { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['shop'] }] },
    ['r3'],
  ],
  ['Exists', { matchExpressions: [{ key: 'app', operator: 'Exists' }] }, ['r1', 'r2']],
  ['DoesNotExist', { matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] }, ['r3']],
  [
    'both',
    { matchLabels: { app: 'shop' }, matchExpressions: [{ key: 'tier', operator: 'In', values: ['b'] }] },
    ['r2'],
  ],
  ['none', { matchLabels: { app: 'other' } }, []],
];
for (const [what, selector, chosen] of selectors) {
  test(`selector: ${what}`, () => {
    const w = world(
      basics,
      labelled('r1', { app: 'shop', tier: 'a' }),
      labelled('r2', { app: 'shop', tier: 'b' }),
      labelled('r3', { tier: 'c' }),
      policy('p', select(selector), lb('Random')),
    );
    const random = ['r1', 'r2', 'r3'].filter((r) => kinds(w, `${r}/rule/0`)[0] === 'random');
    assert.deepEqual(random, chosen);
    assert.equal(w.codes().includes('selector-empty'), chosen.length === 0);
  });
}

test('a selector and a ref to the same route are one target', () => {
  const w = world(
    basics,
    labelled('r1', { app: 'shop' }),
    policy(
      'p',
      { ...select({ matchLabels: { app: 'shop' } }), targetRefs: [target('HTTPRoute', 'r1')] },
      lb('Random'),
    ),
  );
  assert.deepEqual(w.codes(), []);
  assert.equal(w.conditions('BackendTrafficPolicy', 'p').Accepted?.status, 'True');
});

test('a selector reaches another namespace only with its grant', () => {
  const other = {
    ...policy('p', select({ matchLabels: {}, namespaces: { from: 'All' } }), lb('Random'), {
      namespace: 'other',
    }),
  };
  const without = world(basics, labelled('r1', {}), other);
  assert.equal(kinds(without, 'r1/rule/0')[0], 'least-request');
  assert.match(without.find('target-not-permitted').hint!, /ReferenceGrant in namespace default/);
  const allowed = grant(
    'default',
    { group: 'gateway.envoyproxy.io', kind: 'BackendTrafficPolicy', namespace: 'other' },
    { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute' },
  );
  const granted = world(basics, labelled('r1', {}), other, allowed);
  assert.equal(kinds(granted, 'r1/rule/0')[0], 'random');
});

const unknown: [string, Manifest, RegExp][] = [
  ['a misspelt name', target('HTTPRoute', 'shopp'), /Did you mean shop\?/],
  ['another kind', target('Gateway', 'shop'), /HTTPRoute default\/shop exists: check the kind/],
  ['another namespace', target('HTTPRoute', 'far'), /HTTPRoute away\/far exists in another namespace/],
  ['nothing near', target('HTTPRoute', 'zzzzzzzz'), /Add that HTTPRoute/],
];
for (const [what, aim, advice] of unknown) {
  test(`unknown target: ${what}`, () => {
    const w = world(
      basics,
      labelled('shop', {}),
      httpRoute('far', [rule('/')], {}, { namespace: 'away' }),
      policy('p', [aim], lb('Random')),
    );
    const found = w.find('target-unknown');
    assert.equal(found.severity, 'warning');
    assert.match(found.hint!, advice);
    assert.equal(found.at?.lineText.trim().replace(',', ''), `"name": "${aim.name}"`);
    const status = w.status.find((s) => s.kind === 'BackendTrafficPolicy')!;
    assert.deepEqual(status.kind === 'BackendTrafficPolicy' && status.ancestors, []);
  });
}

test('unknown section of a route and of a Gateway', () => {
  const w = world(
    basics,
    httpRoute('r', [rule('/', { name: 'checkout' })]),
    policy('p1', [target('HTTPRoute', 'r', 'chekout')], lb('Random')),
    policy('p2', [target('Gateway', 'eg', 'https')], lb('Random')),
  );
  assert.deepEqual(
    w.diagnostics.map((d) => [d.code, d.message, d.hint]),
    [
      ['section-unknown', 'No section name chekout found for HTTPRoute default/r.', 'Did you mean checkout?'],
      ['section-unknown', 'No section name https found for Gateway default/eg.', 'Did you mean http?'],
    ],
  );
  assert.equal(w.conditions('BackendTrafficPolicy', 'p2').Accepted?.reason, 'TargetNotFound');
});

test('the deprecated targetRef is accepted with a warning', () => {
  const w = world(basics, httpRoute('r'), policy('p', { targetRef: target('HTTPRoute', 'r') }, lb('Random')));
  assert.equal(kinds(w, 'r/rule/0')[0], 'random');
  assert.equal(w.conditions('BackendTrafficPolicy', 'p').Warning?.reason, 'DeprecatedField');
});

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
