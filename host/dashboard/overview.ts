/**
 * The configuration in force as the rows of the page: routes, policies, pools and what each host should get.
 */
import { resourceTitle, shortPlace } from '../diagnostics/diagnostic.ts';
import { BALANCER_NAMES } from '../explain/listing.ts';
import { describeMatch } from '../explain/route-match.ts';
import { hostAddress } from '../filter/host-address.ts';
import { expectedShares } from '../filter/shares.ts';
import { type NamedPlan, poolTitle } from '../live/stable-names.ts';
import { describeKey } from '../plan/keys.ts';
import { isSticky } from '../plan/pools/sticky-of.ts';
import type {
  ConnectionRoute,
  From,
  HashKey,
  Listener,
  Plan,
  PolicyInForce,
  Pool,
  PoolEndpoint,
  Route,
} from '../plan/types.ts';
import {
  type HostRow,
  MAX_ROWS,
  type Overview,
  type Place,
  type PolicyRow,
  type PoolRow,
  type RouteRow,
} from './contract.ts';

/** @param about Of the program, which the plan does not know. */
export function overviewOf(
  { plan, labels }: NamedPlan,
  about: Pick<Overview, 'program' | 'version' | 'gateway' | 'gateways'>,
): Overview {
  const routes = plan.listeners.flatMap(routeRows);
  const keys = keysByPool(plan);
  const pools = plan.pools.slice(0, MAX_ROWS);
  return {
    ...about,
    routes: routes.slice(0, MAX_ROWS),
    pools: pools.map((pool) =>
      poolRow(pool, poolTitle(labels.get(pool.name) ?? pool.name), keys.get(pool.name) ?? []),
    ),
    more: Math.max(0, routes.length - MAX_ROWS) + (plan.pools.length - pools.length),
  };
}

const placeOf = ({ at }: Pick<From, 'at'>): Place => (at === undefined ? '' : shortPlace(at));

const routeRows = (listener: Listener): RouteRow[] => [
  ...listener.virtualHosts.flatMap(({ domains, routes }) =>
    routes.map((route) => ({
      name: route.name,
      listener: listener.name,
      domains,
      matches: describeMatch(route.match),
      ...leadsTo(route),
      policy: policyRow(route.policy),
      at: placeOf(route.from),
    })),
  ),
  ...(listener.connections?.routes ?? []).map((route) => ({
    name: route.name,
    listener: listener.name,
    domains: route.serverNames,
    matches: 'every connection',
    answer: route.closed === undefined ? '' : `closed: ${route.closed}`,
    pools: poolsOf(route),
    policy: policyRow(route.policy),
    at: placeOf(route.from),
  })),
];

function leadsTo({ action }: Route): Pick<RouteRow, 'answer' | 'pools'> {
  switch (action.kind) {
    case 'respond':
      return { answer: `answers ${action.status}: ${action.because}`, pools: [] };
    case 'redirect':
      return { answer: `redirects with ${action.status}`, pools: [] };
    case 'forward':
      return { answer: '', pools: poolsOf(action) };
  }
}

const poolsOf = ({ to }: Pick<ConnectionRoute, 'to'>): string[] => [
  ...new Set(to.flatMap(({ pool }) => pool ?? [])),
];

const policyRow = (policy: PolicyInForce | undefined): PolicyRow | undefined =>
  policy && {
    title: resourceTitle(policy),
    at: placeOf(policy),
    overrides: policy.overrides.map(resourceTitle),
    rejected: policy.rejected.map(({ policy: one, because }) => `${resourceTitle(one)}: ${because}`),
  };

function keysByPool({ listeners }: Plan): Map<string, readonly HashKey[]> {
  const keys = new Map<string, readonly HashKey[]>();
  for (const { virtualHosts, connections } of listeners) {
    for (const { action } of virtualHosts.flatMap(({ routes }) => routes))
      if (action.kind === 'forward') for (const pool of poolsOf(action)) keys.set(pool, action.hash);
    for (const route of connections?.routes ?? [])
      for (const pool of poolsOf(route)) keys.set(pool, route.hash);
  }
  return keys;
}

function poolRow(pool: Pool, label: string, keys: readonly HashKey[]): PoolRow {
  const { balancer, from, policy } = pool;
  return {
    id: pool.name,
    label,
    balancer: BALANCER_NAMES[balancer.kind],
    key: balancer.kind === 'maglev' ? keys.map(describeKey).join(' and ') : '',
    sticky: isSticky(pool),
    hosts: hostRows(pool),
    policy: policy === undefined ? '' : resourceTitle(policy),
    at: placeOf(policy ?? from),
  };
}

/** Each host once, in the order of the input. A name that Envoy resolves is one host here. */
function hostRows(pool: Pool): HostRow[] {
  const shares = new Map(sharesOf(pool).map(({ host, share }) => [host, share]));
  const rows = new Map<string, HostRow>();
  for (const { endpoints, priority, zone = '' } of pool.localities) {
    for (const endpoint of endpoints) {
      const host = hostAddress(endpoint.address, endpoint.port);
      const role = endpoint.draining ? 'draining' : priority > 0 ? 'standby' : '';
      const share = role === '' ? (shares.get(host) ?? 0) : 0;
      if (!rows.has(host)) rows.set(host, { host, share, zone, role });
    }
  }
  return [...rows.values()];
}

/** A host that drains gets no new requests, whatever slots it keeps. */
export const sharesOf = (pool: Pool) =>
  expectedShares({
    ...pool,
    localities: pool.localities.map((locality) => ({
      ...locality,
      endpoints: locality.endpoints.map(({ keepsSlot: _, ...endpoint }): PoolEndpoint => endpoint),
    })),
  });
