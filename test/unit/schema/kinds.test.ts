/** How documents are told apart by apiVersion and kind. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertFindings, type Expected, readText } from '../../support/manifest.ts';
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
      ['gateway.envoyproxy.io/v1alpha1', 'EnvoyGateway'],
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
    'XListenerSet: what took its place',
    object('gateway.networking.x-k8s.io/v1alpha1', 'XListenerSet', 'spec: {}'),
    [
      {
        code: 'kind-not-translated',
        field: 'kind',
        says: /XListenerSet is not translated/,
        hint: /kind: ListenerSet/,
        points: 'XListenerSet',
        severity: 'warning',
      },
    ],
  ],
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
