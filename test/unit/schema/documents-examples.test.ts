/** The manifests of the load-balancing documentation, unchanged: without namespace, without parentRefs. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readText } from '../../support/manifest.ts';
import { same } from '../../support/plain.ts';

test('the BackendUtilization example, with removeResponseHeaders and without a namespace', () => {
  const { resources, diagnostics } = readText(`apiVersion: gateway.envoyproxy.io/v1alpha1
kind: BackendTrafficPolicy
metadata:
  name: backend-utilization-policy
spec:
  targetRefs:
  - group: gateway.networking.k8s.io
    kind: HTTPRoute
    name: backend-utilization-route
  loadBalancer:
    type: BackendUtilization
    backendUtilization:
      removeResponseHeaders: true # Default value
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: backend-utilization-route
spec:
  rules:
  - filters:
    - type: ResponseHeaderModifier
      responseHeaderModifier:
        remove: ["endpoint-load-metrics", "endpoint-load-metrics-bin"]
    backendRefs:
    - name: backend
      port: 3000
`);
  same(diagnostics, []);
  const [policy, route] = resources;
  assert.ok(policy?.kind === 'BackendTrafficPolicy' && route?.kind === 'HTTPRoute');
  assert.equal(policy.metadata.namespace, 'default');
  same(policy.spec.loadBalancer, {
    type: 'BackendUtilization',
    backendUtilization: { metricNamesForComputingUtilization: [], keepResponseHeaders: false },
  });
  same(route.spec, {
    parentRefs: [],
    hostnames: [],
    rules: [
      {
        matches: [{ path: { type: 'PathPrefix', value: '/' }, headers: [], queryParams: [] }],
        filters: [
          {
            type: 'ResponseHeaderModifier',
            responseHeaderModifier: {
              set: [],
              add: [],
              remove: ['endpoint-load-metrics', 'endpoint-load-metrics-bin'],
            },
          },
        ],
        backendRefs: [{ group: '', kind: 'Service', name: 'backend', port: 3000, weight: 1, filters: [] }],
      },
    ],
  });
});

for (const [written, keep] of [
  ['{}', false],
  ['{removeResponseHeaders: false}', true],
  ['{keepResponseHeaders: true}', true],
  ['{keepResponseHeaders: true, removeResponseHeaders: false}', true],
  ['{keepResponseHeaders: false, removeResponseHeaders: true}', false],
] as const) {
  test(`backendUtilization: ${written} ${keep ? 'keeps' : 'removes'} the report headers`, () => {
    const { resources, diagnostics } = readText(`apiVersion: gateway.envoyproxy.io/v1alpha1
kind: BackendTrafficPolicy
metadata: {name: p}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: r}]
  loadBalancer: {type: BackendUtilization, backendUtilization: ${written}}
`);
    same(diagnostics, []);
    const balancer =
      resources[0]?.kind === 'BackendTrafficPolicy' ? resources[0].spec.loadBalancer : undefined;
    assert.ok(balancer?.type === 'BackendUtilization');
    assert.equal(balancer.backendUtilization.keepResponseHeaders, keep);
  });
}
