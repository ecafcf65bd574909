/**
 * The share of the keys, or of the requests, that each host of a pool should get by its weights. Spec:
 * Envoy's ThreadAwareLoadBalancer (normalizeWeights) and LocalityWrr: with locality weights a host has its
 * locality's share times its part of the locality, without them its part of all. It does not use tables: the
 * picks of the compiled filter are compared with it.
 */

import { serving } from '../plan/pools/serving.ts';
import type { Balancer, Pool } from '../plan/types.ts';
import { hostAddress } from './host-address.ts';

/** One serving host (priority 0, not draining), by its address as Envoy prints it. */
export interface HostShare {
  readonly host: string;
  readonly weight: number;
  /** 0..1; all of a pool add up to 1. */
  readonly share: number;
}

/** Sorted by address. A host that occurs twice is listed once, with the sum of its shares. */
export function expectedShares(pool: Pool): HostShare[] {
  const weighted = localityWeighted(pool.balancer);
  const localities = serving(pool)
    .map(({ weight, endpoints: hosts }) => ({
      hosts,
      weight: weight ?? 1,
      sum: hosts.reduce((sum, host) => sum + host.weight, 0),
    }))
    // A locality of weight 0 gets nothing, where weights count.
    .filter(({ weight }) => !(weighted && weight === 0));
  const total = localities.reduce((sum, l) => sum + (weighted ? l.weight : l.sum), 0);
  const shares = new Map<string, HostShare>();
  for (const { hosts, weight, sum } of localities) {
    for (const endpoint of hosts) {
      const host = hostAddress(endpoint.address, endpoint.port);
      const share = weighted ? ((weight / total) * endpoint.weight) / sum : endpoint.weight / total;
      const known = shares.get(host);
      shares.set(host, { host, weight: endpoint.weight, share: share + (known?.share ?? 0) });
    }
  }
  return [...shares.values()].sort((a, b) => (a.host < b.host ? -1 : a.host > b.host ? 1 : 0));
}

/** The plain balancers count the weights of localities wherever they do not prefer the own zone. */
const localityWeighted = (balancer: Balancer): boolean =>
  'localityWeighted' in balancer ? balancer.localityWeighted : balancer.zones === undefined;
