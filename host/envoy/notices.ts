/** What the emitter has to tell about a plan that is good as it is: where the filter steps back, and what Envoy lacks. */
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { filterPicks } from '../filter/config.ts';
import { tableFault } from '../filter/limits.ts';
import type { Plan, Pool } from '../plan/types.ts';
import type { EnvoyOptions } from './types.ts';

export function notices(plan: Plan, options: Pick<EnvoyOptions, 'engine' | 'zone'>): Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const pool of plan.pools) {
    if (pool.balancer.kind !== 'maglev') continue;
    // That hosts are DNS names is told with the plan.
    if (options.engine === 'filter' && pool.discovery === 'static' && !filterPicks(pool)) {
      found.push({
        ...place(pool),
        code: 'filter-steps-back',
        severity: 'notice',
        message:
          pool.overrideHeaders.length > 0
            ? `Clients may name the host of ${pool.name} (endpointOverride), so Envoy's own Maglev picks for the others, not the filter.`
            : `The pool ${pool.name} ${tableFault(pool)}, so Envoy's own Maglev picks among its hosts, not the filter.`,
        hint: 'Keys and table size are the same; nothing needs to be done.',
      });
    }
  }
  const zoned = plan.pools.find(({ balancer }) => 'zones' in balancer && balancer.zones !== undefined);
  if (zoned !== undefined && options.zone === undefined) {
    found.push({
      ...place(zoned),
      code: 'zone-unknown',
      severity: 'warning',
      message: 'Zone-aware routing has no effect: the zone of this Envoy is not given.',
      // Else a Service asks for it (spec.trafficDistribution).
      ...(zoned.policy === undefined ? {} : { field: 'spec.loadBalancer.zoneAware.preferLocal' }),
      rule: 'Envoy prefers the hosts of its own zone, so it must know it.',
      hint: 'Give the zone with --zone, as the zone of the endpoints is written.',
    });
  }
  return found;
}

const place = ({ policy, from }: Pool): Pick<Diagnostic, 'at' | 'resource'> => {
  const origin = policy ?? from;
  return { at: origin.at, resource: `${origin.kind} ${origin.namespace}/${origin.name}` };
};
