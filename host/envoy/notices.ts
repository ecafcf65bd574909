/** What the emitter has to tell about a plan that is good as it is: where the filter steps back, and what Envoy lacks. */
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Plan, Pool } from '../plan/types.ts';
import { filterPicks } from './filter-config.ts';
import type { EnvoyOptions } from './types.ts';
import { usesZones } from './zones.ts';

export function notices(plan: Plan, options: Pick<EnvoyOptions, 'engine' | 'zone'>): Diagnostic[] {
  const found: Diagnostic[] = [];
  if (options.engine === 'filter') {
    for (const pool of plan.pools) {
      if (pool.balancer.kind === 'maglev' && !filterPicks(pool)) found.push(nativePick(pool));
    }
  }
  if (options.zone === undefined && usesZones(plan)) {
    const pool = plan.pools.find(
      ({ balancer }) => 'zones' in balancer && balancer.zones !== undefined,
    ) as Pool;
    found.push({
      ...place(pool),
      code: 'zone-unknown',
      severity: 'warning',
      message: 'Zone-aware routing has no effect: the zone of this Envoy is not given.',
      field: 'spec.loadBalancer.zoneAware.preferLocal',
      rule: 'Envoy prefers the hosts of its own zone, so it must know it.',
      hint: 'Give the zone with --zone, as the zone of the endpoints is written.',
    });
  }
  return found;
}

function nativePick(pool: Pool): Diagnostic {
  const why =
    pool.overrideHeaders.length > 0
      ? 'its clients may name the host (endpointOverride)'
      : 'its hosts are DNS names, whose addresses are known at run time only';
  return {
    ...place(pool),
    code: 'filter-steps-back',
    severity: 'notice',
    message: `Envoy's own Maglev picks the hosts of ${pool.name}, not the filter: ${why}.`,
    hint: 'Keys and table size are the same; nothing needs to be done.',
  };
}

const place = ({ policy, from }: Pool): Pick<Diagnostic, 'at' | 'resource'> => {
  const origin = policy ?? from;
  return { at: origin.at, resource: `${origin.kind} ${origin.namespace}/${origin.name}` };
};
