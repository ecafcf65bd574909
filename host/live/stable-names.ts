/**
 * Names of pools that never change their meaning. Envoy Gateway counts: `httproute/default/shop/rule/1` is
 * another pool once a rule is inserted before it, and for a moment old routes would lead to the new one's
 * hosts. Here a pool is named by its rule and what that leads to, so that other rules touch no cluster, as
 * they come, go or change places: `httproute/default/shop/to/cart/3f2a9c01b2`. Settings and hosts are not in
 * the name: they change in place. Envoy Gateway's name cannot be in the cluster at all, neither as
 * alt_stat_name nor as metadata, since Envoy begins anew with a cluster of which anything changes. It is in
 * the names of the routes that lead there.
 */
import { createHash } from 'node:crypto';
import type { Connections, ForwardAction, Locality, Plan, Pool, Route } from '../plan/types.ts';

export interface NamedPlan {
  readonly plan: Plan;
  /** Name of a pool → Envoy Gateway's, for messages. */
  readonly labels: ReadonlyMap<string, string>;
}

/**
 * Envoy Gateway's name of a pool as a person reads it. A TLSRoute, TCPRoute or UDPRoute has one rule, which
 * it gives the number -1: `tcproute/default/db/rule/-1` is `tcproute/default/db`.
 */
export const poolTitle = (label: string): string => label.replace(/\/rule\/-1(?=\/|$)/, '');

export function withStableNames(plan: Plan): NamedPlan {
  const names = stableNames(plan);
  const renamed = (name: string): string => names.get(name) ?? name;
  return {
    plan: {
      ...plan,
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
        ...(listener.connections === undefined
          ? {}
          : { connections: withRoutes(listener.connections, renamed) }),
      })),
    },
    labels: new Map([...names].map(([label, name]) => [name, label])),
  };
}

function stableNames({ pools, listeners }: Plan): Map<string, string> {
  const matches = matchesByPool(listeners.flatMap(({ virtualHosts }) => virtualHosts));
  const names = new Map<string, string>();
  const taken = new Map<string, number>();
  for (const pool of pools) {
    const name = stableName(pool, [...(matches.get(pool.name) ?? [])].sort());
    // Rules that cannot be told apart, and a backend that a split names twice.
    const count = (taken.get(name) ?? 0) + 1;
    taken.set(name, count);
    names.set(pool.name, count === 1 ? name : `${name}-${count}`);
  }
  return names;
}

/** A rule is known by its name; without one, by what it matches. */
function stableName(pool: Pool, matches: readonly string[]): string {
  const { rule } = pool.from;
  const backends = backendsOf(pool);
  if (pool.protocol === 'tcp') return connectionName(pool);
  const text = [
    routeOf(pool),
    ...(rule === undefined ? [] : [rule]),
    isMirror(pool) ? 'mirror' : 'to',
    shortList(backends),
    hash([backends, rule ?? matches, ...tlsOf(pool)]),
  ].join('/');
  // Envoy makes labels of a statistic's name by its dots.
  return text.replaceAll('.', '_');
}

/**
 * A TLSRoute or TCPRoute has one rule, so its name says which pool is meant: `tcproute/default/db/to`. The
 * name of the cluster stands in the listener, and a listener that changes lets connections go. So backends
 * are no part of it, but where each has a pool.
 */
function connectionName(pool: Pool): string {
  const backends = /\/backend\/\d+$/.test(pool.name) ? backendsOf(pool) : [];
  const parts = [...backends, ...tlsOf(pool)];
  return [
    routeOf(pool),
    'to',
    ...(backends.length === 0 ? [] : [shortList(backends)]),
    ...(parts.length === 0 ? [] : [hash(parts)]),
  ]
    .join('/')
    .replaceAll('.', '_');
}

/**
 * How its hosts are called is part of the name: a cluster that changes in place goes on as it was until the
 * new one is ready, and would meanwhile call the new hosts in plain text, or believe what they must not.
 */
const tlsOf = ({ localities }: Pool): readonly unknown[] =>
  localities.some(({ tls }) => tls !== undefined) ? [localities.map(({ tls }) => tls ?? 'plain')] : [];

/** For readers: names of backends without kind, namespace and port, as far as there is room. */
function shortList(backends: readonly string[]): string {
  const names = backends.map(
    (backend) => backend.slice(backend.lastIndexOf('/') + 1).split(':', 1)[0] as string,
  );
  const text = [...new Set(names)].filter((name) => name !== '').join('+');
  return text.length > MAX_LIST ? `${text.slice(0, MAX_LIST)}~` : text || 'nothing';
}
const MAX_LIST = 63;

const routeOf = ({ name }: Pool): string =>
  name.replace(/\/rule\/-?\d+(@[0-9a-f]+)?(-mirror-\d+|\/backend\/\d+)?$/, '');

/** Apart from others: a pool for mirrors has no policy. */
const isMirror = ({ name }: Pool): boolean => /-mirror-\d+$/.test(name);

/** In the order of the backendRefs. */
const backendsOf = ({ localities }: Pool): readonly string[] => [
  ...new Set(localities.map(({ backend }) => backend ?? '')),
];

const hash = (parts: unknown): string =>
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

const withRoutes = (connections: Connections, renamed: (name: string) => string): Connections => ({
  ...connections,
  routes: connections.routes.map((route) => ({
    ...route,
    to: route.to.map(({ pool, weight }) => ({ pool: pool === null ? null : renamed(pool), weight })),
  })),
});

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
