/**
 * What the filter does for a whole plan: on which routes it picks, in front of which clusters it reads load
 * reports. Computed once per translation; the bootstrap, the check and explain read it.
 */
import type { Listener, Plan } from '../plan/types.ts';
import {
  type ReportConfig,
  readsReports,
  renderFilterConfig,
  reportConfig,
  type Selection,
  selection,
} from './config.ts';
import type { Engine } from './names.ts';

export interface FilterPlan {
  readonly engine: Engine;
  /** Only listeners that have a route for the filter. */
  readonly selections: ReadonlyMap<Listener, Selection>;
  /** By the pool's name; only pools whose reports are read. */
  readonly reports: ReadonlyMap<string, ReportConfig>;
}

/** Empty when the engine is native. */
export function planFilter(plan: Plan, engine: Engine): FilterPlan {
  const selections = new Map<Listener, Selection>();
  const reports = new Map<string, ReportConfig>();
  if (engine === 'native') return { engine, selections, reports };
  const pools = new Map(plan.pools.map((pool) => [pool.name, pool]));
  const picked = new Set<string>();
  for (const listener of plan.listeners) {
    const selected = selection(listener, pools);
    if (selected === undefined) continue;
    selections.set(listener, selected);
    for (const { cluster } of selected.config.policies) picked.add(cluster);
  }
  const kept = poolsWhoseReportsAreKept(plan);
  for (const pool of plan.pools) {
    if (readsReports(pool, picked.has(pool.name)))
      reports.set(pool.name, reportConfig(pool, !kept.has(pool.name)));
  }
  return { engine, selections, reports };
}

/** Every configuration text that the filter will get, with its listener or cluster. */
export const pluginConfigurations = ({
  selections,
  reports,
}: FilterPlan): { readonly where: string; readonly text: string }[] => [
  ...[...selections].map(([{ name }, { config }]) => ({
    where: `listener ${name}`,
    text: renderFilterConfig(config),
  })),
  ...[...reports].map(([name, config]) => ({ where: `cluster ${name}`, text: renderFilterConfig(config) })),
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
