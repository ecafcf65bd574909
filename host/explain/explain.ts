/**
 * Follows one request through a plan: what answers it, by which route and policy, and to which host it goes
 * and why.
 */
import { filterPicks, type SelectConfig } from '../filter/config.ts';
import type { FilterRequest, Filters } from '../filter/driver.ts';
import { hostAddress } from '../filter/host-address.ts';
import { knownHosts } from '../filter/hosts.ts';
import type { FilterPlan } from '../filter/plan.ts';
import { type ForwardRoute, isForward } from '../filter/pool-config.ts';
import { expectedShares } from '../filter/shares.ts';
import { describeKey } from '../plan/keys.ts';
import type { Listener, Plan, Pool, Route } from '../plan/types.ts';
import { backendCalls } from './backend-calls.ts';
import { explainBalance } from './balance.ts';
import { CLIENT, receive } from './connection-manager.ts';
import { isPreflight } from './cors.ts';
import type { Choice, Explanation, PoolExplanation } from './explanation.ts';
import { type Found, findRoute } from './find-route.ts';
import { explainHandling } from './handling.ts';
import { hashedRequest } from './hashed-request.ts';
import { NO_UNKNOWN } from './header-map.ts';
import { internalHeaders } from './internal-headers.ts';
import { explainKey, type KeySource, readKey } from './key-choice.ts';
import { explainPolicy } from './policy-why.ts';
import type { Request } from './request.ts';
import { describeMatch } from './route-match.ts';
import { warningsFor } from './warnings.ts';

export interface ExplainInput {
  readonly plan: Plan;
  /** Name of a pool → of its cluster in an Envoy of `loadstar run`. */
  readonly liveClusters?: ReadonlyMap<string, string>;
  readonly filter: FilterPlan;
  /** What each policy (`namespace/name`) targets, in words. */
  readonly targets: ReadonlyMap<string, readonly string[]>;
  /** Of the compiled module. */
  readonly filters: Filters;
  readonly request: Request;
  /** Name or port of the listener to ask. */
  readonly listener?: string;
  /** Hosts as Envoy prints them. */
  readonly unhealthy: readonly string[];
  readonly utilization: ReadonlyMap<string, number>;
}

/** The port only matters for a generated cookie. */
const CLIENT_PORT = 40_000;

export function explain(input: ExplainInput): Explanation {
  const { plan, request } = input;
  const sourceIp = request.sourceIp ?? CLIENT;
  const scheme = request.url?.scheme === 'https' ? ('https' as const) : undefined;
  const shown = { method: request.method, scheme, host: request.host, path: request.path, sourceIp };
  const nothing = { request: shown, handling: [], pools: [], warnings: [] };
  const removed = internalHeaders(plan, input.filter);
  const found = findRoute(plan, request, input.listener, { removed, receive });
  switch (found.kind) {
    case 'answered':
      return { ...nothing, answer: { status: found.status, because: found.because } };
    case 'closed':
      return { ...nothing, answer: { status: 0, because: found.because } };
    case 'none':
      return {
        ...nothing,
        answer: {
          status: 404,
          because: found.hostKnown ? 'no route matches' : unknownHost(request.host, found.domains),
        },
        near: found.near.map(({ route, because }) => ({
          route: route.name,
          because: because.map((b) => b.because),
        })),
      };
    case 'route':
      return explainRoute(input, found, sourceIp);
  }
}

const unknownHost = (host: string, domains: readonly string[]): string =>
  domains.length === 0
    ? 'there is no listener with routes'
    : `no virtual host serves ${host}; served: ${domains.join(', ')}`;

function explainRoute(input: ExplainInput, found: Found, connection: string): Explanation {
  const { listener, virtualHost, domain, route, request, upgrade } = found;
  const sourceIp = request.sourceIp ?? connection;
  const answer = isPreflight(route, request)
    ? { status: 200, because: 'Envoy answers preflights (CORS)' }
    : answerOf(route, upgrade);
  const { pools, missing } =
    isForward(route) && answer === undefined
      ? explainPools(input, listener, route, request, sourceIp)
      : { pools: [], missing: undefined };
  return {
    request: {
      method: request.method,
      scheme: listener.tls === undefined ? undefined : 'https',
      host: request.host,
      path: input.request.path,
      sourceIp: connection,
      client: sourceIp === connection ? undefined : sourceIp,
      normalizedPath: request.path === input.request.path ? undefined : request.path,
    },
    listener: {
      name: listener.name,
      address: listener.address,
      port: listener.port,
      serverName: listener.tls?.serverName,
      certificates: listener.tls?.certificates,
      clients: listener.clients?.policy,
    },
    virtualHost: { name: virtualHost.name, domain },
    route: { name: route.name, from: route.from, matches: describeMatch(route.match) },
    policy: explainPolicy(route, input.targets),
    handling: explainHandling(route, request, sourceIp),
    answer: answer ?? missing,
    pools,
    warnings: warningsFor(
      found,
      poolsOf(input.plan, route),
      input.filter,
      input.request,
      internalHeaders(input.plan, input.filter)(listener),
      input.utilization.size > 0,
    ),
  };
}

/** What Envoy answers for the route without asking a backend. */
function answerOf({ action }: Route, upgrade: string | undefined): Explanation['answer'] {
  switch (action.kind) {
    case 'respond':
      return { status: action.status, because: action.because };
    case 'redirect':
      return { status: action.status, because: 'the route redirects' };
    case 'forward':
      return upgrade === undefined || action.upgrades.includes(upgrade)
        ? undefined
        : { status: 403, because: `the route does not take an upgrade to ${upgrade}` };
  }
}

function poolsOf(plan: Plan, { action }: Route): Pool[] {
  const names = new Set(action.kind === 'forward' ? action.to.map(({ pool }) => pool) : []);
  return plan.pools.filter(({ name }) => names.has(name));
}

interface Pools {
  readonly pools: readonly PoolExplanation[];
  /** The key belongs to a share that no backend serves. */
  readonly missing?: Explanation['answer'];
}

function explainPools(
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
    return [{ pool, weight: share.weight, choice: explainPool(input, source, config) }];
  });
  const some = explained[0]?.pool;
  const chosen =
    to.length > 1 && some !== undefined
      ? chosenShare({
          ...{ filters: input.filters, route, pool: some },
          // Envoy takes the share when it finds the route: before the edits.
          ...{ request: asFilter(request), unknown: unknownOf(request) },
        })
      : undefined;
  return {
    pools: explained.map(({ pool, weight, choice }) => ({
      pool: pool.name,
      liveCluster: input.liveClusters?.get(pool.name),
      share: total === 0 ? 0 : weight / total,
      chosen: chosen === undefined ? undefined : chosen === pool.name,
      hosts: expectedShares(pool),
      standby: pool.localities
        .filter(({ priority }) => priority > 0)
        .flatMap(({ endpoints }) => endpoints.map(({ address, port }) => hostAddress(address, port))),
      tls: backendCalls(pool),
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

/** By the name of a header; a cookie is in the header `cookie`. */
const unknownOf = ({ unknown }: Request): ReadonlyMap<string, string> => unknown ?? NO_UNKNOWN;

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
    return { kind: 'unknown-hosts', how: `hosts come from DNS while Envoy runs; ${what}` };
  }
  if (typeof how !== 'string') return how;
  const picks =
    emitted !== undefined && filterPicks(pool) && emitted.policies.some((p) => p.cluster === pool.name);
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
