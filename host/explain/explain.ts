/** One request against a plan: what answers it, by which route and policy, and which host it goes to and why. */
import { filterPicks, type SelectConfig, selection } from '../filter/config.ts';
import type { FilterRequest, Filters } from '../filter/driver.ts';
import { hostAddress } from '../filter/host-address.ts';
import { type ForwardRoute, isForward } from '../filter/pool-config.ts';
import { expectedShares } from '../filter/shares.ts';
import type { ResourceStatus } from '../plan/status/conditions.ts';
import type { Listener, Plan, Pool, Route } from '../plan/types.ts';
import { explainBalance } from './balance.ts';
import type { Choice, Explanation, PoolExplanation } from './explanation.ts';
import { type Found, findRoute } from './find-route.ts';
import { INTERNAL } from './internal-headers.ts';
import { describeKey, explainKey } from './key-choice.ts';
import { explainPolicy } from './policy-why.ts';
import type { Request } from './request.ts';
import { describeMatch } from './route-match.ts';
import { warningsFor } from './warnings.ts';

export interface ExplainInput {
  readonly plan: Plan;
  readonly status: readonly ResourceStatus[];
  /** What each policy (`namespace/name`) targets, in words. */
  readonly targets: ReadonlyMap<string, readonly string[]>;
  /** Of the compiled module. */
  readonly filters: Filters;
  readonly engine: 'filter' | 'native';
  readonly request: Request;
  /** Name or port of the listener to ask. */
  readonly listener?: string;
  /** Hosts as Envoy prints them. */
  readonly unhealthy: readonly string[];
  readonly utilization: ReadonlyMap<string, number>;
}

/** Where a client is when nothing is said about it: the port only matters for a generated cookie. */
const CLIENT = '127.0.0.1';
const CLIENT_PORT = 40_000;

export function explain(input: ExplainInput): Explanation {
  const { plan, request } = input;
  const sourceIp = request.sourceIp ?? CLIENT;
  const shown = { method: request.method, host: request.host, path: request.path, sourceIp };
  const nothing = { request: shown, pools: [], warnings: [] };
  const underscore = request.headers.find(([name]) => name.includes('_'));
  if (underscore !== undefined) {
    const because = `header ${underscore[0]} has an underscore in its name, which Envoy refuses here`;
    return { ...nothing, answer: { status: 400, because } };
  }
  const found = findRoute(plan, request, input.listener);
  switch (found.kind) {
    case 'answered':
      return {
        ...nothing,
        answer:
          found.path.kind === 'redirect'
            ? { status: 307, because: `escaped slashes are resolved first: location ${found.path.path}` }
            : { status: 400, because: found.path.because },
      };
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

function explainRoute(input: ExplainInput, found: Found, sourceIp: string): Explanation {
  const { listener, virtualHost, domain, route, request } = found;
  const { action } = route;
  return {
    request: {
      method: request.method,
      host: request.host,
      path: input.request.path,
      sourceIp,
      normalizedPath: request.path === input.request.path ? undefined : request.path,
    },
    listener: { name: listener.name, address: listener.address, port: listener.port },
    virtualHost: { name: virtualHost.name, domain },
    route: { name: route.name, from: route.from, matches: describeMatch(route.match) },
    policy: explainPolicy(listener, route, input.status, input.targets),
    answer:
      action.kind === 'respond'
        ? { status: action.status, because: action.because }
        : action.kind === 'redirect'
          ? { status: action.status, because: 'the route redirects' }
          : undefined,
    pools: isForward(route) ? explainPools(input, listener, route, request, sourceIp) : [],
    warnings: warningsFor(found, poolsOf(input.plan, route), input.utilization.size > 0),
  };
}

function poolsOf(plan: Plan, { action }: Route): Pool[] {
  const names = new Set(action.kind === 'forward' ? action.to.map(({ pool }) => pool) : []);
  return plan.pools.filter(({ name }) => names.has(name));
}

function explainPools(
  input: ExplainInput,
  listener: Listener,
  route: ForwardRoute,
  request: Request,
  sourceIp: string,
): PoolExplanation[] {
  const pools = new Map(input.plan.pools.map((pool) => [pool.name, pool]));
  const emitted = input.engine === 'filter' ? selection(listener, pools) : undefined;
  const config = emitted?.routes.has(route) ? emitted.config : undefined;
  const asSeen: FilterRequest = {
    method: request.method,
    host: request.host,
    path: request.path,
    // What a client must not send is gone before any filter runs (early_header_mutation).
    headers: request.headers.filter(([name]) => !INTERNAL.has(name)),
    source: hostAddress(sourceIp, CLIENT_PORT),
    destination: hostAddress(listener.address, listener.port),
  };
  const total = route.action.to.reduce((sum, { weight }) => sum + weight, 0);
  const explained = route.action.to.flatMap(({ pool: name, weight }) => {
    const pool = name === null ? undefined : pools.get(name);
    return pool === undefined ? [] : [{ pool, weight, ...explainPool(input, route, pool, asSeen, config) }];
  });
  const chosen =
    explained.length > 1
      ? chosenShare(
          route,
          explained.map(({ choice }) => choice),
        )
      : undefined;
  return explained.map(({ pool, weight, choice }) => ({
    pool: pool.name,
    share: total === 0 ? 0 : weight / total,
    chosen: chosen === undefined ? undefined : chosen === pool.name,
    hosts: expectedShares(pool),
    standby: pool.localities
      .filter(({ priority }) => priority > 0)
      .flatMap(({ endpoints }) => endpoints.map(({ address, port }) => hostAddress(address, port))),
    choice,
    slowStartMs: pool.slowStartMs,
  }));
}

function explainPool(
  input: ExplainInput,
  route: ForwardRoute,
  pool: Pool,
  request: FilterRequest,
  emitted: SelectConfig | undefined,
): { choice: Choice } {
  if (pool.discovery === 'dns') {
    const by = route.action.hash.map(describeKey).join(', ');
    const what =
      pool.balancer.kind === 'maglev'
        ? `Envoy's own Maglev by ${by}`
        : explainBalance(pool, [], new Map()).how;
    return { choice: { kind: 'unknown-hosts', how: `hosts come from DNS while Envoy runs; ${what}` } };
  }
  if (pool.balancer.kind === 'maglev' && route.action.hash.length > 0) {
    const { filters, unhealthy, utilization } = input;
    const key = explainKey({
      filters,
      route,
      pool,
      request,
      emitted: filterPicks(pool) ? emitted : undefined,
      unhealthy,
      utilization,
    });
    if (key !== undefined) return { choice: key };
  }
  return { choice: explainBalance(pool, expectedShares(pool), input.utilization) };
}

/**
 * The share of a split that a key belongs to: Envoy takes hash % total weight (use_hash_policy, RouteEntryImplBase::
 * pickWeightedCluster). Undefined: drawn at random, for want of a key. A generated cookie is no key here: it is made later.
 */
function chosenShare(route: ForwardRoute, choices: readonly Choice[]): string | null | undefined {
  const key = choices.find((choice) => choice.kind === 'key');
  if (key?.pick === undefined || key.key.some(({ from }) => from === 'generated')) return undefined;
  const total = route.action.to.reduce((sum, { weight }) => sum + weight, 0);
  let left = Number(BigInt(key.pick.hash) % BigInt(Math.max(1, total)));
  for (const { pool, weight } of route.action.to) {
    if (left < weight) return pool;
    left -= weight;
  }
  return undefined;
}
