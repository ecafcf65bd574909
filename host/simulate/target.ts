/** What can be simulated of a plan: the pools that routes reach by key, each with its routes. */
import { nearestName } from '../diagnostics/nearest.ts';
import { asRequests, type ForwardRoute, isForward } from '../filter/pool-config.ts';
import type { Plan, Pool } from '../plan/types.ts';

export interface Target {
  readonly pool: Pool;
  /** The first by whose key it is simulated; others may share the pool. */
  readonly route: ForwardRoute;
  readonly routes: readonly string[];
}
export type Targets =
  | { readonly ok: true; readonly targets: readonly Target[] }
  | { readonly ok: false; readonly problem: string };

/**
 * @param wanted Route or pool by full name, by its rule, or by the resource's name; undefined: all that hash.
 */
export function targetsOf(plan: Plan, wanted: string | undefined): Targets {
  const pools = new Map(plan.pools.map((pool) => [pool.name, pool]));
  const forward = plan.listeners.flatMap(({ virtualHosts, connections }) => [
    ...virtualHosts.flatMap((host) => host.routes).filter(isForward),
    ...(connections?.routes ?? []).map(asRequests),
  ]);
  const meant = wanted === undefined ? forward : forward.filter((route) => isMeant(route, wanted));
  if (wanted !== undefined && meant.length === 0) {
    const names = [...new Set(forward.map(({ from }) => from.name))];
    const near = nearestName(wanted, [...names, ...forward.map(({ name }) => name)]);
    const hint = near === undefined ? `there are ${names.join(', ') || 'none'}` : `did you mean ${near}?`;
    return { ok: false, problem: `there is no route ${wanted}; ${hint}` };
  }
  const targets = new Map<string, { pool: Pool; route: ForwardRoute; routes: string[] }>();
  for (const route of meant) {
    for (const { pool: name } of route.action.to) {
      const pool = name === null ? undefined : pools.get(name);
      if (pool === undefined || pool.balancer.kind !== 'maglev' || route.action.hash.length === 0) continue;
      const known = targets.get(pool.name);
      if (known === undefined) targets.set(pool.name, { pool, route, routes: [route.name] });
      else known.routes.push(route.name);
    }
  }
  if (targets.size === 0) {
    const where = wanted === undefined ? 'no route' : `${wanted} does not`;
    const what = wanted === undefined ? 'sends by key' : 'send by key';
    return { ok: false, problem: `${where} ${what} (ConsistentHash), so there is nothing to simulate` };
  }
  return { ok: true, targets: [...targets.values()] };
}

const isMeant = (route: ForwardRoute, wanted: string): boolean =>
  route.name === wanted ||
  route.name.startsWith(`${wanted}/`) ||
  route.from.name === wanted ||
  `${route.from.namespace}/${route.from.name}` === wanted ||
  route.action.to.some(({ pool }) => pool === wanted);
