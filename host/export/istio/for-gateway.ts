/**
 * What a Gateway's part of the plan is in patches. Several policies may want something of one thing that
 * Istio has once, as the cluster of a Service's port: the first has it, and the others are told.
 */
import { resourceTitle } from '../../diagnostics/diagnostic.ts';
import { earlyHeaderMutation, strip } from '../../envoy/filters.ts';
import { selectFilter } from '../../envoy/listener.ts';
import type { FilterOptions } from '../../filter/options.ts';
import type { FilterPlan } from '../../filter/plan.ts';
import { routesOf } from '../../plan/routes-of.ts';
import type { From, Listener, Plan, Pool, PortOfService, Route } from '../../plan/types.ts';
import type { Fate } from '../exported.ts';
import { fate } from '../fates.ts';
import { poolsOf } from '../portable.ts';
import { clusterValue } from './cluster-value.ts';
import { clusterName, routeName } from './istio-names.ts';
import { clusterPatch, earlyPatch, filterPatch, lastFilterPatch, type Patch, routePatch } from './patches.ts';
import { routeValues } from './route-values.ts';
import { type Holders, stickyUse } from './sticky-use.ts';

interface Wanted {
  readonly value: string;
  readonly patches: readonly Patch[];
  readonly by: From;
}

export interface GatewayPatches {
  readonly patches: readonly Patch[];
  readonly filter: FilterPlan;
  readonly lost: readonly Fate[];
}

/**
 * @param splits Istio chooses among several backends of a route, by their weights.
 * @param here What the filter does where Loadstar itself gives Envoy its hosts.
 */
export function forGateway(
  listeners: readonly Listener[],
  plan: Plan,
  splits: (route: Route) => boolean,
  here: FilterPlan,
  options: FilterOptions,
): GatewayPatches {
  const names = new Set(listeners.flatMap((one) => [...poolsOf(one)]));
  const pools = new Map(plan.pools.filter(({ name }) => names.has(name)).map((pool) => [pool.name, pool]));
  const sticky = stickyUse(
    listeners,
    [...pools.values()],
    () => holdersOf(pools.values(), here, options),
    splits,
  );
  // The filter picks from a list of hosts, and those of a Service change at run time. It only reads reports,
  // and changes keys.
  const filter: FilterPlan = {
    ...here,
    selections: new Map(),
    parts: new Map(listeners.map((one) => [one, sticky.parts])),
    sticky: sticky.pools,
  };
  const lost = [...sticky.lost];
  const wanted = new Map<string, Wanted>();
  const want = (key: string, what: string, patches: readonly Patch[], by: From) => {
    const value = JSON.stringify(patches);
    const first = wanted.get(key);
    if (first === undefined) wanted.set(key, { value, patches, by });
    else if (first.value !== value) lost.push(second(by, first.by, what));
  };
  for (const { pool, service, backend } of clustersOf(pools.values())) {
    const name = clusterName(service);
    const value = clusterValue(pool, service, filter, sticky.clusters.has(name), options);
    // Without a policy it takes what another wants; a route, whose name is its own, does not.
    if (isEmpty(value) || (pool.policy === undefined && isWithin(value, wanted.get(name)))) continue;
    want(name, backend, [clusterPatch(service, value)], pool.policy ?? pool.from);
  }
  let strips = false;
  for (const route of routesOf({ listeners })) {
    const { added, replaced } = routeValues(route, pools, filter, sticky.parts, splits(route));
    const name = routeName(route);
    const patches = [
      ...(isEmpty(added) ? [] : [routePatch(name, 'MERGE', added)]),
      ...(isEmpty(replaced) ? [] : [routePatch(name, 'MERGE_AND_REPLACE_LIST', replaced)]),
    ];
    strips ||= !isEmpty(added);
    want(`route ${name}`, `the rule named ${name}`, patches, route.policy ?? route.from);
  }
  return {
    filter,
    lost,
    patches: [
      ...(strips ? [earlyPatch(earlyHeaderMutation([], true, true) ?? []), filterPatch(strip)] : []),
      ...sticky.parts.map((part) => lastFilterPatch(selectFilter(part, options))),
      ...[...wanted.values()].flatMap(({ patches }) => patches),
    ],
  };
}

interface ClusterOf {
  readonly pool: Pool;
  readonly service: PortOfService;
  readonly backend: string;
}

/**
 * Istio knows no Backend: only Services have a cluster. Pools with a policy come first, since others want
 * their protocol alone.
 */
const clustersOf = (pools: Iterable<Pool>): readonly ClusterOf[] =>
  [...pools]
    .sort((a, b) => Number(a.policy === undefined) - Number(b.policy === undefined))
    .flatMap((pool) =>
      pool.localities.flatMap(({ servicePort: service, backend = '' }) =>
        service === undefined ? [] : [{ pool, service, backend }],
      ),
    );

const isWithin = (value: object, wanted: Wanted | undefined): boolean => {
  const there = new Map(Object.entries(wanted?.patches[0]?.patch.value ?? {}));
  return Object.entries(value).every(
    ([field, one]) => JSON.stringify(one) === JSON.stringify(there.get(field)),
  );
};

/** Of each cluster the first pool that wants something of it. */
function holdersOf(pools: Iterable<Pool>, filter: FilterPlan, options: FilterOptions): Holders {
  const holders = new Map<string, Pool>();
  for (const { pool, service } of clustersOf(pools)) {
    const name = clusterName(service);
    if (!holders.has(name) && !isEmpty(clusterValue(pool, service, filter, false, options)))
      holders.set(name, pool);
  }
  return holders;
}

function second(by: From, first: From, what: string): Fate {
  const other = resourceTitle(first) === resourceTitle(by) ? 'another of its targets' : resourceTitle(first);
  return fate(by, { lost: [`what it wants of ${what}: Istio has one place for it, which ${other} has`] });
}

const isEmpty = (value: object): boolean => Object.keys(value).length === 0;
