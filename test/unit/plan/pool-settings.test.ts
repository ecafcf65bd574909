/**
 * What a policy sets of a pool: health, circuit breakers, connections, names, upgrades.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { same } from '../../support/plain.ts';
import { on, RULE, shares } from './pools-world.ts';
import { backend, backendRef, basics, lb, type Manifest, ref, service, slice, world } from './world.ts';

test('policy settings of the pool', () => {
  const w = world(
    basics,
    shares(ref()),
    on({
      ...lb('ConsistentHash', {
        consistentHash: { type: 'SourceIP', tableSize: 1021 },
        endpointOverride: { extractFrom: [{ header: 'x-to' }] },
      }),
      healthCheck: {
        panicThreshold: 30,
        active: {
          type: 'HTTP',
          timeout: '1s',
          interval: '2s',
          unhealthyThreshold: 3,
          healthyThreshold: 1,
          http: { path: '/healthz', expectedStatuses: [204, 200, 200] },
        },
        passive: { consecutiveGatewayErrors: 2, baseEjectionTime: '10s' },
      },
      circuitBreaker: { maxConnections: 10, maxRequestsPerConnection: 5, perEndpoint: { maxConnections: 2 } },
      timeout: {
        tcp: { connectTimeout: '3s' },
        http: { connectionIdleTimeout: '20s', maxConnectionDuration: '1h' },
      },
    }),
  );
  const pool = w.pool(RULE);
  assert.equal(pool.healthCheck?.check.kind === 'http' && pool.healthCheck.check.host, 'www.example.com');
  same(pool.healthCheck?.check.kind === 'http' && pool.healthCheck.check.statuses, [200, 204]);
  assert.equal(pool.outlierDetection?.consecutiveGatewayErrors, 2);
  same(
    [
      pool.panicThreshold,
      pool.connectTimeoutMs,
      pool.idleTimeoutMs,
      pool.maxConnectionDurationMs,
      pool.maxRequestsPerConnection,
    ],
    [30, 3000, 20_000, 3_600_000, 5],
  );
  assert.equal(pool.circuitBreaker?.maxConnections, 10);
  assert.equal(pool.circuitBreaker?.perHostMaxConnections, 2);
  same(pool.overrideHeaders, ['x-to']);
  same(pool.balancer, { kind: 'maglev', tableSize: 1021, localityWeighted: false });
});

test('advice: a table smaller than the hosts', () => {
  const many = [service(), slice('s', 'backend', ['10.0.0.1', '10.0.0.2', '10.0.0.3'])];
  const sized = (tableSize: number) =>
    world(
      basics.slice(0, 2),
      many,
      shares(ref()),
      on(lb('ConsistentHash', { consistentHash: { type: 'SourceIP', tableSize } })),
    );
  assert.match(sized(2).find('table-too-small').message, /Table size 2 is less than the 3 hosts/);
  same(sized(3).codes(), []);
});

test('connection and retry budget', () => {
  const pool = world(
    basics,
    shares(ref()),
    on({
      connection: { bufferLimit: '64Ki', preconnect: { perEndpointPercent: 150 } },
      circuitBreaker: { retryBudget: { percent: { numerator: 20 } } },
    }),
  ).pool(RULE);
  assert.equal(pool.bufferBytes, 65_536);
  same(pool.preconnect, { perHostRatio: 1.5, predictiveRatio: undefined });
  same(pool.circuitBreaker?.retryBudget, { percent: 20, minConcurrency: undefined });
});

test('names and connections: only what the pool has a use for', () => {
  const policy = on({
    dns: { dnsRefreshRate: '5s', respectDnsTtl: false, lookupFamily: 'IPv6Preferred' },
    tcpKeepalive: { probes: 3, idleTime: '1m30s', interval: '1500ms' },
    http2: {
      initialStreamWindowSize: '128Ki',
      maxConcurrentStreams: 50,
      onInvalidMessage: 'TerminateStream',
      connectionKeepalive: { interval: '30s', timeout: '5s', intervalJitter: 20, idleInterval: '10s' },
    },
  });
  const pool = world(basics, shares(ref()), policy).pool(RULE);
  same(pool.tcpKeepalive, { probes: 3, idleSeconds: 90, intervalSeconds: 1 });
  same([pool.dns, pool.http2], [undefined, undefined]);

  const byName = [
    backend('names', {
      endpoints: [{ fqdn: { hostname: 'a.example.org', port: 80 } }],
      appProtocols: ['gateway.envoyproxy.io/h2c'],
    }),
  ];
  const other = world(basics, byName, shares(backendRef('names')), policy).pool(RULE);
  same(other.dns, { refreshMs: 5000, respectTtl: false, family: 'IPv6Preferred' });
  same(other.http2, {
    streamWindowBytes: 131_072,
    connectionWindowBytes: undefined,
    maxStreams: 50,
    resetStreamOnError: true,
    ping: { timeoutMs: 5000, intervalMs: 30_000, jitterPercent: 20, idleMs: 10_000 },
  });
});

test('upgrades and the protocol of the client', () => {
  const w = world(
    basics,
    shares(ref()),
    on({ httpUpgrade: [{ type: 'spdy/3.1' }], useClientProtocol: true, http2: { maxConcurrentStreams: 7 } }),
  );
  same(w.forward('r/0').upgrades, ['spdy/3.1']);
  const pool = w.pool(RULE);
  same([pool.protocol, pool.clientProtocol, pool.http2?.maxStreams], ['http1', true, 7]);
  same(world(basics, shares(ref())).forward('r/0').upgrades, ['websocket']);
});

test('periods of 0 are left out, as Envoy Gateway leaves them out', () => {
  const periods = (text: string): unknown => {
    const backendUtilization = {
      blackoutPeriod: text,
      weightExpirationPeriod: text,
      weightUpdatePeriod: text,
    };
    const { balancer } = world(
      basics,
      shares(ref()),
      on(lb('BackendUtilization', { backendUtilization })),
    ).pool(RULE);
    assert.ok(balancer.kind === 'utilization');
    return [balancer.blackoutMs, balancer.expirationMs, balancer.updateMs];
  };
  same(periods('0s'), [undefined, undefined, undefined]);
  same(periods('1ms'), [1, 1, 1]);
});

test('a request timeout beside maxStreamDuration is told', () => {
  const timeout = { http: { maxStreamDuration: '10s' } };
  const told = (more: Manifest) =>
    world(basics, shares(ref()), on({ timeout: { http: { ...timeout.http, ...more } } })).diagnostics.filter(
      ({ code }) => code === 'timeout-without-effect',
    );
  assert.equal(told({ requestTimeout: '1s' })[0]?.severity, 'warning');
  assert.equal(told({ requestTimeout: '1s' }).length, 1);
  assert.deepEqual(told({}), []);
  assert.deepEqual(told({ requestTimeout: '0s' }), []);
});
