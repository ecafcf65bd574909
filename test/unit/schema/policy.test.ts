/** The fields of BackendTrafficPolicy beside its load balancer rules: what the model gets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertFindings, policyWith, readText } from '../../support/manifest.ts';
import { same } from '../../support/plain.ts';
import { specOf } from './policy-world.ts';

test('policy: every field of BackendUtilization, in milliseconds', () => {
  const { loadBalancer } = specOf(`loadBalancer:
  type: BackendUtilization
  backendUtilization:
    blackoutPeriod: 20s
    weightExpirationPeriod: 2m
    weightUpdatePeriod: 500ms
    errorUtilizationPenaltyPercent: 150
    metricNamesForComputingUtilization: [named_metrics.foo, cpu_utilization]
    keepResponseHeaders: true
    outOfBand: {reportingPeriod: 5s, port: 9001, authority: orca.example.com}
  slowStart: {window: 1m30s}
  zoneAware: {weightedZones: [{zone: a, weight: 9}]}
  endpointOverride: {extractFrom: [{header: x-host}]}`);
  same(loadBalancer, {
    type: 'BackendUtilization',
    backendUtilization: {
      blackoutPeriodMs: 20_000,
      weightExpirationPeriodMs: 120_000,
      weightUpdatePeriodMs: 500,
      errorUtilizationPenaltyPercent: 150,
      metricNamesForComputingUtilization: ['named_metrics.foo', 'cpu_utilization'],
      keepResponseHeaders: true,
      outOfBand: { reportingPeriodMs: 5000, port: 9001, authority: 'orca.example.com' },
    },
    slowStart: { windowMs: 90_000 },
    zoneAware: { weightedZones: [{ zone: 'a', weight: 9 }] },
    endpointOverride: { extractFrom: [{ header: 'x-host' }] },
  });
});

test('policy: the five keys of ConsistentHash, with the default table size', () => {
  const key = (lines: string): unknown => {
    const { loadBalancer } = specOf(`loadBalancer:\n  type: ConsistentHash\n  consistentHash: ${lines}`);
    return loadBalancer?.type === 'ConsistentHash' ? loadBalancer.consistentHash : undefined;
  };
  same(key('{type: SourceIP}'), { type: 'SourceIP', tableSize: 65537 });
  same(key('{type: Header, header: {name: FooBar}, tableSize: 2}'), {
    type: 'Header',
    header: { name: 'FooBar' },
    tableSize: 2,
  });
  same(key('{type: Headers, headers: [{name: b}, {name: a}], tableSize: 5000011}'), {
    type: 'Headers',
    headers: [{ name: 'b' }, { name: 'a' }],
    tableSize: 5_000_011,
  });
  same(key('{type: QueryParams, queryParams: [{name: "user id"}]}'), {
    type: 'QueryParams',
    queryParams: [{ name: 'user id' }],
    tableSize: 65537,
  });
  same(key('{type: Cookie, cookie: {name: sid, ttl: 0s, attributes: {SameSite: Strict, Secure: ""}}}'), {
    type: 'Cookie',
    cookie: {
      name: 'sid',
      ttlMs: 0,
      attributes: [
        { name: 'SameSite', value: 'Strict' },
        { name: 'Secure', value: '' },
      ],
    },
    tableSize: 65537,
  });
  same(key('{type: Cookie, cookie: {name: sid}}'), {
    type: 'Cookie',
    cookie: { name: 'sid', attributes: [] },
    tableSize: 65537,
  });
});

test('policy: retry, timeout, circuitBreaker and healthCheck with the defaults of the API', () => {
  const spec = specOf(`retry:
  retryOn: {triggers: [connect-failure], httpStatusCodes: [503]}
  perRetry: {timeout: 250ms, backOff: {baseInterval: 100ms, maxInterval: 10s}}
timeout:
  tcp: {connectTimeout: 3s}
  http: {requestTimeout: 5s, connectionIdleTimeout: 20s, maxConnectionDuration: 1h, maxStreamDuration: 1m, streamIdleTimeout: 0s}
circuitBreaker: {maxConnections: 10, perEndpoint: {}}
healthCheck:
  panicThreshold: 30
  active: {type: HTTP, http: {path: /health, expectedStatuses: [200, 204], expectedResponse: {type: Text, text: ok}}}
  passive: {consecutive5XxErrors: 1}`);
  same(spec.retry, {
    numRetries: 2,
    retryOn: { triggers: ['connect-failure'], httpStatusCodes: [503] },
    perRetry: { timeoutMs: 250, backOff: { baseIntervalMs: 100, maxIntervalMs: 10_000 } },
  });
  same(spec.timeout, {
    tcp: { connectTimeoutMs: 3000 },
    http: {
      requestTimeoutMs: 5000,
      connectionIdleTimeoutMs: 20_000,
      maxConnectionDurationMs: 3_600_000,
      maxStreamDurationMs: 60_000,
      streamIdleTimeoutMs: 0,
    },
  });
  same(spec.circuitBreaker, {
    maxConnections: 10,
    maxPendingRequests: 1024,
    maxParallelRequests: 1024,
    maxParallelRetries: 1024,
    perHostMaxConnections: 1024,
  });
  same(spec.healthCheck, {
    panicThreshold: 30,
    active: {
      timeoutMs: 1000,
      intervalMs: 3000,
      unhealthyThreshold: 3,
      healthyThreshold: 1,
      checker: {
        type: 'HTTP',
        path: '/health',
        expectedStatuses: [200, 204],
        expectedResponse: { kind: 'text', value: 'ok' },
        retriableStatuses: [],
      },
    },
    passive: {
      splitExternalLocalOriginErrors: false,
      consecutiveLocalOriginFailures: 5,
      consecutive5xx: 1,
      intervalMs: 3000,
      baseEjectionMs: 30_000,
      maxEjectionPercent: 10,
      alwaysEjectOne: false,
    },
  });
  assert.equal(spec.loadBalancer, undefined);
});

test('policy: retry budget, connection and routing type', () => {
  const spec =
    specOf(`circuitBreaker: {retryBudget: {percent: {numerator: 1, denominator: 4}, minRetryConcurrency: 7}}
connection: {bufferLimit: 20M, preconnect: {perEndpointPercent: 150}}
routingType: Service`);
  same(spec.circuitBreaker?.retryBudget, { percent: 25, minConcurrency: 7 });
  same(spec.connection, {
    bufferLimitBytes: 20_000_000,
    preconnect: { perHostRatio: 1.5 },
  });
  assert.equal(spec.routingType, 'Service');
  for (const [written, bytes] of [
    ['"32768"', 32_768],
    ['1k', 1_000],
    ['64Ki', 65_536],
    ['3Gi', 3_221_225_472],
  ] as const) {
    assert.equal(specOf(`connection: {bufferLimit: ${written}}`).connection?.bufferLimitBytes, bytes);
  }
});

test('a retry budget is a share', () => {
  const of = (percent: string) =>
    readText(policyWith(`circuitBreaker: {retryBudget: {percent: ${percent}}}`)).diagnostics;
  same(of('{numerator: 3, denominator: 3}'), []);
  assertFindings(of('{numerator: 101}'), [
    {
      code: 'value-out-of-range',
      field: 'spec.circuitBreaker.retryBudget.percent.numerator',
      says: /at most the denominator, 100, not 101/,
      points: '101',
    },
  ]);
});

test('retry: the longest wait is not below the first', () => {
  const waits = (base: string, max: string) =>
    readText(policyWith(`retry: {perRetry: {backOff: {baseInterval: ${base}, maxInterval: ${max}}}}`))
      .diagnostics;
  same(waits('1s', '1000ms'), []);
  assertFindings(waits('1s', '999ms'), [
    {
      code: 'value-out-of-range',
      field: 'spec.retry.perRetry.backOff.maxInterval',
      says: /at least baseInterval, 1s, not 999ms/,
      points: '999ms',
    },
  ]);
});
