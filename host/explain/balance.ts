/** How Envoy chooses without a key: the policy in words, and the weights that given utilizations lead to. */

import { hostAddress } from '../filter/host-address.ts';
import { expectedShares, type HostShare } from '../filter/shares.ts';
import type { Pool, PoolEndpoint } from '../plan/types.ts';
import type { Choice, UtilizationShare } from './explanation.ts';

/** @param utilization Host → what it reports, from the command line. */
export function explainBalance(
  pool: Pool,
  hosts: readonly HostShare[],
  utilization: ReadonlyMap<string, number>,
): Extract<Choice, { kind: 'balance' }> {
  const { balancer } = pool;
  const weights = new Set(hosts.map(({ weight }) => weight)).size > 1 ? ', by weight' : '';
  const one = pool.protocol === 'tcp' ? 'connection' : 'request';
  const zones = 'zones' in balancer && balancer.zones !== undefined ? ', hosts of the own zone first' : '';
  switch (balancer.kind) {
    case 'round-robin':
      return {
        kind: 'balance',
        how: `round robin: the next host in turn, each worker of Envoy by itself${weights}${zones}`,
      };
    case 'random':
      return { kind: 'balance', how: `random: any host, drawn anew for each ${one}${zones}` };
    case 'least-request':
      return {
        kind: 'balance',
        how: `least request: two hosts are drawn, the one with fewer ${one === 'request' ? 'requests in flight' : 'connections'} is taken${weights}${zones}`,
      };
    case 'utilization':
      return {
        kind: 'balance',
        how: 'backend utilization: round robin by weight, where a host weighs its requests per second / utilization from its load reports',
        utilization: utilization.size === 0 ? undefined : sharesByUtilization(pool, utilization),
      };
    case 'maglev':
      return { kind: 'balance', how: 'Maglev without a key: a host at random' };
  }
}

/** Shares at equal rates: weight = rate / utilization. */
function sharesByUtilization(pool: Pool, utilization: ReadonlyMap<string, number>): UtilizationShare[] {
  const weights = new Map(
    [...utilization].filter(([, value]) => value > 0).map(([host, v]) => [host, 1 / v]),
  );
  return sharesByWeight(pool, weights).map(({ host, share }) => ({
    host,
    utilization: utilization.get(host),
    share,
  }));
}

/**
 * The share of each host by the weights that Envoy gives to load reports. A host without a report has the
 * median of the others (OrcaWeightManager::updateWeightsOnHosts). Weights of backends count before those.
 */
function sharesByWeight(pool: Pool, weights: ReadonlyMap<string, number>): HostShare[] {
  const middle = median([...weights.values()]);
  const weightOf = ({ address, port }: PoolEndpoint): number =>
    weights.get(hostAddress(address, port)) ?? middle;
  const localities = pool.localities.map((locality) => ({
    ...locality,
    endpoints: locality.endpoints.map((endpoint) => ({ ...endpoint, weight: weightOf(endpoint) })),
  }));
  return expectedShares({ ...pool, localities });
}

function median(values: readonly number[]): number {
  if (values.length === 0) return 1;
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
