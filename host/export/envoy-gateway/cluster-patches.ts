/** A pool → what Envoy Gateway's cluster of it lacks. */
import { typeUrl } from '../../envoy/any.ts';
import { PROTOCOL_OPTIONS, USABLE } from '../../envoy/cluster.ts';
import { REPORT, upstreamCodec, wasmFilter } from '../../envoy/filters.ts';
import { loadBalancingPolicy } from '../../envoy/load-balancing.ts';
import { renderFilterConfig } from '../../filter/config.ts';
import { reportModule } from '../../filter/module.ts';
import type { FilterOptions } from '../../filter/options.ts';
import type { FilterPlan } from '../../filter/plan.ts';
import type { Pool } from '../../plan/types.ts';
import { hasBackendWeights, poolUse } from '../portable.ts';
import { type Patch, patch } from './patches.ts';

const OPTIONS = `/typed_extension_protocol_options/${PROTOCOL_OPTIONS}`;
const POLICY = '/load_balancing_policy/policies/0/typed_extension_config';

export function clusterPatches(pool: Pool, filter: FilterPlan, options: FilterOptions): Patch[] {
  const add = (path: string, value: unknown, op: 'add' | 'replace' = 'add') =>
    patch('cluster', pool.name, path, value, { op });
  const { picks, sticky, reports } = poolUse(pool, filter);
  const config = filter.reports.get(pool.name);
  return [
    // First the type: the message may not be there yet.
    ...(reports || sticky
      ? [add(`${OPTIONS}/@type`, typeUrl(PROTOCOL_OPTIONS)), ...trailers(pool, add)]
      : []),
    ...(config === undefined
      ? []
      : [
          add(`${OPTIONS}/http_filters`, [
            wasmFilter(REPORT, reportModule(options), renderFilterConfig(config)),
            upstreamCodec,
          ]),
        ]),
    ...(picks && !sticky ? [add('/common_lb_config/override_host_status', { statuses: USABLE })] : []),
    ...(weightsArePatched(pool) ? [weights(pool, add)] : []),
  ];
}

/** Where a client may name the host, the policy lies deeper, and Envoy Gateway makes another of it. */
export const weightsArePatched = (pool: Pool): boolean =>
  hasBackendWeights(pool) && pool.overrideHeaders.length === 0;

type Add = (path: string, value: unknown, op?: 'replace') => Patch;

const weights = (pool: Pool, add: Add): Patch =>
  pool.balancer.kind === 'maglev'
    ? add(`${POLICY}/typed_config/locality_weighted_lb_config`, {})
    : // The one balancer becomes the inner one of another.
      add(POLICY, loadBalancingPolicy(pool).policies?.[0]?.typed_extension_config, 'replace');

/** Without it Envoy drops HTTP/1.1 trailers, and the reports in them. HTTP/2 has them always. */
function trailers({ protocol, clientProtocol }: Pool, add: Add): Patch[] {
  const place = clientProtocol
    ? 'use_downstream_protocol_config'
    : protocol === 'auto'
      ? 'auto_config'
      : 'explicit_http_config';
  return protocol === 'http2' && !clientProtocol
    ? []
    : [add(`${OPTIONS}/${place}/http_protocol_options/enable_trailers`, true)];
}
