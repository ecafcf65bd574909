/** The pools that a route sends to, and the host that is chosen in each. */
import { filterPicks, type SelectConfig } from '../filter/config.ts';
import type { FilterRequest } from '../filter/driver.ts';
import { hostAddress } from '../filter/host-address.ts';
import { knownHosts } from '../filter/hosts.ts';
import type { ForwardRoute } from '../filter/pool-config.ts';
import { expectedShares } from '../filter/shares.ts';
import { describeKey } from '../plan/keys.ts';
import { isSticky } from '../plan/pools/sticky-of.ts';
import type { Listener, Pool } from '../plan/types.ts';
import { admissionText, backendCalls } from './backend-calls.ts';
import { explainBalance } from './balance.ts';
import type { ExplainInput } from './explain.ts';
import { sessionHost, sessionName } from './explain-session.ts';
import type { Choice, Explanation, PoolExplanation } from './explanation.ts';
import { hashedRequest } from './hashed-request.ts';
import { NO_UNKNOWN } from './header-map.ts';
import { explainKey, type KeySource, readKey } from './key-choice.ts';
import type { Request } from './request.ts';

/** The port only matters for a generated cookie. */
const CLIENT_PORT = 40_000;

export interface Pools {
  readonly pools: readonly PoolExplanation[];
  /** The key belongs to a share that no backend serves. */
  readonly missing?: Explanation['answer'];
}

export function explainPools(
  input: ExplainInput,
  listener: Listener,
  route: ForwardRoute,
  request: Request,
  sourceIp: string,
): Pools {
  const { to, missingStatus } = route.action;
  const pools = new Map(input.plan.pools.map((pool) => [pool.name, pool]));
  const emitted = input.filter.selections.get(listener);
  const config = emitted?.routes.has(route) ? emitted.config : undefined;
  const asFilter = ({ method, host, path, headers }: Request): FilterRequest => ({
    ...{ method, host, path, headers },
    source: hostAddress(sourceIp, CLIENT_PORT),
    destination: hostAddress(listener.address, listener.port),
  });
  const total = to.reduce((sum, { weight }) => sum + weight, 0);
  const explained = to.flatMap((share) => {
    const pool = share.pool === null ? undefined : pools.get(share.pool);
    if (pool === undefined) return [];
    const hashed = hashedRequest(request, route, share);
    const source = {
      filters: input.filters,
      route,
      pool,
      request: asFilter(hashed),
      unknown: unknownOf(hashed),
    };
    const { session } = route.handling ?? {};
    const kept = sessionHost(route, pool, request);
    const choice =
      session === undefined || kept === undefined
        ? explainPool(input, source, config)
        : { kind: 'session' as const, by: sessionName(session), host: kept };
    return [{ pool, weight: share.weight, choice, sentAs: sentAs(request, hashed, route) }];
  });
  const some = explained[0]?.pool;
  const chosen =
    // Of connections Envoy draws the share.
    to.length > 1 && some !== undefined && listener.connections === undefined
      ? chosenShare({
          ...{ filters: input.filters, route, pool: some },
          // Envoy takes the share when it finds the route: before the edits.
          ...{ request: asFilter(request), unknown: unknownOf(request) },
        })
      : undefined;
  return {
    pools: explained.map(({ pool, weight, choice, sentAs }) => ({
      pool: pool.name,
      connections: pool.protocol === 'tcp' ? true : undefined,
      liveCluster: input.liveClusters?.get(pool.name),
      share: total === 0 ? 0 : weight / total,
      chosen: chosen === undefined ? undefined : chosen === pool.name,
      hosts: expectedShares(pool),
      standby: pool.localities
        .filter(({ priority }) => priority > 0)
        .flatMap(({ endpoints }) => endpoints.map(({ address, port }) => hostAddress(address, port))),
      tls: backendCalls(pool),
      sentAs,
      proxyProtocol: pool.proxyProtocol,
      admission: pool.admission === undefined ? undefined : admissionText(pool.admission),
      choice,
      slowStartMs: pool.slowStartMs,
    })),
    missing:
      chosen === null
        ? {
            status: missingStatus,
            because: 'the key belongs to the share of a backend that cannot be served',
          }
        : undefined,
  };
}

function sentAs(request: Request, sent: Request, route: ForwardRoute): PoolExplanation['sentAs'] {
  const { host, path } = sent;
  if (route.action.rewrite?.hostFrom?.kind === 'backend') return { path };
  return host === request.host && path === request.path ? undefined : { host, path };
}

/** By the name of a header; a cookie is in the header `cookie`. */
const unknownOf = ({ unknown }: Request): ReadonlyMap<string, string> => unknown ?? NO_UNKNOWN;

const isPicked = (emitted: SelectConfig | undefined, { name }: Pool): boolean =>
  emitted?.policies.some(({ cluster }) => cluster === name) ?? false;

function explainPool(input: ExplainInput, source: KeySource, emitted: SelectConfig | undefined): Choice {
  const { route, pool, request } = source;
  const { unhealthy, utilization } = input;
  const named = namedHost(pool, request);
  if (named !== undefined) return named;
  const byKey = pool.balancer.kind === 'maglev' && route.action.hash.length > 0;
  const how = byKey
    ? `Envoy's own Maglev by ${route.action.hash.map(describeKey).join(', ')}`
    : explainBalance(pool, pool.discovery === 'dns' ? [] : expectedShares(pool), utilization);
  if (pool.discovery === 'dns') {
    const what = typeof how === 'string' ? how : how.how;
    const sticky =
      isSticky(pool) && isPicked(emitted, pool) ? ', at home while that is not hot (sticky until hot)' : '';
    return { kind: 'unknown-hosts', how: `hosts come from DNS while Envoy runs; ${what}${sticky}` };
  }
  if (typeof how !== 'string') return how;
  const picks = filterPicks(pool) && isPicked(emitted, pool);
  const key = explainKey({ ...source, emitted: picks ? emitted : undefined, unhealthy, utilization });
  return key ?? { kind: 'unknown-hosts', how: `${how}; its table is too large to be made here` };
}

/**
 * endpointOverride: the first header that is there names hosts, separated by commas, the first that is known
 * is taken.
 */
function namedHost(pool: Pool, request: FilterRequest): Choice | undefined {
  const known = new Set(knownHosts(pool));
  for (const header of pool.overrideHeaders) {
    const values = request.headers.flatMap(([name, value]) => (name === header.toLowerCase() ? [value] : []));
    const host = values[0]
      ?.split(',')
      .map((text) => text.trim())
      .find((text) => known.has(text));
    if (host !== undefined) return { kind: 'named', header, host };
  }
  return undefined;
}

/**
 * The share of a split that a key belongs to: Envoy takes hash % total weight (use_hash_policy,
 * RouteEntryImplBase:: pickWeightedCluster). Undefined: drawn at random, for want of a key, or not known. A
 * generated cookie is no key here: it is made later. Null: a share without a pool.
 */
function chosenShare(source: KeySource): string | null | undefined {
  const { to } = source.route.action;
  const read = source.route.action.hash.length === 0 ? undefined : readKey(source);
  if (read?.hash === undefined || read.parts.some(({ from }) => from === 'generated')) return undefined;
  const total = to.reduce((sum, { weight }) => sum + weight, 0);
  let left = Number(read.hash % BigInt(Math.max(1, total)));
  for (const { pool, weight } of to) {
    if (left < weight) return pool;
    left -= weight;
  }
  return undefined;
}
