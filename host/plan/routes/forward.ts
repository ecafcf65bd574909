/**
 * Where the requests of a rule go: its pools, made where they are not there yet, and how they are sent on.
 */
import { equal } from '../../basics/equal.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { ListenerContext } from '../attach/gateways.ts';
import type { Effective } from '../policies/effective-policy.ts';
import { hashKeys } from '../pools/balancer.ts';
import type { PoolSet } from '../pools/pool-set.ts';
import { routeRetry, routeTimeouts, routeUpgrades } from '../pools/pool-traffic.ts';
import { buildPool, forwardTo } from '../pools/pools.ts';
import { fallbackFaults, sessionFaults, timeoutFaults } from '../pools/rule-advice.ts';
import type { ForwardAction, From, ListenerClients } from '../types.ts';
import type { Entry } from './entries.ts';
import type { Mirror } from './rule-filters.ts';
import type { RuleContext } from './rules.ts';

export function buildForward(
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
