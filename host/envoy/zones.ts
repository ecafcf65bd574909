/**
 * What zone-aware routing needs besides the policy: Envoy compares its own zone's share of the proxies with
 * that zone's share of the hosts, so it must know its zone (node.locality) and a cluster of the proxies
 * themselves (cluster_manager.local_cluster_name). One Envoy alone is that cluster here; of a fleet the
 * server says who is there (host/xds/proxies.ts).
 */
import type { Plan } from '../plan/types.ts';
import { extension } from './any.ts';
import { loadAssignment } from './cluster.ts';
import { duration } from './durations.ts';
import type { Bootstrap, Cluster } from './envoy-types.ts';
import { only } from './load-balancing.ts';

export const LOCAL_CLUSTER = 'loadstar-local';

/** True when any pool prefers its own zone. */
const usesZones = (plan: Plan): boolean =>
  plan.pools.some(({ balancer }) => 'zones' in balancer && balancer.zones !== undefined);

/** Undefined when no pool needs it or the zone is not known; Envoy then balances over all zones. */
export function localCluster(
  plan: Plan,
  zone: string | undefined,
): { readonly cluster: Cluster; readonly locality: { readonly zone: string } } | undefined {
  const [listener] = plan.listeners;
  if (zone === undefined || listener === undefined || !usesZones(plan)) return undefined;
  const self = { address: '127.0.0.1', port: listener.port, weight: 1, draining: false };
  return {
    locality: { zone },
    cluster: {
      name: LOCAL_CLUSTER,
      type: 'STATIC',
      connect_timeout: duration(1_000),
      per_connection_buffer_limit_bytes: 32_768,
      load_balancing_policy: only(
        extension('envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin', {}),
      ),
      load_assignment: loadAssignment(LOCAL_CLUSTER, [{ zone, priority: 0, endpoints: [self] }]),
    },
  };
}

/** What an Envoy keeps in its bootstrap when it gets listeners and clusters otherwise: that cluster. */
export const withoutServed = ({ static_resources, ...rest }: Bootstrap): Bootstrap => ({
  ...rest,
  static_resources: {
    listeners: [],
    clusters: static_resources.clusters.filter((one) => isLocalCluster(rest, one)),
  },
});

export const isLocalCluster = (
  { cluster_manager }: Pick<Bootstrap, 'cluster_manager'>,
  { name }: Cluster,
): boolean => name === cluster_manager?.local_cluster_name;
