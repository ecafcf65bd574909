/**
 * Sticky until hot on a Gateway of Istio. No patch can tell its listeners apart, so one configuration of the
 * filter is for all of them. It has Istio's names of clusters: routes that lead to one port of a Service
 * share what is learnt of its hosts.
 */
import { resourceTitle } from '../../diagnostics/diagnostic.ts';
import { changedKeys } from '../../filter/changed-keys.ts';
import { filterPicks, type Selection, selection } from '../../filter/config.ts';
import { LOAD_REPORT_HEADERS } from '../../filter/header-names.ts';
import { canRead } from '../../filter/limits.ts';
import { type ForwardRoute, isForward } from '../../filter/pool-config.ts';
import { isSticky, stickyOf } from '../../plan/pools/sticky-of.ts';
import { routesOf } from '../../plan/routes-of.ts';
import type { Listener, Pool, Route } from '../../plan/types.ts';
import type { Fate } from '../exported.ts';
import { fate } from '../fates.ts';
import { asNames } from '../portable.ts';
import { clusterName } from './istio-names.ts';

export interface StickyUse {
  /** One for all listeners, or none where no policy is sticky until hot. */
  readonly parts: readonly Selection[];
  /** Names of the pools that are, and of their clusters. */
  readonly pools: ReadonlySet<string>;
  readonly clusters: ReadonlySet<string>;
  readonly lost: readonly Fate[];
}

/** A route that leads to a pool which is to be sticky until hot. */
interface Wish {
  readonly route: ForwardRoute;
  readonly pool: Pool;
  readonly cluster: string;
}

/** Which pool has each of Istio's clusters, by its name. */
export type Holders = ReadonlyMap<string, Pool>;

/**
 * @param pools Those that the listeners lead to.
 * @param holdersOf Asked only where a policy is sticky until hot: it makes what all clusters are to be.
 * @param splits Istio chooses among several backends of a route, by their weights.
 */
export function stickyUse(
  listeners: readonly Listener[],
  pools: readonly Pool[],
  holdersOf: () => Holders,
  splits: (route: Route) => boolean,
): StickyUse {
  const lost: Fate[] = [];
  const tell = ({ pool }: Wish, text: string) => lost.push(fate(pool.policy ?? pool.from, { lost: [text] }));
  const wished = wishes(listeners, pools);
  const holders: Holders = wished.length === 0 ? new Map() : holdersOf();
  const able = wished.filter((wish) => {
    const text = hindrance(wish, holders, splits);
    if (text !== undefined) tell(wish, `sticky until hot, since ${text}; keys stay at their home`);
    return text === undefined;
  });
  // Of several policies the first has the cluster.
  const first = new Map<string, Pool>();
  for (const { pool, cluster } of able) if (!first.has(cluster)) first.set(cluster, pool);
  const part = partOf(able, first);
  const on = able.filter((wish) => {
    const { route, pool, cluster } = wish;
    const its = first.get(cluster)!;
    if (part?.routes.has(route) !== true) {
      tell(wish, `sticky until hot, since its Service has the key of ${owner(its)} there`);
      return false;
    }
    if (settings(its) !== settings(pool))
      tell(wish, `its own settings of sticky until hot; its Service has those of ${owner(its)}`);
    if (removesReports(route))
      tell(wish, 'load reports in headers, which its rule removes before they are read');
    return true;
  });
  return {
    parts: part === undefined ? [] : [part],
    pools: new Set(on.map(({ pool }) => pool.name)),
    clusters: new Set(on.map(({ cluster }) => cluster)),
    lost,
  };
}

function wishes(listeners: readonly Listener[], pools: readonly Pool[]): readonly Wish[] {
  const sticky = new Map(pools.filter(isSticky).map((pool) => [pool.name, pool]));
  return routesOf({ listeners })
    .filter(isForward)
    .flatMap((route) =>
      route.action.to.flatMap(({ pool: name }) => {
        const pool = sticky.get(name ?? '');
        // Istio knows no Backend.
        const service = pool?.localities.find(({ servicePort }) => servicePort !== undefined)?.servicePort;
        return pool === undefined || service === undefined
          ? []
          : [{ route, pool, cluster: clusterName(service) }];
      }),
    );
}

/** Why a key cannot leave its home there, as the end of a sentence; undefined: it can. */
function hindrance(
  { route, pool, cluster }: Wish,
  holders: Holders,
  splits: (route: Route) => boolean,
): string | undefined {
  // Each has a table of its own: the same slot is another host in each.
  if (splits(route)) return 'Istio splits its rule among several backends';
  if (!filterPicks(asNames(pool))) return 'a client may name the host';
  if (changedKeys(route).length > 0 || !canRead(route.action.hash))
    return 'the filter cannot read its key as Envoy hashes it';
  const holder = holders.get(cluster) ?? pool;
  if (slots(holder) !== slots(pool)) return `its Service has the balancer of ${owner(holder)} there`;
  return undefined;
}

/** Of Envoy's table, which the filter learns by slot. 0: there is none. */
const slots = ({ balancer, overrideHeaders }: Pool): number =>
  balancer.kind === 'maglev' && overrideHeaders.length === 0 ? balancer.tableSize : 0;

/**
 * The filter looks a request's cluster up even where it knows only one: routes that change places before the
 * next export have its patches though they lead elsewhere.
 */
function partOf(able: readonly Wish[], first: ReadonlyMap<string, Pool>): Selection | undefined {
  const [one] = able;
  if (one === undefined) return undefined;
  const originals = new Map<Route, Route>(able.map((wish) => [renamed(wish), wish.route]));
  const made = selection(
    {
      name: '',
      address: '',
      port: 0,
      virtualHosts: [{ name: '', domains: ['*'], routes: [...originals.keys()] }],
      from: one.route.from,
    },
    new Map([...first].map(([name, pool]) => [name, { ...asNames(pool), name }])),
  );
  return (
    made && {
      config: { ...made.config, only: undefined },
      routes: new Set([...made.routes].map((route) => originals.get(route)!)),
    }
  );
}

const renamed = ({ route, cluster }: Wish): Route => ({
  ...route,
  action: { ...route.action, to: [{ pool: cluster, weight: 1 }] },
});

const owner = ({ policy, from }: Pool): string => resourceTitle(policy ?? from);

/** What the filter is told; how reports are asked for is a matter of each route. */
const settings = (pool: Pool): string => JSON.stringify({ ...stickyOf(pool), reportFormat: undefined });

const removesReports = ({ responseHeaders, action }: ForwardRoute): boolean =>
  [responseHeaders, ...action.to.flatMap((share) => share.responseHeaders ?? [])].some(({ remove }) =>
    remove.some((name) => LOAD_REPORT_HEADERS.some((report) => report === name.toLowerCase())),
  );
