/**
 * Plan → the JSON that the filter's plugins read when they are configured (the twin of assembly/config, which
 * refuses a key it does not know). There are two roles: `select` on a listener, with one configuration for
 * all its policies, and `report` at one cluster, before its upstream codec.
 */

import { weakMemo } from '../basics/collections.ts';
import { serving } from '../plan/pools/serving.ts';
import { isSticky, stickyOf } from '../plan/pools/sticky-of.ts';
import type { HashKey, Listener, Pool, Route } from '../plan/types.ts';
import { changedKeys, headerOfKey } from './changed-keys.ts';
import { cookieAttributes } from './cookie.ts';
import { hostAddress } from './host-address.ts';
import { canRead, hasTable, MAX_LOAD_BOUND, MAX_POLICIES, MAX_TABLES } from './limits.ts';

/** Hosts in Envoy's spelling, each with its weight. */
type Host = readonly [address: string, weight: number];

export interface Table {
  readonly size: number;
  readonly localityWeighted: boolean;
  readonly localities: readonly { readonly weight: number; readonly hosts: readonly Host[] }[];
}
type FilterKey =
  | { readonly header: string }
  | {
      readonly cookie: string;
      /**
       * The filter makes the cookie for a request that has none: what the set-cookie line has after the
       * value. Absent: the filter proposes no host then, and Envoy's own hash policy makes the cookie and
       * chooses.
       */
      readonly set?: string;
    }
  | { readonly query: string }
  | { readonly source: 'ip' };

export interface SelectConfig {
  readonly role: 'select';
  /** The only policy applies to every request that reaches the filter, so the cluster's name is not read. */
  readonly only?: true;
  readonly tables: readonly Table[];
  readonly policies: readonly {
    readonly cluster: string;
    /** Index into `tables`; pools with equal hosts share one. */
    readonly table: number;
    readonly hash: readonly FilterKey[];
    readonly sticky?: StickyConfig;
  }[];
}
/** When a key may leave its home host. */
interface StickyConfig {
  /** Utilization, 0 to 1. */
  readonly target: number;
  /** Requests in flight, as a multiple of the host's share. */
  readonly bound: number;
  /** Hosts that a key may go to. */
  readonly hops: number;
  /** Metrics of a load report that are its utilization; absent: the usual ones. */
  readonly metricNames?: readonly string[];
  /** Response header that tells where a key went, and why. */
  readonly reasonHeader?: string;
}
export interface ReportConfig {
  readonly role: 'report';
  readonly cluster: string;
  readonly strip: boolean;
  readonly metricNames: readonly string[];
}

/** What the filter does on a listener, or a part of it: its configuration, and the routes it is on for. */
export interface Selection {
  readonly config: SelectConfig;
  readonly routes: ReadonlySet<Route>;
}

/**
 * True when the filter can choose for this pool. Where hosts are known at run time only (dns) it cannot name
 * one, but a policy sticky until hot changes keys and learns from answers where they come to. It cannot where
 * a client may name the host (endpointOverride), because the filter's hint would override the client's, nor
 * where whole connections are passed on, in which it sees no request.
 */
export const filterPicks = (pool: Pool): boolean =>
  pool.balancer.kind === 'maglev' &&
  pool.protocol !== 'tcp' &&
  pool.overrideHeaders.length === 0 &&
  (isListed(pool) ? hasTable(pool) : isSticky(pool));

/** The filter names the host, so Envoy must take hosts that are named. */
export const filterNames = (pool: Pool): boolean => filterPicks(pool) && !isSticky(pool);

const isListed = ({ discovery }: Pool): boolean => discovery === 'static';

/**
 * Undefined when the listener has no route for the filter.
 * @param makes Pools for which the filter makes a cookie that is missing.
 */
export function selection(
  listener: Listener,
  pools: ReadonlyMap<string, Pool>,
  makes: (pool: Pool) => boolean = (pool) => stickyConfig(pool) !== undefined,
): Selection | undefined {
  const tables = new Map<string, { index: number; table: Table }>();
  const policies = new Map<
    string,
    { cluster: string; table: number; hash: readonly FilterKey[]; key: string; sticky?: StickyConfig }
  >();
  const routes = new Set<Route>();
  const reached = new Set<string>();
  for (const route of listener.virtualHosts.flatMap((host) => host.routes)) {
    if (route.action.kind !== 'forward' || route.action.hash.length === 0) continue;
    if (!canRead(route.action.hash) || changedKeys(route).length > 0) continue;
    const keys = route.action.hash;
    const hashOf = (pool: Pool) => keys.map((key) => filterKey(key, makes(pool)));
    const textOf = (name: string) => JSON.stringify(hashOf(pools.get(name) as Pool));
    const names = route.action.to.flatMap(({ pool }) => (pool === null ? [] : [pool]));
    const usable = names.filter((name) => {
      const pool = pools.get(name);
      return pool !== undefined && filterPicks(pool) && (!isListed(pool) || hasHosts(pool));
    });
    // One cluster with two keys on one port (listeners that share it): the first has the filter, the other is
    // balanced by Envoy's own policy, which reads the key of its route.
    const same = usable.every((name) => !policies.has(name) || policies.get(name)?.key === textOf(name));
    const fresh = usable.filter((name) => !policies.has(name));
    const room = policies.size + fresh.length <= MAX_POLICIES && tables.size + fresh.length <= MAX_TABLES;
    if (usable.length === 0 || !same || !room) continue;
    routes.add(route);
    for (const name of names) reached.add(name);
    for (const name of fresh) {
      const table = tableOf(pools.get(name) as Pool);
      const tableKey = tableText(table);
      const entry = tables.get(tableKey) ?? { index: tables.size, table };
      tables.set(tableKey, entry);
      const pool = pools.get(name) as Pool;
      const sticky = stickyConfig(pool);
      const hash = hashOf(pool);
      policies.set(name, { cluster: name, table: entry.index, hash, key: JSON.stringify(hash), sticky });
    }
  }
  if (policies.size === 0) return undefined;
  return {
    config: {
      role: 'select',
      only: policies.size === 1 && reached.size === 1 ? true : undefined,
      tables: [...tables.values()].map(({ table }) => table),
      policies: [...policies.values()].map(({ cluster, table, hash, sticky }) => ({
        cluster,
        table,
        hash,
        sticky,
      })),
    },
    routes,
  };
}

function stickyConfig(pool: Pool): StickyConfig | undefined {
  const sticky = stickyOf(pool);
  if (sticky === undefined) return undefined;
  const { utilizationTarget, loadBound, maxHops, metricNames, reasonHeader } = sticky;
  return {
    target: utilizationTarget,
    bound: Math.min(loadBound, MAX_LOAD_BOUND),
    hops: maxHops,
    metricNames: metricNames.length === 0 ? undefined : metricNames,
    reasonHeader,
  };
}

/**
 * Undefined when the cluster needs no filter before its codec.
 * @param strip Whether every route to the pool strips load reports.
 */
export const reportConfig = ({ name, balancer, protocol }: Pool, strip: boolean): ReportConfig | undefined =>
  balancer.kind === 'utilization' && protocol !== 'tcp'
    ? { role: 'report', cluster: name, strip, metricNames: balancer.metricNames }
    : undefined;

/** Compact JSON with a line for each table and policy, so that a diff of two configurations can be read. */
export const renderFilterConfig = weakMemo((config: SelectConfig | ReportConfig): string => {
  if (config.role === 'report') return JSON.stringify(config);
  const lines = (items: readonly object[]) => items.map((item) => `  ${JSON.stringify(item)}`).join(',\n');
  const only = config.only ? '\n "only":true,' : '';
  return `{"role":"select",${only}\n "tables":[\n${config.tables.map((table) => `  ${tableText(table)}`).join(',\n')}],\n "policies":[\n${lines(config.policies)}]}`;
});

// What stands below priority 0 takes traffic only when Envoy says so, and then Envoy picks.
const hasHosts = (pool: Pool): boolean => serving(pool).length > 0;

/** Made once for each pool: those of a running Envoy mostly stay the same objects. */
const tableOf = weakMemo((pool: Pool): Table => {
  if (pool.balancer.kind !== 'maglev') throw new Error(`not a maglev pool: ${pool.name}`);
  return {
    size: pool.balancer.tableSize,
    localityWeighted: pool.balancer.localityWeighted,
    // Empty where Envoy alone knows the hosts.
    localities: (isListed(pool) ? serving(pool) : []).map(({ weight, endpoints }) => ({
      weight: weight ?? 1,
      hosts: endpoints.map((host) => [hostAddress(host.address, host.port), host.weight] as const),
    })),
  };
});
const tableText = weakMemo((table: Table): string => JSON.stringify(table));

function filterKey(key: HashKey, makesCookie: boolean): FilterKey {
  switch (key.kind) {
    case 'header':
      return { header: headerOfKey(key.name) };
    case 'query':
      return { query: key.name };
    case 'source-ip':
      return { source: 'ip' };
    case 'cookie':
      return { cookie: key.name, set: makesCookie ? cookieAttributes(key) : undefined };
  }
}
