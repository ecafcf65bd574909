/** Fields that are unknown, not translated, or of another type, in any kind. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sortDiagnostics } from '../../../host/diagnostics/render.ts';
import { assertFindings, pointed, policyWith, readText } from '../../support/manifest.ts';
import { same } from '../../support/plain.ts';

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
