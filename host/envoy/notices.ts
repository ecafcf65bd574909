/** Notices and warnings about a valid plan: where the filter cannot pick, and what Envoy would need. */
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { changedKeys } from '../filter/changed-keys.ts';
import { filterPicks } from '../filter/config.ts';
import { tableFault } from '../filter/limits.ts';
import { type ForwardRoute, isForward } from '../filter/pool-config.ts';
import { describeKey } from '../plan/keys.ts';
import { isSticky } from '../plan/pools/sticky-of.ts';
import { routesOf } from '../plan/routes-of.ts';
import type { From, Plan, Pool } from '../plan/types.ts';
import type { EnvoyOptions } from './envoy-types.ts';

export function notices(plan: Plan, options: Pick<EnvoyOptions, 'engine' | 'zone'>): Diagnostic[] {
  const found: Diagnostic[] = [];
  const told = new Set<From | undefined>();
  for (const pool of plan.pools) {
    if (pool.balancer.kind !== 'maglev' || pool.protocol === 'tcp') continue;
    if (options.engine === 'native' && pool.balancer.sticky !== undefined && !told.has(pool.policy)) {
      told.add(pool.policy);
      found.push(stickyWithout(pool));
    }
    // The plan already reports that hosts are DNS names.
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
  if (options.engine === 'filter') for (const notice of changedKeyNotices(plan)) found.push(notice);
  const zoned = plan.pools.find(({ balancer }) => 'zones' in balancer && balancer.zones !== undefined);
  if (zoned !== undefined && options.zone === undefined) {
    found.push({
      ...place(zoned),
      code: 'zone-unknown',
      severity: 'warning',
      message: 'Zone-aware routing has no effect: the zone of this Envoy is not given.',
      // Otherwise a Service sets it (spec.trafficDistribution).
      ...(zoned.policy === undefined ? {} : { field: 'spec.loadBalancer.zoneAware.preferLocal' }),
      rule: 'Envoy prefers hosts in its own zone, so it must know which zone that is.',
      hint: 'Give the zone with --zone, as the zone of the endpoints is written.',
    });
  }
  return found;
}

const stickyWithout = (pool: Pool): Diagnostic => ({
  ...place(pool),
  code: 'filter-steps-back',
  severity: 'warning',
  message: `Sticky until hot has no effect with the engine native: Envoy's own Maglev picks, and a key of ${pool.name} stays on its host however busy that is.`,
  field: 'loadstar/utilization-target',
  rule: 'Only the filter moves keys away from a hot host.',
  hint: 'Use --engine filter, or remove the annotation.',
});

/**
 * One for each rule that changes its own key; a warning where being sticky until hot has no effect for it.
 */
function* changedKeyNotices(plan: Plan): Generator<Diagnostic> {
  const pools = new Map(plan.pools.map((pool) => [pool.name, pool]));
  const told = new Set<From>();
  for (const route of routesOf(plan)) {
    if (!isForward(route) || told.has(route.from)) continue;
    const keys = changedKeys(route);
    if (keys.length === 0) continue;
    told.add(route.from);
    yield changedKeyNotice(route, keys.map(describeKey).join(', '), toSticky(route, pools));
  }
}

function changedKeyNotice(route: ForwardRoute, keys: string, sticky: boolean): Diagnostic {
  return {
    ...place({ from: route.from }),
    code: 'filter-steps-back',
    severity: sticky ? 'warning' : 'notice',
    message: `The rule changes its own hash key (${keys}) by a filter, and Envoy hashes the changed value: Envoy's own Maglev picks, not the filter.${
      sticky ? ' Sticky until hot has no effect here.' : ''
    }`,
    hint: sticky
      ? 'Hash by something that the rule does not change, or let another rule change it.'
      : 'Nothing needs to be done if the changed value is the key that is meant.',
  };
}

const toSticky = ({ action }: ForwardRoute, pools: ReadonlyMap<string, Pool>): boolean =>
  action.to.some(({ pool }) => isSticky(pools.get(pool ?? '')));

const place = ({ policy, from }: Pick<Pool, 'policy' | 'from'>): Pick<Diagnostic, 'at' | 'resource'> => {
  const origin = policy ?? from;
  return { at: origin.at, resource: `${origin.kind} ${origin.namespace}/${origin.name}` };
};
