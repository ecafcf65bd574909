/** TLSRoutes and TCPRoutes: which connections each gets, what they are balanced by, and what is told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Listener } from '../../../host/plan/types.ts';
import { authority, issue, tlsSecret } from '../../support/certificates.ts';
import {
  backend,
  backendRef,
  connectionRoute,
  gateway,
  gatewayClass,
  httpRoute,
  lb,
  listener,
  type Manifest,
  policy,
  ref,
  rule,
  target,
  upstream,
  type World,
  world,
} from './world.ts';

const wild = issue({ name: 'wild', dnsNames: ['*.example.com'], issuer: authority() });
const secret = tlsSecret('wild', wild);
const certificateRefs = [{ name: 'wild' }];

const tcp = (name: string, port = 9000, rest: Manifest = {}): Manifest =>
  listener(name, port, { protocol: 'TCP', ...rest });
const pass = (name: string, hostname?: string, rest: Manifest = {}): Manifest =>
  listener(name, 8443, { protocol: 'TLS', hostname, tls: { mode: 'Passthrough' }, ...rest });
const ends = (name: string, hostname?: string): Manifest =>
  pass(name, hostname, { tls: { mode: 'Terminate', certificateRefs } });
const https = (name: string, hostname?: string): Manifest =>
  pass(name, hostname, { protocol: 'HTTPS', tls: { certificateRefs } });
const route = (name: string, hostnames: string[], sectionName?: string, refs?: Manifest[]): Manifest =>
  connectionRoute('TLSRoute', name, refs, { hostnames, parentRefs: [{ name: 'eg', sectionName }] });
const on = (listeners: Manifest[], ...more: Manifest[]): World =>
  world(gatewayClass, upstream, secret, gateway('eg', listeners), ...more);

/** `name: server names → pools`, of a listener. */
const routesOf = ({ connections }: Listener): string[] =>
  (connections?.routes ?? []).map(
    ({ name, serverNames, to }) =>
      `${name}: ${serverNames.join(' ') || '*'} → ${to.map(({ pool, weight }) => `${pool} ${weight}`).join(', ')}`,
  );
const tables = (w: World): Record<string, string[]> =>
  Object.fromEntries(w.plan.listeners.map((one) => [one.name.replace('default/eg/', ''), routesOf(one)]));
const closedOn = (name: string, hostname = '*') => `default/eg/${name}/no-route: ${hostname} → null 1`;
const served = (kind: string, name: string, names = '*') =>
  `${kind}/default/${name}: ${names} → ${kind}/default/${name}/rule/-1 1`;

test('a TCPRoute has the listener, its pool is named as Envoy Gateway names it', () => {
  const w = on([tcp('db')], connectionRoute('TCPRoute', 'db'));
  assert.deepEqual(w.all, []);
  assert.deepEqual(tables(w), { db: [served('tcproute', 'db')] });
  const [pool] = w.plan.pools;
  assert.deepEqual(
    [pool?.protocol, pool?.balancer.kind, pool?.localities[0]?.region],
    ['tcp', 'least-request', 'tcproute/default/db/rule/-1/backend/0'],
  );
  assert.equal(w.conditions('TCPRoute', 'db').Accepted?.status, 'True');
});

test('of TCPRoutes for one listener the older has it, and both are accepted', () => {
  const [young, old] = ['2024-01-02', '2024-01-01'].map((day) => `${day}T00:00:00Z`);
  const of = (name: string, creationTimestamp?: string) =>
    connectionRoute('TCPRoute', name, undefined, {}, { creationTimestamp });
  const w = on([tcp('db')], of('a', young), of('b', old));
  assert.deepEqual(tables(w), { db: [served('tcproute', 'b')] });
  assert.deepEqual(w.codes(), ['routes-overlap']);
  assert.match(w.find('routes-overlap').message, /TCPRoute default\/b comes first.* gets no connection/);
  for (const name of ['a', 'b']) assert.equal(w.conditions('TCPRoute', name).Accepted?.status, 'True');
});

test('a server name belongs to the narrowest listener, there to the older route; the rest is closed', () => {
  const w = on(
    [
      pass('any'),
      pass('wide', '*.example.com'),
      https('shop', 'shop.example.com'),
      ends('mail', 'mail.example.com'),
    ],
    route('all', ['*.org', 'a.example.com', 'shop.example.com'], 'any'),
    route('first', ['b.example.com', 'c.example.com'], 'wide'),
    route('second', ['c.example.com', 'd.example.com'], 'wide'),
    httpRoute('web', [rule('/')], { hostnames: [], parentRefs: [{ name: 'eg', sectionName: 'shop' }] }),
  );
  assert.deepEqual(tables(w), {
    any: [served('tlsroute', 'all', '*.org')],
    wide: [
      served('tlsroute', 'first', 'b.example.com c.example.com'),
      served('tlsroute', 'second', 'd.example.com'),
      closedOn('wide', '*.example.com'),
    ],
    shop: [],
    mail: [closedOn('mail', 'mail.example.com')],
  });
  assert.deepEqual(w.codes(), ['routes-overlap']);
  assert.match(w.find('routes-overlap').message, /first comes first for c\.example\.com/);
});

test('a listener for TLS without routes closes what comes; alone on its port it says so once', () => {
  assert.deepEqual(tables(on([pass('tls')])), { tls: [closedOn('tls')] });
  assert.deepEqual(tables(on([tcp('db')])), { db: [closedOn('db')] });
  const one = on([pass('tls', '*.example.com')], route('a', ['a.example.com']));
  assert.deepEqual(tables(one), { tls: [served('tlsroute', 'a', 'a.example.com')] });
});

test('what TLS ends at is in the plan: nobody, the backend, here', () => {
  const kinds = on([tcp('db'), pass('pass', 'a.example.com'), ends('here', 'b.example.com')]).plan.listeners;
  assert.deepEqual(
    kinds.map(({ connections, tls }) => [connections?.kind, tls]),
    [
      ['tcp', undefined],
      ['tls-passthrough', undefined],
      ['tls-terminate', { certificates: ['default/wild'] }],
    ],
  );
});

const listenerStatus = (w: World, index = 0) => {
  const found = w.status.find(({ kind }) => kind === 'Gateway');
  assert.ok(found?.kind === 'Gateway');
  const { supportedKinds, attachedRoutes, conditions } = found.listeners[index]!;
  return {
    kinds: supportedKinds.map(({ kind }) => kind),
    attachedRoutes,
    conditions: conditions.map(({ type, status, reason }) => `${type} ${status} ${reason}`),
  };
};
const WELL = ['Programmed True Programmed', 'Accepted True Accepted', 'ResolvedRefs True ResolvedRefs'];

for (const [what, of, kinds] of [
  ['TCP', tcp('x'), ['TCPRoute']],
  ['TLS, Passthrough', pass('x'), ['TLSRoute']],
  ['TLS, Terminate', ends('x'), ['TCPRoute', 'TLSRoute']],
] as const) {
  test(`supportedKinds of ${what}`, () => {
    const status = listenerStatus(on([of]));
    assert.deepEqual([status.kinds, status.conditions], [kinds, WELL]);
  });
}

test('allowedRoutes asks for a kind that the protocol does not take', () => {
  const w = on(
    [pass('x', undefined, { allowedRoutes: { kinds: [{ kind: 'TCPRoute' }] } })],
    route('a', ['a.b']),
  );
  const status = listenerStatus(w);
  assert.deepEqual(status.kinds, []);
  assert.equal(status.conditions[0], 'ResolvedRefs False InvalidRouteKinds');
  assert.equal(
    w.find('value-not-supported').message,
    'TCPRoute is not supported, kind must be one of [TLSRoute].',
  );
});

test('a route to a listener of another protocol is refused, and told what that takes', () => {
  const w = on(
    [tcp('db'), pass('tls')],
    connectionRoute('TCPRoute', 'db', undefined, { parentRefs: [{ name: 'eg', sectionName: 'tls' }] }),
  );
  assert.equal(w.conditions('TCPRoute', 'db').Accepted?.reason, 'NotAllowedByListeners');
  assert.equal(w.find('parent-refused').hint, 'The listener tls (TLS) takes TLSRoute.');
});

test('no hostname in common', () => {
  const w = on([pass('tls', '*.example.com')], route('a', ['a.example.org']));
  const { reason, message } = w.conditions('TLSRoute', 'a').Accepted!;
  assert.deepEqual(
    [reason, message],
    [
      'NoMatchingListenerHostname',
      "There were no hostname intersections between the TLSRoute and this parent ref's Listener(s).",
    ],
  );
});

test('certificates beside Passthrough, and two TCP listeners on one port of two Gateways', () => {
  const needless = on([pass('tls', undefined, { tls: { mode: 'Passthrough', certificateRefs } })]);
  assert.deepEqual(listenerStatus(needless).conditions, ['Programmed False Invalid', WELL[2]]);
  assert.deepEqual(needless.codes(), ['field-conflict', 'nothing-listens'].slice(0, 1));
  const two = world(gatewayClass, upstream, gateway('a', [tcp('db')]), gateway('b', [tcp('db')]));
  assert.equal(two.find('listener-conflict').message, 'Only one TCP listener is allowed in a given port.');
  assert.equal(two.plan.listeners.length, 1);
});

test('HTTPS and TLS share a port; TCP beside them is a conflict of protocols', () => {
  const w = on([https('a', 'a.example.com'), pass('b', 'b.example.com')]);
  assert.deepEqual(w.codes(), []);
  const clash = on([tcp('a', 8443), pass('b')]);
  assert.equal(clash.plan.listeners.length, 0);
  assert.match(clash.find('listener-conflict').message, /compatible protocol/);
});

const sourceIp = lb('ConsistentHash', { consistentHash: { type: 'SourceIP' } });
test('ConsistentHash by SourceIP: the key is with the connections, the table with the pool', () => {
  const w = on(
    [tcp('db')],
    connectionRoute('TCPRoute', 'db'),
    policy('p', [target('TCPRoute', 'db')], sourceIp),
  );
  assert.deepEqual(w.all, []);
  assert.deepEqual(w.plan.listeners[0]?.connections?.routes[0]?.hash, [{ kind: 'source-ip' }]);
  assert.equal(w.plan.pools[0]?.balancer.kind, 'maglev');
  assert.equal(w.plan.listeners[0]?.connections?.routes[0]?.policy?.name, 'p');
});

const lost: readonly [what: string, spec: Manifest, field: string, says: RegExp][] = [
  ...(['Header', 'Cookie'] as const).map((type): [string, Manifest, string, RegExp] => [
    `hash by ${type}`,
    lb('ConsistentHash', { consistentHash: { type, [type.toLowerCase()]: { name: 'x' } } }),
    'spec.loadBalancer.consistentHash.type',
    /drawn at random/,
  ]),
  [
    'utilization',
    lb('BackendUtilization', { backendUtilization: {} }),
    'spec.loadBalancer.type',
    /round robin/,
  ],
  ['retry', { retry: { numRetries: 2 } }, 'spec.retry', /about requests/],
  ['timeout.http', { timeout: { http: { requestTimeout: '1s' } } }, 'spec.timeout.http', /about requests/],
  ['http2', { http2: { maxConcurrentStreams: 3 } }, 'spec.http2', /about requests/],
  ['httpUpgrade', { httpUpgrade: [{ type: 'x' }] }, 'spec.httpUpgrade', /about requests/],
  ['useClientProtocol', { useClientProtocol: true }, 'spec.useClientProtocol', /about requests/],
  [
    'maxRequestsPerConnection',
    { circuitBreaker: { maxRequestsPerConnection: 3 } },
    'spec.circuitBreaker.maxRequestsPerConnection',
    /about requests/,
  ],
  [
    'endpointOverride',
    lb('RoundRobin', { endpointOverride: { extractFrom: [{ header: 'x' }] } }),
    'spec.loadBalancer.endpointOverride',
    /no headers/,
  ],
];
for (const [what, spec, field, says] of lost) {
  test(`without effect on connections, and told: ${what}`, () => {
    const w = on(
      [tcp('db')],
      connectionRoute('TCPRoute', 'db'),
      policy('p', [target('TCPRoute', 'db')], spec),
    );
    const found = w.find('value-without-effect');
    assert.deepEqual([w.codes().length, found.severity, found.field], [1, 'warning', field]);
    assert.match(found.message, says);
    assert.deepEqual(w.plan.pools[0]?.overrideHeaders, []);
  });
}

test('a policy of the Gateway: what is about requests is meant for other routes, the key is not', () => {
  const spec = {
    ...lb('ConsistentHash', { consistentHash: { type: 'Header', header: { name: 'x' } } }),
    retry: {},
  };
  const w = on([tcp('db')], connectionRoute('TCPRoute', 'db'), policy('p', [target('Gateway', 'eg')], spec));
  assert.deepEqual(w.codes(), ['value-without-effect']);
  assert.match(
    w.find('value-without-effect').message,
    /TCPRoute default\/db on listener db of Gateway default\/eg/,
  );
});

test('Passthrough to a backend that is called over TLS: TLS in TLS, and told', () => {
  const endpoints = [{ ip: { address: '10.0.0.1', port: 443 } }];
  const own = backend('b', { endpoints, tls: { wellKnownCACertificates: 'System', sni: 'b.example.com' } });
  const through = on([pass('tls')], own, route('r', ['a.example.com'], 'tls', [backendRef('b')]));
  assert.deepEqual(through.codes(), ['tls-twice']);
  assert.deepEqual(
    on([ends('tls')], own, route('r', ['a.example.com'], 'tls', [backendRef('b')])).codes(),
    [],
  );
});

test('a limit on requests: the route that the policy targets is closed; one of the Gateway is told', () => {
  const rules = [{ limit: { requests: 1, unit: 'Second' } }];
  const spec = { rateLimit: { type: 'Local', local: { rules } } };
  const own = on(
    [tcp('db')],
    connectionRoute('TCPRoute', 'db'),
    policy('p', [target('TCPRoute', 'db')], spec),
  );
  assert.deepEqual(own.codes(), ['field-not-supported']);
  assert.deepEqual(tables(own), { db: ['tcproute/default/db: * → null 1'] });
  const above = on(
    [tcp('db')],
    connectionRoute('TCPRoute', 'db'),
    policy('p', [target('Gateway', 'eg')], spec),
  );
  assert.deepEqual(above.codes(), ['value-without-effect']);
  assert.deepEqual(tables(above), { db: [served('tcproute', 'db')] });
});

test('what holds: tcp timeout, keepalive, circuit breaker, health checks, buffers', () => {
  const spec = {
    timeout: { tcp: { connectTimeout: '3s' } },
    tcpKeepalive: { probes: 3 },
    circuitBreaker: { maxConnections: 7 },
    connection: { bufferLimit: '8Ki' },
    healthCheck: { active: { type: 'TCP', tcp: {} } },
  };
  const w = on([tcp('db')], connectionRoute('TCPRoute', 'db'), policy('p', [target('TCPRoute', 'db')], spec));
  assert.deepEqual(w.codes(), []);
  const [pool] = w.plan.pools;
  assert.deepEqual(
    [
      pool?.connectTimeoutMs,
      pool?.tcpKeepalive?.probes,
      pool?.circuitBreaker.maxConnections,
      pool?.bufferBytes,
    ],
    [3000, 3, 7, 8192],
  );
  assert.equal(pool?.healthCheck?.check.kind, 'tcp');
});

test('backends that are not there: their share is closed, and so is all where nothing is left', () => {
  const w = on(
    [tcp('a', 9000), tcp('b', 9001)],
    connectionRoute('TCPRoute', 'a', [ref('backend', { weight: 3 }), ref('gone')], {
      parentRefs: [{ name: 'eg', sectionName: 'a' }],
    }),
    connectionRoute('TCPRoute', 'b', [ref('gone')], { parentRefs: [{ name: 'eg', sectionName: 'b' }] }),
  );
  assert.deepEqual(tables(w), {
    a: ['tcproute/default/a: * → null 1, tcproute/default/a/rule/-1/backend/0 3'],
    b: ['tcproute/default/b: * → null 1'],
  });
  assert.match(w.find('backend-unresolved').rule ?? '', /its connections are closed until then/);
  const { ResolvedRefs } = w.conditions('TCPRoute', 'b');
  assert.deepEqual(
    [ResolvedRefs?.reason, ResolvedRefs?.message],
    ['BackendNotFound', 'Service default/gone not found.'],
  );
});

test('several rules: nothing says which connections they are for', () => {
  const rules = [{ backendRefs: [ref()] }, { backendRefs: [ref()] }];
  for (const kind of ['TCPRoute', 'TLSRoute'] as const) {
    const old = {
      ...connectionRoute(kind, 'r', undefined, { rules }),
      apiVersion: 'gateway.networking.k8s.io/v1alpha2',
    };
    const w = on([kind === 'TCPRoute' ? tcp('x') : pass('x')], old);
    assert.deepEqual(w.codes(), ['route-refused']);
    assert.equal(w.conditions(kind, 'r').Accepted?.reason, 'InvalidRule');
    assert.deepEqual(tables(w), { x: [closedOn('x')] });
  }
});

test('a backend whose TLS has no name is not called: a connection has no Host', () => {
  const tls = { wellKnownCACertificates: 'System' };
  const endpoints = [{ ip: { address: '10.0.0.1', port: 443 } }];
  const of = (more: Manifest) =>
    on(
      [tcp('db')],
      backend('b', { endpoints, tls: { ...tls, ...more } }),
      connectionRoute('TCPRoute', 'db', [backendRef('b')]),
    );
  const nameless = of({});
  assert.deepEqual(nameless.codes(), ['backend-tls-nameless']);
  assert.equal(nameless.conditions('TCPRoute', 'db').ResolvedRefs?.reason, 'InvalidBackendTLS');
  assert.deepEqual(tables(nameless), { db: ['tcproute/default/db: * → null 1'] });
  const named = of({ sni: 'db.example.com' });
  assert.deepEqual(named.codes(), []);
  assert.deepEqual(named.plan.pools[0]?.localities[0]?.tls?.sni, { kind: 'fixed', name: 'db.example.com' });
});
