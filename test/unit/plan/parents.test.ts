/** Which listeners take a route: parents that are not there, host names, namespaces, kinds and protocols. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  basics,
  gateway,
  gatewayClass,
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

const listeners = (w: ReturnType<typeof world>) =>
  w.status.flatMap((s) => (s.kind === 'Gateway' ? s.listeners : []));
const conditionsOf = (l: ReturnType<typeof listeners>[number] | undefined) =>
  l?.conditions.map((c) => [c.type, c.status, c.reason]);

test('a route without parentRefs beside a Gateway is not served', () => {
  const w = world(basics, httpRoute('r', [rule('/')], { parentRefs: undefined }));
  assert.deepEqual(w.plan.pools, []);
  assert.match(w.find('parent-missing').hint!, /name: eg/);
});

const unknown: [string, Manifest, RegExp][] = [
  ['misspelt', { name: 'eeg' }, /Did you mean default\/eg\?/],
  [
    'in another namespace',
    { name: 'eg', namespace: 'infra' },
    /default\/eg exists: set the parentRef's namespace to default/,
  ],
  ['far off', { name: 'something-else' }, /The only Gateway is default\/eg/],
];
for (const [what, parent, advice] of unknown) {
  test(`a Gateway that does not exist: ${what}`, () => {
    const w = world(basics, httpRoute('r', [rule('/')], { parentRefs: [parent] }));
    const found = w.find('parent-unknown');
    assert.equal(found.severity, 'warning');
    assert.match(found.hint!, advice);
    assert.equal(found.field, 'spec.parentRefs[0].name');
  });
}

const refused: [string, Manifest, Manifest, string][] = [
  ['no such listener', {}, { parentRefs: [{ name: 'eg', sectionName: 'https' }] }, 'NoMatchingParent'],
  ['no listener on that port', {}, { parentRefs: [{ name: 'eg', port: 81 }] }, 'NoMatchingParent'],
  ['kind not allowed', { allowedRoutes: { kinds: [{ kind: 'GRPCRoute' }] } }, {}, 'NotAllowedByListeners'],
  ['no hostname in common', { hostname: '*.example.org' }, {}, 'NoMatchingListenerHostname'],
];
for (const [what, on, spec, reason] of refused) {
  test(`refused: ${what}`, () => {
    const w = world(
      gatewayClass,
      upstream,
      gateway('eg', [listener('http', 80, on)]),
      httpRoute('r', [rule('/')], spec),
    );
    assert.deepEqual(
      [w.conditions('HTTPRoute', 'r').Accepted?.status, w.conditions('HTTPRoute', 'r').Accepted?.reason],
      ['False', reason],
    );
    assert.equal(w.find('parent-refused').severity, 'error');
    assert.deepEqual(w.plan.pools, []);
  });
}

test('no hostname in common: the hint is of the listeners that the route asks for', () => {
  const w = world(
    gatewayClass,
    upstream,
    gateway('eg', [listener('a', 80, { hostname: 'a.example.org' }), listener('any', 81)]),
    httpRoute('r', [rule('/')], {
      hostnames: ['b.example.org'],
      parentRefs: [{ name: 'eg', sectionName: 'a' }],
    }),
  );
  assert.equal(w.find('parent-refused').hint, 'The listener a is for a.example.org.');
});

const namespaces: [string, Manifest | undefined, boolean][] = [
  ['the default: Same', undefined, false],
  ['All', { from: 'All' }, true],
  [
    'Selector by name',
    { from: 'Selector', selector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } } },
    true,
  ],
  ['Selector by label', { from: 'Selector', selector: { matchLabels: { team: 'a' } } }, true],
  ['Selector that does not match', { from: 'Selector', selector: { matchLabels: { team: 'b' } } }, false],
];
for (const [what, allowed, accepted] of namespaces) {
  test(`routes of another namespace: ${what}`, () => {
    const on = allowed === undefined ? {} : { allowedRoutes: { namespaces: allowed } };
    const w = world(
      gatewayClass,
      gateway('eg', [listener('http', 80, on)]),
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels: { team: 'a' } } },
      httpRoute(
        'r',
        [rule('/')],
        { parentRefs: [{ name: 'eg', namespace: 'default' }] },
        { namespace: 'shop' },
      ),
    );
    assert.equal(w.conditions('HTTPRoute', 'r').Accepted?.status, accepted ? 'True' : 'False');
  });
}

test('two parentRefs to one listener make one route of it', () => {
  const w = world(
    basics,
    httpRoute('r', [rule('/')], {
      parentRefs: [
        { name: 'eg', sectionName: 'http' },
        { name: 'eg', port: 80 },
      ],
    }),
  );
  assert.equal(w.plan.listeners[0]!.virtualHosts[0]!.routes.length, 1);
});

test('a listener of another protocol serves nothing, and says so in its status', () => {
  const w = world(
    gatewayClass,
    upstream,
    gateway('eg', [listener('udp', 443, { protocol: 'SCTP' }), listener('http', 80)]),
    httpRoute('both', [rule('/')]),
    httpRoute('secure', [rule('/')], { parentRefs: [{ name: 'eg', sectionName: 'udp' }] }),
    policy('p', [target('Gateway', 'eg', 'udp')], lb('Random')),
  );
  const [udp, http] = listeners(w);
  assert.deepEqual(conditionsOf(udp), [
    ['Accepted', 'False', 'UnsupportedProtocol'],
    ['Programmed', 'False', 'Invalid'],
    ['ResolvedRefs', 'True', 'ResolvedRefs'],
  ]);
  assert.deepEqual([udp?.supportedKinds, udp?.attachedRoutes, http?.attachedRoutes], [[], 0, 1]);
  assert.deepEqual(
    w.plan.listeners.map((l) => l.name),
    ['default/eg/http'],
  );
  assert.equal(w.conditions('HTTPRoute', 'both').Accepted?.status, 'True');
  assert.equal(w.conditions('HTTPRoute', 'secure').Accepted?.reason, 'NotAllowedByListeners');
  assert.match(w.find('parent-refused').hint ?? '', /listener udp has the protocol SCTP/);
  assert.equal(w.conditions('BackendTrafficPolicy', 'p').Accepted?.status, 'True');
});

test('no listener is of a protocol that is served: a route that is refused is told that, whatever it names', () => {
  for (const parent of [
    { name: 'eg' },
    { name: 'eg', sectionName: 'udp' },
    { name: 'eg', sectionName: 'x' },
  ]) {
    const w = world(
      gatewayClass,
      upstream,
      gateway('eg', [listener('udp', 443, { protocol: 'SCTP' })]),
      httpRoute('r', [rule('/')], { parentRefs: [parent] }),
    );
    assert.match(
      w.find('parent-refused').hint ?? '',
      /^No listener of default\/eg has a protocol that Loadstar translates/,
    );
  }
});

const foreign = 'Group is not supported, group must be gateway.networking.k8s.io';
const unknownKinds: [string, Manifest[], string, string[]][] = [
  ['group', [{ group: 'foo.io', kind: 'HTTPRoute' }], foreign, []],
  [
    'kind',
    [{ kind: 'FooRoute' }],
    'FooRoute is not supported, kind must be one of [HTTPRoute GRPCRoute]',
    [],
  ],
  [
    'kind beside one that is known',
    [{ kind: 'FooRoute' }, { kind: 'HTTPRoute' }, { group: 'foo.io', kind: 'HTTPRoute' }],
    'FooRoute is not supported, kind must be one of [HTTPRoute]',
    ['HTTPRoute'],
  ],
];
for (const [what, kinds, message, supported] of unknownKinds) {
  test(`allowedRoutes names an unknown ${what}: nothing is served there`, () => {
    const w = world(
      gatewayClass,
      upstream,
      gateway('eg', [listener('http', 80, { allowedRoutes: { kinds } })]),
      httpRoute('r', [rule('/')]),
    );
    const [http] = listeners(w);
    assert.deepEqual(conditionsOf(http), [
      ['ResolvedRefs', 'False', 'InvalidRouteKinds'],
      ['Programmed', 'False', 'Invalid'],
    ]);
    assert.equal(http?.conditions[0]?.message, message);
    assert.deepEqual(
      http?.supportedKinds.map((k) => k.kind),
      supported,
    );
    assert.equal(
      w.conditions('HTTPRoute', 'r').Accepted?.status,
      supported.includes('HTTPRoute') ? 'True' : 'False',
    );
    assert.deepEqual(w.plan, { listeners: [], pools: [], certificates: [], authorities: [] });
    assert.equal(w.find('value-not-supported').severity, 'error');
  });
}
