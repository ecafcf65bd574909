/** Gateways and what attaches to them: ports, hostnames, namespaces, and manifests that have none. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  basics,
  gateway,
  gatewayClass,
  grpcRoute,
  httpRoute,
  lb,
  listener,
  type Manifest,
  policy,
  ref,
  rule,
  target,
  upstream,
  world,
} from './world.ts';

const listeners = (w: ReturnType<typeof world>) =>
  w.status.flatMap((s) => (s.kind === 'Gateway' ? s.listeners : []));
const conditionsOf = (l: ReturnType<typeof listeners>[number] | undefined) =>
  l?.conditions.map((c) => [c.type, c.status, c.reason]);
const shape = (w: ReturnType<typeof world>) =>
  w.plan.listeners.map((l) => [l.name, l.port, l.virtualHosts.map((v) => v.name)]);

test('ports below 1024 are bound above 10000', () => {
  const ports = [80, 443, 1023, 1024, 8080].map((port) => listener(`l${port}`, port));
  const w = world(gatewayClass, gateway('eg', ports));
  assert.deepEqual(
    w.plan.listeners.map((l) => l.port),
    [10_080, 10_443, 11_023, 1024, 8080],
  );
});

test('no Gateway at all: the one that the routes name is assumed, and said', () => {
  const w = world(
    upstream,
    httpRoute('a', [rule('/a')], { parentRefs: [{ name: 'edge' }] }),
    httpRoute('b', [rule('/b')], { parentRefs: [] }),
  );
  assert.deepEqual(shape(w), [['default/edge/http', 10_080, ['default/edge/http/www_example_com']]]);
  assert.equal(w.plan.listeners[0]!.virtualHosts[0]!.routes.length, 2);
  assert.equal(w.find('gateway-assumed').severity, 'notice');
  assert.equal(w.conditions('HTTPRoute', 'b').Accepted?.status, 'True');
  assert.deepEqual(w.codes(), ['gateway-assumed']);
});

test('no Gateway, no parentRefs: default/eg, for any host; its policies find it', () => {
  const w = world(
    upstream,
    httpRoute('a', [rule('/')], { parentRefs: undefined, hostnames: undefined }),
    policy('p', [target('Gateway', 'eg')], lb('Random')),
  );
  assert.deepEqual(shape(w), [['default/eg/http', 10_080, ['default/eg/http/*']]]);
  assert.deepEqual(w.plan.listeners[0]!.virtualHosts[0]!.domains, ['*']);
  assert.equal(w.plan.pools[0]!.balancer.kind, 'random');
});

test('no Gateway and no route: nothing is assumed', () => {
  const w = world(upstream);
  assert.deepEqual(w.plan, { listeners: [], pools: [], certificates: [], authorities: [] });
  assert.deepEqual(w.codes(), []);
});

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

test('listeners of one port are one socket, named after the first; each hostname goes to the narrowest', () => {
  const w = world(
    gatewayClass,
    upstream,
    gateway('eg', [
      listener('any', 80),
      listener('wild', 80, { hostname: '*.example.com' }),
      listener('www', 80, { hostname: 'www.example.com' }),
    ]),
    httpRoute('r', [rule('/')], { hostnames: ['www.example.com', 'api.example.com', 'x.org'] }),
  );
  assert.deepEqual(shape(w), [
    [
      'default/eg/any',
      10_080,
      ['default/eg/any/x_org', 'default/eg/wild/api_example_com', 'default/eg/www/www_example_com'],
    ],
  ]);
  const status = w.status.find((s) => s.kind === 'Gateway')!;
  assert.deepEqual(status.kind === 'Gateway' && status.listeners.map((l) => l.attachedRoutes), [1, 1, 1]);
});

test('two Gateways share one Envoy: a taken port and hostname stays with the older', () => {
  const w = world(
    gatewayClass,
    upstream,
    gateway('a', [listener('http', 80)], { creationTimestamp: '2024-01-02T00:00:00Z' }),
    gateway('b', [listener('http', 80), listener('alt', 8080)], {
      creationTimestamp: '2024-01-01T00:00:00Z',
    }),
    httpRoute('r', [rule('/')], { parentRefs: [{ name: 'a' }, { name: 'b' }] }),
  );
  assert.deepEqual(
    w.plan.listeners.map((l) => l.name),
    ['default/b/http', 'default/b/alt'],
  );
  assert.equal(w.find('listener-conflict').resource, 'Gateway default/a');
  assert.deepEqual(w.conditions('Gateway', 'a').Conflicted?.reason, 'HostnameConflict');
  assert.equal(w.conditions('Gateway', 'b').Programmed?.status, 'True');
});

test('80 and 10080 are bound alike', () => {
  const w = world(gatewayClass, gateway('a', [listener('x', 80)]), gateway('b', [listener('y', 10_080)]));
  assert.deepEqual(
    w.plan.listeners.map((l) => l.name),
    ['default/a/x'],
  );
  assert.ok(w.codes().includes('listener-conflict'));
});

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

test('HTTPRoutes come before GRPCRoutes of the same match', () => {
  const w = world(basics, grpcRoute('a', [{ backendRefs: [ref()] }]), httpRoute('z', [rule('/')]));
  assert.deepEqual(
    w.plan.pools.map((p) => p.name),
    ['httproute/default/z/rule/0', 'grpcroute/default/a/rule/0'],
  );
});

test('the order of the manifests does not matter, and the plan cannot be changed', () => {
  const manifests = [
    ...basics,
    httpRoute('a', [rule('/1'), rule('/2')]),
    httpRoute('b', [rule('/1')]),
    policy('p', [target('HTTPRoute', 'a'), target('HTTPRoute', 'b')], lb('Random')),
    policy('q', [target('HTTPRoute', 'b')], lb('RoundRobin')),
  ];
  const text = (list: Manifest[]): string => {
    const { plan, status } = world(list);
    return JSON.stringify({ plan, status }, (key, value) => (key === 'at' ? undefined : value));
  };
  assert.equal(text(manifests), text([...manifests].reverse()));
  const { plan } = world(manifests);
  assert.throws(() => {
    (plan.pools[0]!.localities[0]!.endpoints[0] as { weight: number }).weight = 2;
  }, TypeError);
});
