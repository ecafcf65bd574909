/** What all kinds have in metadata, and what a server writes there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertFindings, type Expected, readText } from '../../support/manifest.ts';
import { same } from '../../support/plain.ts';

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
