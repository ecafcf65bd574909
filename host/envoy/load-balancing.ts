/**
 * A pool's balancer → cluster.load_balancing_policy: one typed policy with the name and fields that Envoy
 * Gateway gives it, and the two wrappers. Unlike Envoy Gateway, backend weights count under maglev and
 * utilization as well, and a policy keeps its table size, slow start and locality weights as fallback of
 * override_host.
 */

import type { Pool, ZonePreference } from '../plan/types.ts';
import type { LoadBalancingPolicyJson } from '../proto/cluster_pb.js';
import type { LocalityLbConfigJson } from '../proto/extensions/balancer_common_pb.js';
import { extension, type Written } from './any.ts';
import { optionalDuration } from './durations.ts';
import type { Extension } from './envoy-types.ts';

type LoadBalancingPolicy = Written<LoadBalancingPolicyJson>;

export const only = (policy: Extension): LoadBalancingPolicy => ({
  policies: [{ typed_extension_config: policy }],
});

/** The policy of a cluster. The hash keys of a maglev pool are on its routes, not here. */
export function loadBalancingPolicy(pool: Pool): LoadBalancingPolicy {
  const own = only(ownPolicy(pool));
  if (pool.overrideHeaders.length === 0) return own;
  return only(
    extension('envoy.extensions.load_balancing_policies.override_host.v3.OverrideHost', {
      override_host_sources: pool.overrideHeaders.map((header) => ({ header })),
      fallback_policy: own,
    }),
  );
}

function ownPolicy(pool: Pool): Extension {
  const { balancer } = pool;
  const slowStart =
    pool.slowStartMs === undefined ? undefined : { slow_start_window: optionalDuration(pool.slowStartMs) };
  switch (balancer.kind) {
    case 'round-robin':
      return extension('envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin', {
        locality_lb_config: localityConfig(balancer.zones),
        slow_start_config: slowStart,
      });
    case 'least-request':
      return extension('envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest', {
        locality_lb_config: localityConfig(balancer.zones),
        slow_start_config: slowStart,
      });
    case 'random':
      return extension('envoy.extensions.load_balancing_policies.random.v3.Random', {
        locality_lb_config: localityConfig(balancer.zones),
      });
    case 'maglev':
      return extension('envoy.extensions.load_balancing_policies.maglev.v3.Maglev', {
        table_size: balancer.tableSize,
        // Without it Envoy's table ignores locality weights, and so the weights of backendRefs.
        locality_weighted_lb_config: balancer.localityWeighted ? {} : undefined,
      });
    case 'utilization': {
      const { outOfBand } = balancer;
      const weighted = extension(
        'envoy.extensions.load_balancing_policies.client_side_weighted_round_robin.v3.ClientSideWeightedRoundRobin',
        {
          blackout_period: optionalDuration(balancer.blackoutMs),
          weight_expiration_period: optionalDuration(balancer.expirationMs),
          weight_update_period: optionalDuration(balancer.updateMs),
          error_utilization_penalty: balancer.errorPenalty,
          metric_names_for_computing_utilization:
            balancer.metricNames.length > 0 ? balancer.metricNames : undefined,
          slow_start_config: slowStart,
          enable_oob_load_report: outOfBand === undefined ? undefined : true,
          oob_reporting_period: optionalDuration(outOfBand?.periodMs),
          oob_reporting_config:
            outOfBand?.port === undefined && outOfBand?.authority === undefined
              ? undefined
              : { port_value: outOfBand.port, authority: outOfBand.authority },
        },
      );
      // client_side_weighted_round_robin itself has no locality weights.
      if (!balancer.localityWeighted) return weighted;
      return extension('envoy.extensions.load_balancing_policies.wrr_locality.v3.WrrLocality', {
        endpoint_picking_policy: only(weighted),
      });
    }
  }
}

function localityConfig(zones: ZonePreference | undefined): LocalityLbConfigJson {
  if (zones === undefined) return { locality_weighted_lb_config: {} };
  return {
    zone_aware_lb_config: {
      min_cluster_size: zones.minClusterSize,
      routing_enabled: zones.percentage === undefined ? undefined : { value: zones.percentage },
      force_local_zone: zones.forceMinSize === undefined ? undefined : { min_size: zones.forceMinSize },
    },
  };
}
