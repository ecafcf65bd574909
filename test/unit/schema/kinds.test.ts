/**
 * How documents are told apart by apiVersion and kind, and what all kinds share: metadata, unknown and
 * untranslated fields.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sortDiagnostics } from '../../../host/diagnostics/render.ts';
import { assertFindings, type Expected, pointed, policyWith, readText } from '../../support/manifest.ts';
import { same } from '../../support/plain.ts';

const object = (apiVersion: string, kind: string, rest = ''): string =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: x}\n${rest}`;

const kinds: readonly [name: string, text: string, expected: Expected[]][] = [
  [
    'a kind of a cluster is passed over with a notice',
    object('apps/v1', 'Deployment', 'spec: {whatever: [1]}'),
    [
      {
        code: 'kind-not-used',
        field: 'kind',
        says: /does not read the kind Deployment \(apps\/v1\)/,
        points: 'Deployment',
        severity: 'notice',
      },
    ],
  ],
  ...['ServiceAccount', 'Pod'].map((kind): [string, string, Expected[]] => [
    `${kind} is passed over with a notice`,
    object('v1', kind),
    [
      {
        code: 'kind-not-used',
        field: 'kind',
        says: /does not read the kind/,
        points: kind,
        severity: 'notice',
      },
    ],
  ]),
  ...(
    [
      ['gateway.networking.k8s.io/v1alpha2', 'BackendLBPolicy'],
      ['gateway.envoyproxy.io/v1alpha1', 'EnvoyProxy'],
    ] as const
  ).map(([apiVersion, kind]): [string, string, Expected[]] => [
    `${kind} is named as not translated`,
    object(apiVersion, kind, 'spec: {cors: {}}'),
    [
      {
        code: 'kind-not-translated',
        field: 'kind',
        says: new RegExp(`${kind} is not translated`),
        points: kind,
        severity: 'warning',
      },
    ],
  ]),
  [
    'a mistyped kind is an error with the nearest',
    object('gateway.networking.k8s.io/v1', 'HttpRoutes'),
    [
      {
        code: 'kind-unknown',
        field: 'kind',
        says: /no kind HttpRoutes/,
        hint: /HTTPRoute/,
        points: 'HttpRoutes',
      },
    ],
  ],
  [
    'a core kind in the wrong case is an error',
    object('v1', 'service'),
    [{ code: 'kind-unknown', field: 'kind', says: /no kind service/, hint: /Service/, points: 'service' }],
  ],
  [
    'a kind in the wrong group',
    object('gateway.envoyproxy.io/v1alpha1', 'HTTPRoute'),
    [
      {
        code: 'kind-unknown',
        field: 'apiVersion',
        says: /no HTTPRoute in/,
        hint: /gateway\.networking\.k8s\.io\/v1\.$/,
        points: 'gateway.envoyproxy.io/v1alpha1',
      },
    ],
  ],
  ...(
    [
      ['gatway.networking.k8s.io/v1', 'HTTPRoute', 'gateway.networking.k8s.io/v1'],
      ['gateway.envoyproxi.io/v1alpha1', 'SecurityPolicy', 'gateway.envoyproxy.io/v1alpha1'],
      ['networking.istio.io/v1', 'Gateway', 'gateway.networking.k8s.io/v1'],
      ['serving.knative.dev/v1', 'Service', 'v1'],
    ] as const
  ).map(([apiVersion, kind, meant]): [string, string, Expected[]] => [
    `${kind} of ${apiVersion} may be a slip`,
    object(apiVersion, kind),
    [
      {
        code: 'kind-not-used',
        field: 'apiVersion',
        says: /does not read the kind/,
        hint: new RegExp(`^Did you mean apiVersion: ${meant.replaceAll('.', '\\.')}\\?$`),
        points: apiVersion,
        severity: 'warning',
      },
    ],
  ]),
  [
    'a version that is not read',
    object('gateway.networking.k8s.io/v1alpha2', 'GRPCRoute'),
    [
      {
        code: 'version-unknown',
        field: 'apiVersion',
        says: /version v1alpha2/,
        hint: /k8s\.io\/v1\.$/,
        points: 'gateway.networking.k8s.io/v1alpha2',
      },
    ],
  ],
  [
    'no apiVersion and no kind',
    'metadata: {name: x}\n',
    [
      { code: 'field-missing', field: 'apiVersion', says: /apiVersion is missing/, points: 'x' },
      { code: 'field-missing', field: 'kind', says: /kind is missing/, points: 'x' },
    ],
  ],
];
for (const [name, text, expected] of kinds) {
  test(`kinds: ${name}`, () => {
    const { resources, diagnostics } = readText(text);
    assertFindings(diagnostics, expected);
    same(resources, []);
  });
}

for (const kind of ['HTTPRoute', 'Gateway', 'GatewayClass', 'ReferenceGrant']) {
  test(`kinds: ${kind} is read in v1 and v1beta1`, () => {
    const specs: Record<string, string> = {
      HTTPRoute: '{}',
      Gateway: '{gatewayClassName: eg, listeners: [{name: a, port: 80, protocol: HTTP}]}',
      GatewayClass: '{controllerName: gateway.envoyproxy.io/gatewayclass-controller}',
      ReferenceGrant: '{from: [{group: "", kind: A, namespace: a}], to: [{group: "", kind: Service}]}',
    };
    for (const version of ['v1', 'v1beta1']) {
      const { resources, diagnostics } = readText(
        object(`gateway.networking.k8s.io/${version}`, kind, `spec: ${specs[kind]}`),
      );
      same(diagnostics, []);
      assert.equal(resources[0]?.kind, kind);
      assert.equal(resources[0]?.metadata.namespace, kind === 'GatewayClass' ? '' : 'default');
    }
  });
}

test('an EnvoyProxy that demands TLS of backends is refused, not left out', () => {
  const text = (spec: string): string =>
    `apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: EnvoyProxy\nmetadata: {name: p}\nspec: ${spec}\n`;
  const codes = (spec: string) => readText(text(spec)).diagnostics.map(({ code, field }) => [code, field]);
  assert.deepEqual(codes('{logging: {level: {}}}'), [['kind-not-translated', 'kind']]);
  assert.deepEqual(codes('{backendTLS: {minVersion: "1.3"}}'), [
    ['kind-not-translated', 'kind'],
    ['protection-not-translated', 'spec.backendTLS'],
  ]);
});

test('what a server writes is taken silently', () => {
  const { resources, diagnostics } = readText(`apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: r
  namespace: shop
  uid: 1f0e
  resourceVersion: "12"
  generation: 3
  creationTimestamp: "2024-05-01T12:00:00Z"
  deletionTimestamp: null
  ownerReferences: [{apiVersion: v1, kind: Pod, name: a, uid: b}]
  managedFields: [{manager: kubectl, fieldsV1: {"f:spec": {}}}]
  finalizers: [a.b/c]
  labels: {app.kubernetes.io/name: shop, empty: ""}
  annotations: {kubectl.kubernetes.io/last-applied-configuration: "{}"}
spec: {}
status: {parents: []}
`);
  same(diagnostics, []);
  const { metadata } = resources[0]!;
  assert.equal(metadata.creationTimestamp, '2024-05-01T12:00:00Z');
  same(metadata.labels, { 'app.kubernetes.io/name': 'shop', empty: '' });
  assert.equal(metadata.namespace, 'shop');
});

const metadata: readonly [name: string, text: string, expected: Expected[]][] = [
  [
    'no name',
    '{}',
    [
      {
        code: 'field-missing',
        field: 'metadata.name',
        says: /metadata\.name is missing/,
        points: 'metadata',
      },
    ],
  ],
  [
    'a name in capitals',
    '{name: Web}',
    [{ code: 'name-invalid', field: 'metadata.name', says: /not "Web"/, hint: /web/, points: 'Web' }],
  ],
  [
    'a namespace with a dot',
    '{name: a, namespace: a.b}',
    [{ code: 'name-invalid', field: 'metadata.namespace', says: /not "a\.b"/, points: 'a.b' }],
  ],
  [
    'a label that is no text',
    '{name: a, labels: {v: 1}}',
    [
      {
        code: 'field-type',
        field: 'metadata.labels',
        says: /mapping of text to text/,
        hint: /value of v in quotes/,
        points: 'labels',
      },
    ],
  ],
  [
    'a label value with a space',
    '{name: a, labels: {v: "a b"}}',
    [{ code: 'label-invalid', field: 'metadata.labels.v', says: /label v/, points: '"a b"' }],
  ],
  [
    'a label key with two slashes',
    '{name: a, labels: {a/b/c: x}}',
    [{ code: 'label-invalid', field: 'metadata.labels["a/b/c"]', says: /label key/, points: 'a/b/c' }],
  ],
  [
    'a time that is none',
    '{name: a, creationTimestamp: yesterday}',
    [
      {
        code: 'field-type',
        field: 'metadata.creationTimestamp',
        says: /must be a time/,
        points: 'yesterday',
      },
    ],
  ],
  [
    'an unknown field',
    '{name: a, nmaespace: b}',
    [
      {
        code: 'field-unknown',
        field: 'metadata.nmaespace',
        says: /not a field/,
        hint: /namespace/,
        points: 'nmaespace',
      },
    ],
  ],
];
for (const [name, text, expected] of metadata) {
  test(`metadata: ${name}`, () => {
    const { diagnostics } = readText(`apiVersion: v1\nkind: Namespace\nmetadata: ${text}\n`);
    assertFindings(diagnostics, expected);
  });
}

test('an unknown field is an error at its key, with the nearest name', () => {
  const { resources, diagnostics } = readText(
    policyWith('loadBalancer:\n  type: RoundRobin\n  slowStrat: {window: 10s}'),
  );
  assertFindings(diagnostics, [
    {
      code: 'field-unknown',
      field: 'spec.loadBalancer.slowStrat',
      says: /spec\.loadBalancer\.slowStrat is not a field/,
      hint: /Did you mean slowStart\?/,
      points: 'slowStrat',
    },
  ]);
  assert.equal(diagnostics[0]?.rule, undefined, 'the nearest name is enough');
  same(resources, []);
  const far = readText(policyWith('loadBalancer:\n  type: Random\n  velocity: 3')).diagnostics;
  assert.match(far[0]?.rule ?? '', /Known here: type, consistentHash/);
});

test('unknown fields are found at every depth, in lists too', () => {
  const { diagnostics } = readText(`apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: r}
specs: {}
spec:
  hostname: [a]
  rules:
  - matches:
    - path: {typ: Exact}
    backendRefs:
    - {name: b, port: 80, wieght: 1}
`);
  same(
    sortDiagnostics(diagnostics).map((d) => [d.field, pointed(d), d.hint]),
    [
      ['specs', 'specs', 'Did you mean spec?'],
      ['spec.hostname', 'hostname', 'Did you mean hostnames?'],
      ['spec.rules[0].matches[0].path.typ', 'typ', 'Did you mean type?'],
      ['spec.rules[0].backendRefs[0].wieght', 'wieght', 'Did you mean weight?'],
    ],
  );
});

test('a field that is not translated is named in a warning, and the rest is read', () => {
  const untranslated = ['telemetry'];
  const { resources, diagnostics } = readText(
    policyWith(`${untranslated.map((field) => `${field}: {a: 1}`).join('\n')}
timeout: {http: {requestTimeout: 1s}}
circuitBreaker: {maxConnections: 5}
connection: {socketBufferLimit: 1Mi, bufferLimit: 64Ki}
healthCheck:
  active:
    type: HTTP
    http: {path: /}
    healthCheckLog: {}
loadBalancer: {type: Random}`),
  );
  assert.ok(diagnostics.every((d) => d.code === 'field-not-translated' && d.severity === 'warning'));
  same(
    diagnostics.map((d) => d.field).sort(),
    [
      ...untranslated.map((field) => `spec.${field}`),
      'spec.connection.socketBufferLimit',
      'spec.healthCheck.active.healthCheckLog',
    ].sort(),
  );
  for (const d of diagnostics) assert.equal(pointed(d), d.field?.split('.').at(-1));
  const policy = resources[0];
  assert.ok(policy?.kind === 'BackendTrafficPolicy');
  assert.equal(policy.spec.loadBalancer?.type, 'Random');
  same(policy.spec.timeout, { http: { requestTimeoutMs: 1000 } });
  same(policy.spec.connection, { bufferLimitBytes: 65_536 });
  assert.ok('telemetry' in policy.spec.raw, 'the raw spec is as written');
});

test('quotes that are missing or too many are said', () => {
  const { diagnostics } = readText(`apiVersion: v1
kind: Service
metadata: {name: s}
spec:
  ports: [{port: "80", appProtocol: 2}]
`);
  same(
    diagnostics.map((d) => [d.field, d.hint]),
    [
      ['spec.ports[0].port', 'Remove the quotes.'],
      ['spec.ports[0].appProtocol', 'Put it in quotes: "2".'],
    ],
  );
});

test('an annotation of Loadstar on a kind that has none: a warning, and the resource stays', () => {
  const { resources, diagnostics } = readText(
    `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: r, annotations: {loadstar/max-hops: "3", other/max-hops: "3"}}
spec: {}
`,
  );
  assert.equal(resources.length, 1);
  assertFindings(diagnostics, [
    {
      code: 'annotation-not-used',
      field: 'metadata.annotations["loadstar/max-hops"]',
      says: /no effect on kind HTTPRoute/,
      hint: /BackendTrafficPolicy/,
      points: 'loadstar/max-hops',
      severity: 'warning',
    },
  ]);
});
