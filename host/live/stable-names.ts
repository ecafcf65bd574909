/**
 * Names of pools that never change their meaning. Envoy Gateway counts: `httproute/default/shop/rule/1` is
 * another pool once a rule is inserted before it, and for a moment old routes would lead to the new one's
 * hosts. Here a pool is named by what it leads to, so that a changed order of rules touches no cluster.
 * Settings and hosts are not in the name: they change in place.
 */
import { createHash } from 'node:crypto';
import { groupBy } from '../basics/collections.ts';
import type { ForwardAction, Locality, Plan, Pool, Route } from '../plan/types.ts';

export interface NamedPlan {
  readonly plan: Plan;
  /** Name of a pool → Envoy Gateway's, for messages. */
  readonly labels: ReadonlyMap<string, string>;
}

export function withStableNames(plan: Plan): NamedPlan {
  const names = stableNames(plan);
  const renamed = (name: string): string => names.get(name) ?? name;
  return {
    plan: {
      pools: plan.pools.map((pool) => ({
        ...pool,
        name: renamed(pool.name),
        localities: regionsByBackend(pool.localities),
      })),
      listeners: plan.listeners.map((listener) => ({
        ...listener,
        virtualHosts: listener.virtualHosts.map((host) => ({
          ...host,
          routes: host.routes.map((route) => withPools(route, renamed)),
        })),
      })),
    },
    labels: new Map([...names].map(([label, name]) => [name, label])),
  };
}

function stableNames({ pools, listeners }: Plan): Map<string, string> {
  const byBackends = groupBy(pools, (pool) => `${routeOf(pool)}/${hash(backendsOf(pool))}`);
  const matches = matchesByPool(listeners.flatMap(({ virtualHosts }) => virtualHosts));
  const names = new Map<string, string>();
  for (const [name, group] of byBackends) {
    if (group.length === 1) names.set((group[0] as Pool).name, name);
    else {
      // Rules of one route that lead to the same backends differ in what they match.
      const taken = new Map<string, number>();
      for (const pool of group) {
        const own = `${name}-${hash([...(matches.get(pool.name) ?? [])].sort())}`;
        const count = (taken.get(own) ?? 0) + 1;
        taken.set(own, count);
        names.set(pool.name, count === 1 ? own : `${own}-${count}`);
      }
    }
  }
  return names;
}

const routeOf = ({ name }: Pool): string => name.replace(/\/rule\/\d+(-mirror-\d+|\/backend\/\d+)?$/, '');

/** In the order of the backendRefs. Mirrors apart: a pool for them has no policy. */
const backendsOf = ({ name, localities }: Pool): readonly string[] => [
  /-mirror-\d+$/.test(name) ? 'mirror' : '',
  ...new Set(localities.map(({ backend }) => backend ?? '')),
];

const hash = (parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 10);

function matchesByPool(hosts: Plan['listeners'][number]['virtualHosts']): Map<string, Set<string>> {
  const matches = new Map<string, Set<string>>();
  for (const { match, action } of hosts.flatMap(({ routes }) => routes)) {
    if (action.kind !== 'forward') continue;
    const text = JSON.stringify(match);
    for (const name of [
      ...action.to.map(({ pool }) => pool ?? ''),
      ...action.mirrors.map(({ pool }) => pool),
    ]) {
      const known = matches.get(name);
      if (known === undefined) matches.set(name, new Set([text]));
      else known.add(text);
    }
  }
  return matches;
}

/**
 * Envoy Gateway's regions count rules and backendRefs too; a host that changes its locality is a new host to
 * Envoy.
 */
function regionsByBackend(localities: readonly Locality[]): Locality[] {
  const seen = new Map<string, number>();
  return localities.map((locality) => {
    const { region, backend } = locality;
    if (region === undefined || backend === undefined) return locality;
    const count = (seen.get(backend) ?? 0) + 1;
    seen.set(backend, count);
    return { ...locality, region: count === 1 ? backend : `${backend} ${count}` };
  });
}

function withPools(route: Route, renamed: (name: string) => string): Route {
  const { action } = route;
  if (action.kind !== 'forward') return route;
  const changed: ForwardAction = {
    ...action,
    to: action.to.map((share) => ({ ...share, pool: share.pool === null ? null : renamed(share.pool) })),
    mirrors: action.mirrors.map((mirror) => ({ ...mirror, pool: renamed(mirror.pool) })),
  };
  return { ...route, action: changed };
}
