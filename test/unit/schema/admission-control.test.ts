/** admissionControl and proxyProtocol: what the model gets, and each rule, broken once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AdmissionControl } from '../../../host/model/resources.ts';
import { assertFindings, type Expected, policyWith, readText } from '../../support/manifest.ts';
import { same } from '../../support/plain.ts';

function specOf(text: string) {
  const { resources, diagnostics } = readText(policyWith(text));
  same(diagnostics, []);
  const [policy] = resources;
  assert.ok(policy?.kind === 'BackendTrafficPolicy');
  return policy.spec;
}

const rows: readonly (readonly [string, AdmissionControl])[] = [
  ['{}', {}],
  [
    '{samplingWindow: 1m, minSuccessRate: 90, rejectionAggression: 2, minRequestRate: 5, maxRejectionPercent: 50}',
    { windowMs: 60_000, minSuccessRate: 90, aggression: 2, minRate: 5, maxRejected: 50 },
  ],
  [
    '{successCriteria: {http: {statusCodes: [200, 404]}, grpc: {statusCodes: [Ok, Unauthenticated]}}}',
    { statuses: [200, 404], grpcStatuses: [0, 16] },
  ],
  ['{successCriteria: {http: {statusCodes: []}, grpc: {}}}', {}],
];
for (const [text, admission] of rows)
  test(text, () => same(specOf(`admissionControl: ${text}`).admission, admission));

test('the version of the PROXY header', () => {
  assert.equal(specOf('proxyProtocol: {version: V2}').proxyProtocol, 'V2');
});

const faults: readonly (readonly [string, Expected])[] = [
  [
    'admissionControl: {samplingWindow: 500ms}',
    {
      code: 'duration-invalid',
      field: 'spec.admissionControl.samplingWindow',
      says: /from 1s to 1h/,
      points: '500ms',
    },
  ],
  [
    'admissionControl: {minSuccessRate: 0}',
    {
      code: 'value-out-of-range',
      field: 'spec.admissionControl.minSuccessRate',
      says: /from 1 to 100/,
      points: '0',
    },
  ],
  [
    'admissionControl: {successCriteria: {grpc: {statusCodes: [OK]}}}',
    {
      code: 'value-unknown',
      field: 'spec.admissionControl.successCriteria.grpc.statusCodes[0]',
      says: /one of Ok/,
      points: 'OK',
    },
  ],
  [
    'proxyProtocol: {}',
    {
      code: 'field-missing',
      field: 'spec.proxyProtocol.version',
      says: /missing/,
      points: 'proxyProtocol',
    },
  ],
  [
    'proxyProtocol: {version: V3}',
    { code: 'value-unknown', field: 'spec.proxyProtocol.version', says: /one of V1, V2/, points: 'V3' },
  ],
];
for (const [text, expected] of faults)
  test(text, () => assertFindings(readText(policyWith(text)).diagnostics, [expected]));
