/**
 * targetRefs, the deprecated targetRef and targetSelectors of a policy: what the model gets, and each rule
 * broken once.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertFindings, type Expected, readText } from '../../support/manifest.ts';
import { same } from '../../support/plain.ts';
import { policy } from './policy-world.ts';

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
