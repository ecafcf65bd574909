/** Specs of two BackendTrafficPolicies, merged: what is dropped, and what is still told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BackendTrafficPolicy, MergedSpec } from '../../../host/model/resources.ts';
import { mergeSpecs } from '../../../host/schema/index.ts';
import { plain, same } from '../../support/plain.ts';

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
