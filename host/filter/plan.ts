/**
 * What the filter does for a whole plan: on which routes it picks, in front of which clusters it reads load
 * reports. Computed once per translation; the bootstrap, the check and explain read it.
 */
import type { Listener, Plan } from '../plan/types.ts';
import { type ReportConfig, renderFilterConfig, reportConfig, type Selection, selection } from './config.ts';
import { reportModule, selectModule } from './module.ts';
import type { Engine, FilterOptions } from './options.ts';
import { type Part, partsOf } from './parts.ts';

export interface FilterPlan {
  readonly engine: Engine;
  /** Only listeners that have a route for the filter. */
  readonly selections: ReadonlyMap<Listener, Selection>;
  /** Each of these as it is given to Envoy: a filter for each part, in a place that it keeps. */
  readonly parts: ReadonlyMap<Listener, readonly Part[]>;
  /** By the pool's name; only pools whose reports are read before their codec, for Envoy's balancer. */
  readonly reports: ReadonlyMap<string, ReportConfig>;
  /** Names of the pools whose reports are read on a listener, for a policy that is sticky until hot. */
  readonly sticky: ReadonlySet<string>;
}

/**
 * Empty when the engine is native.
 * @param live A running Envoy gets each change; a static file is read once, and has all in one part.
 */
export function planFilter(plan: Plan, engine: Engine, live = false): FilterPlan {
  const selections = new Map<Listener, Selection>();
  const parts = new Map<Listener, readonly Part[]>();
  const reports = new Map<string, ReportConfig>();
  const sticky = new Set<string>();
  if (engine === 'native') return { engine, selections, parts, reports, sticky };
  const pools = new Map(plan.pools.map((pool) => [pool.name, pool]));
  for (const listener of plan.listeners) {
    const selected = selection(listener, pools);
    if (selected === undefined) continue;
    selections.set(listener, selected);
    parts.set(listener, live ? partsOf(selected) : [selected]);
    for (const policy of selected.config.policies)
      if (policy.sticky !== undefined) sticky.add(policy.cluster);
  }
  const kept = poolsWhoseReportsAreKept(plan);
  for (const pool of plan.pools) {
    const config = reportConfig(pool, !kept.has(pool.name));
    if (config !== undefined) reports.set(pool.name, config);
  }
  return { engine, selections, parts, reports, sticky };
}

/** Every configuration text that the filter will get, with its module, and its listener or cluster. */
export const pluginConfigurations = (
  { parts, reports }: FilterPlan,
  files: Pick<FilterOptions, 'wasm' | 'roles'>,
): { readonly where: string; readonly text: string; readonly module: string }[] => [
  ...[...parts].flatMap(([{ name }, all]) =>
    all
      .filter((part) => part !== undefined)
      .map((part) => ({
        where: `listener ${name}`,
        text: renderFilterConfig(part.config),
        module: selectModule(part, files),
      })),
  ),
  ...[...reports].map(([name, config]) => ({
    where: `cluster ${name}`,
    text: renderFilterConfig(config),
    module: reportModule(files),
  })),
];

/** Pools with a route that lets the client see load reports. */
function poolsWhoseReportsAreKept(plan: Plan): Set<string> {
  const kept = new Set<string>();
  for (const { virtualHosts } of plan.listeners) {
    for (const { action } of virtualHosts.flatMap((host) => host.routes)) {
      if (action.kind !== 'forward' || action.stripLoadReports) continue;
      for (const { pool } of action.to) if (pool !== null) kept.add(pool);
    }
  }
  return kept;
}
