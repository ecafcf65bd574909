/**
 * What of the plan can be done where another control plane gives Envoy its hosts. The filter's table lists
 * hosts: that of addresses fixed in a Backend stays true, that of pods would soon be wrong. Then a new host
 * would get no keys, so such pools are balanced by Envoy's own Maglev, which has the same homes. A policy
 * that is sticky until hot needs no list: it changes keys, and learns from answers where they come to.
 */
import { type FilterPlan, planFilter } from '../filter/plan.ts';
import { isSticky } from '../plan/pools/sticky-of.ts';
import type { Listener, Plan, Pool } from '../plan/types.ts';

const isFixed = ({ localities }: Pool): boolean =>
  localities.every(({ backend }) => backend?.startsWith('Backend ') === true);

export const portableFilter = (plan: Plan): FilterPlan =>
  planFilter(
    {
      ...plan,
      pools: plan.pools
        .filter((pool) => pool.balancer.kind !== 'maglev' || isFixed(pool) || isSticky(pool))
        .map((pool) => (isSticky(pool) && !isFixed(pool) ? asNames(pool) : pool)),
    },
    'filter',
  );

/** Hosts that come and go are as good as names: the filter is told none. */
export const asNames = (pool: Pool): Pool => ({ ...pool, discovery: 'dns' });

/** What the filter does there for a pool. */
export interface PoolUse {
  readonly picks: boolean;
  readonly sticky: boolean;
  readonly reports: boolean;
}

export const poolUse = ({ name }: Pool, { selections, reports, sticky }: FilterPlan): PoolUse => ({
  picks: [...selections.values()].some(({ config }) =>
    config.policies.some(({ cluster }) => cluster === name),
  ),
  sticky: sticky.has(name),
  reports: reports.has(name),
});

/** `namespace/name`, of a listener's name. */
export const gatewayOf = ({ name }: Listener): string => name.split('/').slice(0, 2).join('/');

export function gatewayName(gateway: string): { readonly namespace: string; readonly name: string } {
  const [namespace, name] = gateway.split('/') as [string, string];
  return { namespace, name };
}

/** Names of the pools that a listener leads to. */
export function poolsOf({ virtualHosts, connections }: Listener): ReadonlySet<string> {
  const names = new Set<string>();
  const add = (name: string | null) => name !== null && names.add(name);
  for (const { action } of virtualHosts.flatMap(({ routes }) => routes)) {
    if (action.kind !== 'forward') continue;
    for (const { pool } of [...action.to, ...action.mirrors]) add(pool);
  }
  for (const { to } of connections?.routes ?? []) for (const { pool } of to) add(pool);
  return names;
}

/**
 * Whether weights of backends count there. Those of zones are another thing, which engines know themselves.
 */
export const hasBackendWeights = ({ balancer, localities }: Pool): boolean =>
  (balancer.kind === 'maglev' || balancer.kind === 'utilization') &&
  balancer.localityWeighted &&
  localities.some(({ region }) => region !== undefined);
