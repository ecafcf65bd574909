/** What connections are balanced by, what of a policy is lost on them, and backends that are not there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closedOn, ends, on, pass, route, served, tables, tcp } from './connections-world.ts';
import { backend, backendRef, connectionRoute, lb, type Manifest, policy, ref, target } from './world.ts';

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
test('without effect on datagrams, and told: proxyProtocol', () => {
  const w = on(
    [{ name: 'dns', port: 5300, protocol: 'UDP' }],
    backend('dns', { endpoints: [{ ip: { address: '10.0.0.1', port: 53 } }] }),
    connectionRoute('UDPRoute', 'dns', [backendRef('dns')]),
    policy('p', [target('UDPRoute', 'dns')], { proxyProtocol: { version: 'V2' } }),
  );
  assert.equal(w.find('value-without-effect').field, 'spec.proxyProtocol');
});

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

test('what a policy loses is told while the backend is missing, too', () => {
  const rules = [{ limit: { requests: 1, unit: 'Second' } }];
  const spec = { rateLimit: { type: 'Local', local: { rules } } };
  const lost = connectionRoute('TCPRoute', 'db', [ref('nothing')]);
  const w = on([tcp('db')], lost, policy('p', [target('TCPRoute', 'db')], spec));
  assert.deepEqual(w.codes(), ['backend-unresolved', 'field-not-supported']);
});

test('a health check of datagrams asks over TCP, and is told unless it names a port', () => {
  const checked = (overrides: Manifest) => {
    const active = { type: 'TCP', tcp: {}, ...overrides };
    return on(
      [tcp('db', 53, { protocol: 'UDP' })],
      connectionRoute('UDPRoute', 'db', [backendRef('b')]),
      backend('b', { endpoints: [{ ip: { address: '10.0.0.1', port: 53 } }] }),
      policy('p', [target('UDPRoute', 'db')], { healthCheck: { active } }),
    );
  };
  const [told] = checked({}).all;
  assert.match(told?.message ?? '', /asks the port of the datagrams over TCP/);
  assert.deepEqual(checked({ overrides: { port: 8080 } }).all, []);
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
