/** The policies that are compared: the same route and hosts, once with each. */
import * as build from '../fakes/manifests.ts';
import type { Engine } from './types.ts';

export interface Contender {
  readonly name: string;
  readonly engine: Engine;
  /** BackendTrafficPolicy: `spec.loadBalancer`, and annotations. */
  readonly loadBalancer: object;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Sets `hash_balance_factor` of Envoy's Maglev, which the API has no field for. */
  readonly balanceFactor?: number;
}

const byKey = {
  type: 'ConsistentHash',
  consistentHash: { type: 'Headers', headers: [{ name: 'x-session' }] },
};

export const contenders: readonly Contender[] = [
  { name: 'pure hash', engine: 'native', loadBalancer: byKey },
  { name: 'least request', engine: 'native', loadBalancer: { type: 'LeastRequest' } },
  { name: 'bounded load 1.25', engine: 'native', loadBalancer: byKey, balanceFactor: 125 },
  {
    name: 'sticky until hot',
    engine: 'filter',
    loadBalancer: byKey,
    annotations: { 'loadstar/utilization-target': '0.8' },
  },
];

export const hostName = 'sticky.example.com';

/** Ports of 127.0.0.1: the Gateway's, and those of the hosts. */
export function manifests(contender: Contender, gateway: number, hosts: readonly number[]): string {
  const spec = {
    loadBalancer: contender.loadBalancer,
    circuitBreaker: { maxConnections: 8192, maxPendingRequests: 8192, maxParallelRequests: 8192 },
    healthCheck: {
      active: {
        type: 'HTTP',
        interval: '500ms',
        timeout: '1s',
        unhealthyThreshold: 1,
        healthyThreshold: 1,
        http: { path: '/health', expectedStatuses: [200] },
      },
    },
  };
  return build.render([
    build.gatewayClass,
    build.gateway('eg', [build.listener('http', gateway)]),
    build.backend('caches', { endpoints: hosts.map((port) => ({ ip: { address: '127.0.0.1', port } })) }),
    build.httpRoute('sticky', [{ backendRefs: [build.backendRef('caches')] }], { hostnames: [hostName] }),
    build.policy('sticky', [build.target('HTTPRoute', 'sticky')], spec, {
      annotations: contender.annotations,
    }),
  ]);
}

interface PatchedCluster {
  load_balancing_policy?: { policies: { typed_extension_config: { typed_config: object } }[] };
}

/** What the demo needs beyond the API: bounded load. */
export function patch(bootstrap: object, contender: Contender): void {
  const { clusters } = (bootstrap as { static_resources: { clusters: PatchedCluster[] } }).static_resources;
  for (const cluster of clusters) {
    if (contender.balanceFactor === undefined) continue;
    for (const { typed_extension_config: extension } of cluster.load_balancing_policy?.policies ?? []) {
      Object.assign(extension.typed_config, {
        consistent_hashing_lb_config: { hash_balance_factor: contender.balanceFactor },
      });
    }
  }
}
