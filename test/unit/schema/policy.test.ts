/**
 * BackendTrafficPolicy beside its load balancer rules: what the model gets, targets, annotations, and merged
 * specs.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BackendTrafficPolicy, MergedSpec } from '../../../host/model/resources.ts';
import { mergeSpecs } from '../../../host/schema/index.ts';
import { assertFindings, type Expected, policyWith, readText } from '../../support/manifest.ts';
import { plain, same } from '../../support/plain.ts';

function policy(text: string): BackendTrafficPolicy {
  const { resources, diagnostics } = readText(text);
  same(
    diagnostics.filter((d) => d.severity === 'error'),
    [],
  );
  const [only] = resources;
  assert.ok(only?.kind === 'BackendTrafficPolicy');
  return only;
}
const specOf = (lines: string): BackendTrafficPolicy['spec'] => policy(policyWith(lines)).spec;

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

test('policy: the deprecated targetRef is the first target, and is found at its place', () => {
  const p = policy(`apiVersion: gateway.envoyproxy.io/v1alpha1
kind: BackendTrafficPolicy
metadata: {name: p}
spec:
  targetRef: {group: gateway.networking.k8s.io, kind: HTTPRoute, name: old}
`);
  assert.equal(p.spec.deprecatedTargetRef, true);
  same(p.spec.targetRefs, [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'old' }]);
  assert.equal(p.at('spec', 'targetRefs', 0, 'name').line, 5);
  assert.match(
    p.at('spec', 'targetRefs', 0, 'name').lineText.slice(p.at('spec', 'targetRefs', 0, 'name').column - 1),
    /^old/,
  );
});

test('policy: selectors with expressions and namespaces', () => {
  const p = policy(`apiVersion: gateway.envoyproxy.io/v1alpha1
kind: BackendTrafficPolicy
metadata: {name: p, namespace: other}
spec:
  targetSelectors:
  - kind: HTTPRoute
    matchLabels: {app: shop}
    matchExpressions: [{key: tier, operator: In, values: [a, b]}, {key: x, operator: Exists}]
    namespaces: {from: Selector, selector: {matchLabels: {team: a}}}
`);
  same(p.spec.targetRefs, []);
  same(p.spec.targetSelectors, [
    {
      group: 'gateway.networking.k8s.io',
      kind: 'HTTPRoute',
      matchLabels: { app: 'shop' },
      matchExpressions: [
        { key: 'tier', operator: 'In', values: ['a', 'b'] },
        { key: 'x', operator: 'Exists', values: [] },
      ],
      namespaces: { from: 'Selector', selector: { matchLabels: { team: 'a' }, matchExpressions: [] } },
    },
  ]);
});

const bare = (spec: string): string =>
  `apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: BackendTrafficPolicy\nmetadata: {name: p}\nspec: ${spec}\n`;
const ref = (kind: string): string => `{group: gateway.networking.k8s.io, kind: ${kind}, name: a}`;
const targets: readonly [name: string, text: string, expected: Expected[]][] = [
  [
    'none',
    bare('{}'),
    [{ code: 'field-missing', field: 'spec.targetRefs', says: /no target/, points: 'spec' }],
  ],
  [
    'an empty selector list',
    bare('{targetSelectors: []}'),
    [{ code: 'field-missing', field: 'spec.targetRefs', says: /no target/, points: 'spec' }],
  ],
  [
    'a kind mistyped',
    bare(`{targetRefs: [${ref('HttpRoute')}]}`),
    [
      {
        code: 'target-invalid',
        field: 'spec.targetRefs[0].kind',
        says: /not "HttpRoute"/,
        hint: /Did you mean HTTPRoute/,
        points: 'HttpRoute',
      },
    ],
  ],
  [
    'a group with a version',
    bare('{targetRefs: [{group: gateway.networking.k8s.io/v1, kind: HTTPRoute, name: a}]}'),
    [
      {
        code: 'target-invalid',
        field: 'spec.targetRefs[0].group',
        says: /group must be gateway\.networking\.k8s\.io/,
        points: 'gateway.networking.k8s.io/v1',
      },
    ],
  ],
  [
    'no group',
    bare('{targetRefs: [{kind: HTTPRoute, name: a}]}'),
    [{ code: 'field-missing', field: 'spec.targetRefs[0].group', says: /group is missing/, points: '{' }],
  ],
  [
    'a selector for a kind that no policy is for',
    bare('{targetSelectors: [{group: gateway.networking.k8s.io, kind: Pod, matchLabels: {a: b}}]}'),
    [
      {
        code: 'target-not-translated',
        field: 'spec.targetSelectors[0].kind',
        says: /no effect/,
        points: 'Pod',
        severity: 'warning',
      },
    ],
  ],
  [
    'mergeType for a Gateway among routes',
    bare(`{targetRefs: [${ref('HTTPRoute')}, ${ref('Gateway')}], mergeType: JSONMerge}`),
    [{ code: 'field-conflict', field: 'spec.mergeType', says: /for a Gateway/, points: 'JSONMerge' }],
  ],
  [
    'mergeType Replace',
    bare(`{targetRefs: [${ref('HTTPRoute')}], mergeType: Replace}`),
    [
      {
        code: 'merge-type-unknown',
        field: 'spec.mergeType',
        says: /StrategicMerge, JSONMerge, not "Replace"/,
        points: 'Replace',
      },
    ],
  ],
  [
    'mergeType mistyped: taken by the API, so a warning',
    bare(`{targetRefs: [${ref('HTTPRoute')}], mergeType: JsonMerge}`),
    [
      {
        code: 'merge-type-unknown',
        field: 'spec.mergeType',
        says: /not "JsonMerge"/,
        hint: /JSONMerge/,
        points: 'JsonMerge',
        severity: 'warning',
      },
    ],
  ],
  [
    'In without values',
    bare('{targetSelectors: [{kind: HTTPRoute, matchExpressions: [{key: a, operator: In}]}]}'),
    [
      {
        code: 'selector-invalid',
        field: 'spec.targetSelectors[0].matchExpressions[0].values',
        says: /In needs at least one value/,
        points: 'In',
      },
    ],
  ],
  [
    'from Selector without one',
    bare('{targetSelectors: [{kind: HTTPRoute, namespaces: {from: Selector}}]}'),
    [
      {
        code: 'field-missing',
        field: 'spec.targetSelectors[0].namespaces.selector',
        says: /no selector/,
        points: 'Selector',
      },
    ],
  ],
];
for (const [name, text, expected] of targets)
  test(`targets: ${name}`, () => assertFindings(readText(text).diagnostics, expected));

const checks: readonly [name: string, lines: string, expected: Expected[]][] = [
  [
    'HTTP without http',
    'active: {type: HTTP}',
    [
      {
        code: 'field-missing',
        field: 'spec.healthCheck.active.http',
        says: /http is missing/,
        points: 'HTTP',
      },
    ],
  ],
  [
    'tcp beside HTTP',
    'active: {type: HTTP, http: {path: /}, tcp: {}}',
    [
      {
        code: 'field-conflict',
        field: 'spec.healthCheck.active.tcp',
        says: /with health check type HTTP/,
        points: 'tcp',
      },
    ],
  ],
  [
    'text without text',
    'active: {type: TCP, tcp: {send: {type: Text}}}',
    [
      {
        code: 'field-missing',
        field: 'spec.healthCheck.active.tcp.send.text',
        says: /text is missing/,
        points: 'Text',
      },
    ],
  ],
  [
    'no base64',
    'active: {type: TCP, tcp: {send: {type: Binary, binary: "%%"}}}',
    [
      {
        code: 'field-type',
        field: 'spec.healthCheck.active.tcp.send.binary',
        says: /base64/,
        points: '"%%"',
      },
    ],
  ],
  [
    'a threshold of 0',
    'active: {type: GRPC, unhealthyThreshold: 0}',
    [
      {
        code: 'value-out-of-range',
        field: 'spec.healthCheck.active.unhealthyThreshold',
        says: /from 1 to 4294967295/,
        points: '0',
      },
    ],
  ],
  [
    'a method that Envoy does not know',
    'active: {type: HTTP, http: {path: /, method: PING}}',
    [
      {
        code: 'value-unknown',
        field: 'spec.healthCheck.active.http.method',
        says: /one of GET, HEAD/,
        points: 'PING',
      },
    ],
  ],
  [
    'a path with a line break',
    'active: {type: HTTP, http: {path: "/a\\nb"}}',
    [
      {
        code: 'field-type',
        field: 'spec.healthCheck.active.http.path',
        says: /on one line/,
        points: '"/a\\nb"',
      },
    ],
  ],
  [
    'a response that Envoy does not keep',
    `active: {type: HTTP, http: {path: /, expectedResponse: {type: Text, text: ${'é'.repeat(513)}}}}`,
    [
      {
        code: 'value-out-of-range',
        field: 'spec.healthCheck.active.http.expectedResponse.text',
        says: /has 1026 bytes/,
        points: 'é'.repeat(513),
      },
    ],
  ],
  [
    'a body beside GET',
    'active: {type: HTTP, http: {path: /, requestBody: {type: Text, text: ping}}}',
    [
      {
        code: 'field-conflict',
        field: 'spec.healthCheck.active.http.requestBody',
        says: /requestBody is not allowed with method GET/,
        points: 'requestBody',
      },
    ],
  ],
  [
    'a body without its text',
    'active: {type: HTTP, http: {path: /, method: post, requestBody: {type: Text}}}',
    [
      {
        code: 'field-missing',
        field: 'spec.healthCheck.active.http.requestBody.text',
        says: /type is Text, but text is missing/,
        points: 'Text',
      },
    ],
  ],
  [
    'no time between checks',
    'active: {type: HTTP, interval: 0s, http: {path: /}}',
    [
      {
        code: 'duration-invalid',
        field: 'spec.healthCheck.active.interval',
        says: /greater than 0/,
        points: '0s',
      },
    ],
  ],
];
for (const [name, lines, expected] of checks)
  test(`health check: ${name}`, () =>
    assertFindings(readText(policyWith(`healthCheck:\n  ${lines}`)).diagnostics, expected));

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

const hash = 'loadBalancer: {type: ConsistentHash, consistentHash: {type: SourceIP}}';
const annotated = (annotations: string, spec = hash): string =>
  policyWith(spec, `annotations: {${annotations}}`);

test('annotations: defaults, and every one set', () => {
  assert.equal(policy(annotated('other/a: b')).sticky, undefined);
  same(policy(annotated('loadstar/utilization-target: "0.8"')).sticky, {
    utilizationTarget: 0.8,
    loadBound: 2.5,
    maxHops: 8,
    metricNames: [],
  });
  same(
    policy(
      annotated(
        'loadstar/utilization-target: "1", loadstar/load-bound: "1", loadstar/max-hops: "3", loadstar/metric-names: "cpu_utilization, named_metrics.kv", loadstar/report-format: json',
      ),
    ).sticky,
    {
      utilizationTarget: 1,
      loadBound: 1,
      maxHops: 3,
      metricNames: ['cpu_utilization', 'named_metrics.kv'],
      reportFormat: 'json',
    },
  );
});
const target = 'loadstar/utilization-target: "0.8"';
const field = (name: string): string => `metadata.annotations["loadstar/${name}"]`;
const annotations: readonly [name: string, text: string, expected: Expected[]][] = [
  ...(['0', '1.01', '-1', 'NaN', '80%', ''] as const).map((value): [string, string, Expected[]] => [
    `utilization-target ${JSON.stringify(value)}`,
    annotated(`loadstar/utilization-target: "${value}"`),
    [
      {
        code: 'annotation-invalid',
        field: field('utilization-target'),
        says: /greater than 0 and at most 1/,
        points: `"${value}"`,
      },
    ],
  ]),
  [
    'load-bound below 1',
    annotated(`${target}, loadstar/load-bound: "0.9"`),
    [{ code: 'annotation-invalid', field: field('load-bound'), says: /at least 1/, points: '"0.9"' }],
  ],
  ...(['0', '9', '1.5'] as const).map((value): [string, string, Expected[]] => [
    `max-hops ${value}`,
    annotated(`${target}, loadstar/max-hops: "${value}"`),
    [{ code: 'annotation-invalid', field: field('max-hops'), says: /from 1 to 8/, points: `"${value}"` }],
  ]),
  [
    'metric-names with a gap',
    annotated(`${target}, loadstar/metric-names: "a,,b"`),
    [{ code: 'annotation-invalid', field: field('metric-names'), says: /metric names/, points: '"a,,b"' }],
  ],
  [
    'report-format binary',
    annotated(`${target}, loadstar/report-format: binary`),
    [{ code: 'annotation-invalid', field: field('report-format'), says: /text or json/, points: 'binary' }],
  ],
  [
    'unknown',
    annotated(`${target}, loadstar/max-hop: "2"`),
    [
      {
        code: 'annotation-unknown',
        field: field('max-hop'),
        says: /not an annotation/,
        hint: /loadstar\/max-hops/,
        points: 'loadstar/max-hop',
      },
    ],
  ],
  [
    'utilization-target mistyped: one error, not a second that it is missing',
    annotated('loadstar/utilisation-target: "0.8", loadstar/max-hops: "2"'),
    [
      {
        code: 'annotation-unknown',
        field: field('utilisation-target'),
        says: /not an annotation/,
        hint: /loadstar\/utilization-target/,
        points: 'loadstar/utilisation-target',
      },
    ],
  ],
  [
    'only one that does not exist',
    annotated('loadstar/colour: red'),
    [
      {
        code: 'annotation-unknown',
        field: field('colour'),
        says: /not an annotation/,
        hint: /^Remove it/,
        points: 'loadstar/colour',
      },
    ],
  ],
  [
    'without utilization-target',
    annotated('loadstar/max-hops: "2"'),
    [
      {
        code: 'annotation-conflict',
        field: field('max-hops'),
        says: /no effect without/,
        points: 'loadstar/max-hops',
      },
    ],
  ],
  [
    'with another type',
    annotated(target, 'loadBalancer: {type: RoundRobin}'),
    [
      {
        code: 'annotation-conflict',
        field: field('utilization-target'),
        says: /of type RoundRobin/,
        points: 'loadstar/utilization-target',
      },
    ],
  ],
  [
    'a number without quotes',
    annotated('loadstar/utilization-target: 0.8'),
    [
      {
        code: 'field-type',
        field: 'metadata.annotations',
        says: /text to text/,
        hint: /loadstar\/utilization-target in quotes/,
        points: 'annotations',
      },
    ],
  ],
];
for (const [name, text, expected] of annotations) {
  test(`annotations: ${name}`, () => {
    const { resources, diagnostics } = readText(text);
    assertFindings(diagnostics, expected);
    same(resources, []);
  });
}

const nowhere = () => ({ file: 'f', line: 1, column: 1, length: 1, lineText: '' });
/** A policy with this spec as it was written, as far as a merge looks at it. */
const written = (raw: object, mergeType?: string): BackendTrafficPolicy =>
  ({ at: nowhere, spec: { raw, mergeType } }) as unknown as BackendTrafficPolicy;
const merged = (parent: object, child: object = {}) =>
  mergeSpecs(written(parent), written({ mergeType: 'JSONMerge', ...child }, 'JSONMerge'));
const balancer = (spec: MergedSpec): unknown => {
  assert.equal(spec.kind, 'merged', JSON.stringify(spec));
  return plain(spec.kind === 'merged' ? spec.spec.loadBalancer : undefined);
};

test('merged: what the parent’s type left over is dropped', () => {
  const raw = {
    targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'r' }],
    loadBalancer: {
      type: 'RoundRobin',
      consistentHash: { type: 'SourceIP', tableSize: 1021 },
      backendUtilization: {},
      slowStart: { window: '10s' },
    },
  };
  const before = structuredClone(raw);
  same(balancer(merged(raw)), { type: 'RoundRobin', slowStart: { windowMs: 10_000 } });
  same(raw, before, 'what the user wrote is not changed');
});

test('merged: keys of two kinds, slowStart and preferLocal beside ConsistentHash', () => {
  const loadBalancer = {
    type: 'ConsistentHash',
    consistentHash: { type: 'Cookie', cookie: { name: 'c' }, header: { name: 'h' } },
    slowStart: { window: '10s' },
    zoneAware: { preferLocal: {} },
  };
  same(balancer(merged({ loadBalancer })), {
    type: 'ConsistentHash',
    consistentHash: { type: 'Cookie', cookie: { name: 'c', attributes: [] }, tableSize: 65537 },
    zoneAware: {},
  });
});

test('merged: mistakes are still told, and only those', () => {
  const bad = merged(
    { loadBalancer: { type: 'BackendUtilization', backendUtilization: { blackoutPeriod: '0s' } } },
    { loadBalancer: { type: 'ConsistentHash', consistentHash: { type: 'Header' } }, telemetry: {} },
  );
  same(bad, { kind: 'invalid', messages: ['type is Header, but header is missing.'] });
  const weak = {
    loadBalancer: { type: 'ConsistentHash', consistentHash: { type: 'SourceIP', tableSize: 4 } },
  };
  same(merged(weak), {
    kind: 'invalid',
    messages: ['LoadBalancer: ConsistentHash: invalid TableSize value 4.'],
  });
  assert.equal(mergeSpecs(written({}), written({}, 'Replace')).kind, 'unsupported');
  for (const raw of [{}, { loadBalancer: 3 }, { loadBalancer: [] }, { retry: null }]) merged(raw, raw);
});
