/**
 * Routes of one listener: every match of every rule for every hostname, in matching order, as virtual hosts;
 * and the pools that they send to.
 */

import { addTo } from '../../basics/collections.ts';
import { equal } from '../../basics/equal.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { ListenerContext } from '../attach/gateways.ts';
import { hostInName } from '../attach/hostnames.ts';
import type { RouteContext } from '../attach/routes.ts';
import { type Effective, type FindEffective, refusalOf } from '../policies/effective-policy.ts';
import { hashKeys } from '../pools/balancer.ts';
import type { PoolSet } from '../pools/pool-set.ts';
import { buildPool, forwardTo } from '../pools/pools.ts';
import { fallbackFaults, sessionFaults, timeoutFaults } from '../pools/rule-advice.ts';
import { routeRetry, routeTimeouts, routeUpgrades } from '../pools/traffic.ts';
import type { FindSecurity, Security } from '../security/security-policies.ts';
import type {
  ForwardAction,
  From,
  Handling,
  ListenerClients,
  PathEdit,
  Route,
  RouteAction,
  VirtualHost,
} from '../types.ts';
import type { RuleMatch } from './matches.ts';
import { bySpecificity } from './order.ts';
import { directRedirect, redirectPort } from './redirect-port.ts';
import { type Mirror, pathEdit } from './rule-filters.ts';
import type { RuleContext } from './rules.ts';

/** A match of a rule under a hostname: what becomes one route. */
export interface Entry {
  readonly route: RouteContext;
  readonly rule: RuleContext;
  readonly match: RuleMatch;
  readonly host: string;
}

/** Entries of all routes on a listener, in matching order. */
export function entriesOf(
  routes: readonly {
    readonly route: RouteContext;
    readonly rules: readonly RuleContext[];
    readonly hosts: readonly string[];
  }[],
): Entry[] {
  const entries = routes.flatMap(({ route, rules, hosts }) =>
    hosts.flatMap((host) =>
      rules.flatMap((rule) => rule.matches.map((match) => ({ route, rule, match, host }))),
    ),
  );
  return entries.sort((a, b) => bySpecificity(a.match.specificity, b.match.specificity));
}

/** Virtual hosts in the order in which their hostnames first occur. */
export function buildVirtualHosts(
  listener: ListenerContext,
  entries: readonly Entry[],
  effectiveOf: FindEffective,
  securityOf: FindSecurity,
  pools: PoolSet,
  clients?: ListenerClients,
): VirtualHost[] {
  const effective = new Map<RuleContext, Effective>();
  const guards = new Map<RuleContext, Security>();
  const forwards = new Map<RuleContext, ForwardAction>();
  const hosts = new Map<string, Route[]>();
  for (const entry of entries) {
    const { route, rule, match, host } = entry;
    let policy = effective.get(rule);
    if (policy === undefined) {
      policy = effectiveOf(route, rule.name, listener);
      effective.set(rule, policy);
    }
    let security = guards.get(rule);
    if (security === undefined) {
      security = securityOf(route, rule.name, listener);
      guards.set(rule, security);
    }
    const forward = (): ForwardAction => {
      let action = forwards.get(rule);
      if (action === undefined) {
        action = buildForward(entry, listener, policy, pools, clients);
        forwards.set(rule, action);
      }
      return action;
    };
    const handling = handlingOf(rule, policy, security);
    const planned: Route = {
      name: `${rule.id}/match/${match.index}${match.preflight === true ? '/cors-preflight' : ''}/${hostInName(host)}`,
      match: match.match,
      action: actionOf(entry, listener, policy, forward),
      requestHeaders: rule.filters.requestHeaders,
      responseHeaders: rule.filters.responseHeaders,
      from: rule.from,
      policy: policy.inForce,
      security: security.inForce,
      handling,
      section: handling?.globalLimit === undefined ? undefined : listener.name,
    };
    const direct = directRedirect(planned, listener);
    if (direct !== undefined) addTo(hosts, host, direct);
    addTo(hosts, host, planned);
  }
  return [...hosts].map(([host, routes]) => ({
    name: `${listener.name}/${hostInName(host)}`,
    domains: [host],
    routes,
  }));
}

/**
 * That of the traffic policy, which does not hold where it is refused, of the SecurityPolicy, and of the
 * rule's own filters, which come first.
 */
function handlingOf(
  { filters: { cors, redirect }, session, respond }: RuleContext,
  { refusedBy, balancing }: Effective,
  { handling: security }: Security,
): Handling | undefined {
  const traffic = refusedBy === undefined ? balancing.spec?.handling : undefined;
  const kept = respond === undefined && redirect === undefined ? session : undefined;
  if (security === undefined && cors === undefined && kept === undefined) return traffic;
  return {
    ...traffic,
    ...security,
    ...(cors === undefined ? {} : { cors }),
    ...(kept === undefined ? {} : { session: kept }),
  };
}

function actionOf(
  { rule, match }: Entry,
  listener: ListenerContext,
  { refusedBy }: Effective,
  forward: () => ForwardAction,
): RouteAction {
  if (rule.respond !== undefined) return { kind: 'respond', ...rule.respond };
  const { redirect, rewrite, answer } = rule.filters;
  if (refusedBy !== undefined) {
    // The pools are kept, shaped by the policy above the refused one. When the policy is repaired, only the
    // routes change.
    if (redirect === undefined && answer === undefined) forward();
    const { namespace, name } = refusedBy.metadata;
    return {
      kind: 'respond',
      status: 500,
      because: `BackendTrafficPolicy ${namespace}/${name} is invalid: ${refusalOf(refusedBy)}`,
    };
  }
  if (answer !== undefined) {
    const { status, because, body } = answer;
    return { kind: 'respond', status, because, ...(body === undefined || body === '' ? {} : { body }) };
  }
  const prefix = match.match.path.kind === 'prefix' ? match.match.path.value : '/';
  if (redirect !== undefined) {
    return {
      kind: 'redirect',
      status: redirect.statusCode,
      scheme: redirect.scheme,
      host: redirect.hostname,
      port: redirectPort(redirect, listener),
      path: pathEdit(redirect.path, prefix),
    };
  }
  if (rewrite === undefined) return forward();
  const { hostname: host, host: hostFrom, pattern, forwardedHost = true } = rewrite;
  const path: PathEdit | undefined =
    pattern === undefined ? pathEdit(rewrite.path, prefix) : { kind: 'pattern', ...pattern };
  const from = hostFrom === undefined ? {} : { hostFrom };
  return {
    ...forward(),
    rewrite: { host, ...from, ...(forwardedHost ? {} : { unsaid: true }), path },
  };
}

function buildForward(
  { route, rule, host }: Entry,
  listener: ListenerContext,
  effective: Effective,
  pools: PoolSet,
  clients: ListenerClients | undefined,
): ForwardAction {
  const { balancing } = effective;
  const { spec } = balancing;
  const own = route.route.spec.rules[rule.index]!;
  const { to, split, missingStatus } = forwardTo(
    rule.pool ?? rule.id,
    rule.shares,
    balancing,
    rule.from,
    host,
    likeClients(pools.adder(rule.id, listener.name, effective), clients, pools),
  );
  const timeouts = routeTimeouts(own, spec);
  if (split) for (const fault of fallbackFaults(route.route, rule.index, rule.shares)) pools.tell(fault);
  for (const fault of sessionFaults(route.route, rule.index, to)) pools.tell(fault);
  for (const fault of timeoutFaults(route.route, rule.index, balancing, timeouts)) pools.tell(fault);
  const balancers = to.flatMap(({ pool }) => (pool === null ? [] : [pools.get(pool)!.balancer]));
  // A pool shared with another listener may be balanced by that listener's policy; hash keys then have no
  // effect.
  const hashed = balancers.some((b) => b.kind === 'maglev');
  const reported = balancers.some(
    (b) => b.kind === 'utilization' || (b.kind === 'maglev' && b.sticky !== undefined),
  );
  const lb = spec?.loadBalancer;
  const keep = lb?.type === 'BackendUtilization' && lb.backendUtilization.keepResponseHeaders;
  return {
    kind: 'forward',
    to,
    split,
    missingStatus,
    hash: hashed ? hashKeys(lb) : [],
    stripLoadReports: reported && !keep,
    upgrades: route.route.kind === 'HTTPRoute' ? routeUpgrades(spec) : [],
    mirrors: rule.filters.mirrors.flatMap((m) => mirrorOf(rule, m, host, listener, pools, clients)),
    timeouts,
    retry: routeRetry(own, spec),
  };
}

type Add = ReturnType<PoolSet['adder']>;
/**
 * What of HTTP/1.1 goes through has to be let through on both sides; of several listeners the first says it.
 */
function likeClients(add: Add, clients: ListenerClients | undefined, pools: PoolSet): Add {
  const { trailers = false, preserveCase = false } = clients?.settings.http1 ?? {};
  const wanted = trailers || preserveCase ? { trailers, preserveCase } : undefined;
  return (name, build) => {
    add(name, () => (wanted === undefined ? build() : { ...build(), http1: wanted }));
    if (clients !== undefined && wanted !== undefined && !equal(pools.get(name)?.http1, wanted))
      pools.tell(http1Shared(name, clients.policy));
  };
}

const http1Shared = (pool: string, { kind, namespace, name, at }: From): Diagnostic => ({
  code: 'pool-shared',
  severity: 'warning',
  message: `Pool ${pool} serves several listeners; whether trailers and the case of header names reach its hosts goes by the first of them.`,
  at,
  resource: `${kind} ${namespace}/${name}`,
  field: 'spec.http1',
  rule: 'A rule has one pool for all its listeners.',
  hint: 'Give each listener its own route, or target the whole Gateway.',
});

/** A mirror has its own pool, without a policy, as in Envoy Gateway. */
function mirrorOf(
  rule: RuleContext,
  { index, destination, numerator, denominator }: Mirror,
  host: string,
  listener: ListenerContext,
  pools: PoolSet,
  clients: ListenerClients | undefined,
): ForwardAction['mirrors'] {
  const pool = `${rule.pool ?? rule.id}-mirror-${index}`;
  const part = { region: `${pool}/backend/-1`, weight: 1, destination };
  const add = likeClients(pools.adder(rule.id, listener.name), clients, pools);
  add(pool, () => buildPool(pool, [part], {}, rule.from, host));
  return numerator === 0 ? [] : [{ pool, numerator, denominator }];
}
