/** Pools for tests, by their hosts alone. */
import type { Pool } from '../../../host/plan/types.ts';

interface Part {
  readonly weight?: number;
  readonly priority?: number;
  readonly hosts: readonly (readonly [address: string, weight: number])[];
}

export const poolOf = (parts: readonly Part[], localityWeighted = false, tableSize = 65_537): Pool => ({
  name: 'httproute/default/test/rule/0',
  protocol: 'http1',
  discovery: 'static',
  localities: parts.map(({ weight, priority = 0, hosts }) => ({
    weight,
    priority,
    endpoints: hosts.map(([address, w]) => ({ address, port: 80, weight: w, draining: false })),
  })),
  balancer: { kind: 'maglev', tableSize, localityWeighted },
  circuitBreaker: { maxParallelRetries: 1024 },
  overrideHeaders: [],
  from: { kind: 'HTTPRoute', namespace: 'default', name: 'test' },
});
