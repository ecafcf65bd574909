/**
 * Which backend a listener's connections or datagrams go to: of protocols TCP and UDP by the oldest route,
 * of protocol TLS by the server name (SNI), each name to one route.
 */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { RouteContext } from '../attach/attach-routes.ts';
import type { ListenerContext } from '../attach/gateways.ts';
import { ANY_HOST } from '../attach/hostnames.ts';
import { about, fromOf, label } from '../from.ts';
import { type FindEffective, refusalOf } from '../policies/effective-policy.ts';
import type { PoolSet } from '../pools/pool-set.ts';
import { forwardTo } from '../pools/pools.ts';
import { fallbackFaults } from '../pools/rule-advice.ts';
import type { RuleContext } from '../routes/rules.ts';
import type { FindSecurity } from '../security/security-policies.ts';
import { isNarrower, servesName } from '../tls/misdirected.ts';
import type { ConnectionRoute, Connections } from '../types.ts';
import { balancingOf, hashOf, limitOf, unlimited, withoutEffect } from './balancing.ts';

/** A route of the listener, with the server names that both are for. */
export interface ConnectionEntry {
  readonly route: RouteContext;
  readonly rules: readonly RuleContext[];
  readonly hosts: readonly string[];
}

interface Parts {
  readonly effectiveOf: FindEffective;
  readonly securityOf: FindSecurity;
  readonly pools: PoolSet;
}

/** @param sharing All listeners of the port, this one too. */
export function buildConnections(
  listener: ListenerContext,
  sharing: readonly ListenerContext[],
  entries: readonly ConnectionEntry[],
  parts: Parts,
): Connections {
  const narrower = sharing.filter((one) => one !== listener && isNarrower(one, listener));
  const holders = new Map<string, RouteContext>();
  const routes: ConnectionRoute[] = [];
  for (const { route, rules, hosts } of entries) {
    const [rule] = rules;
    if (rule === undefined) continue;
    // Envoy Gateway: a TCPRoute or UDPRoute is alone on its listener.
    const alone = route.route.kind !== 'TLSRoute' ? [...holders.values()][0] : undefined;
    const own = hosts.filter((host) => !narrower.some((one) => servesName(one, host)));
    const free = alone === undefined ? own.filter((host) => !holders.has(host)) : [];
    const taken = alone ?? own.map((host) => holders.get(host)).find((holder) => holder !== undefined);
    if (taken !== undefined) parts.pools.tell(neverReached(route, own, free, taken));
    if (free.length === 0) continue;
    for (const host of free) holders.set(host, route);
    routes.push({
      ...routeOf(listener, route, rule, parts),
      serverNames: free.filter((host) => host !== ANY_HOST),
    });
  }
  return { kind: kindOf(listener), routes: [...routes, ...closed(listener, sharing, holders)] };
}

function kindOf({ spec, certificates }: ListenerContext): Connections['kind'] {
  if (spec.protocol === 'TCP') return 'tcp';
  if (spec.protocol === 'UDP') return 'udp';
  return certificates === undefined ? 'tls-passthrough' : 'tls-terminate';
}

function routeOf(
  listener: ListenerContext,
  route: RouteContext,
  rule: RuleContext,
  { effectiveOf, securityOf, pools }: Parts,
): Omit<ConnectionRoute, 'serverNames'> {
  const effective = effectiveOf(route, rule.name, listener);
  const { refusedBy, inForce } = effective;
  const { metadata, kind } = route.route;
  const { inForce: security, handling } = securityOf(route, rule.name, listener);
  const common = {
    name: `${kind.toLowerCase()}/${metadata.namespace}/${metadata.name}`,
    from: rule.from,
    policy: inForce,
    ...(security === undefined ? {} : { security }),
  };
  const nowhere = (because: string) => ({ ...common, to: NOWHERE, closed: because, hash: [] });
  const limit = limitOf(effective);
  // What a backend that is missing closes too is told all the same.
  if (limit !== undefined && effective.policy !== undefined)
    pools.tell(unlimited(route.route, effective.policy, limit));
  if (rule.respond !== undefined) return nowhere(rule.respond.because);
  const balancing = balancingOf(effective.balancing);
  const { to, split } = forwardTo(
    rule.pool ?? rule.id,
    rule.shares,
    balancing,
    rule.from,
    undefined,
    pools.adder(rule.id, listener.name, effective),
  );
  const unsplittable = kindOf(listener) === 'udp' ? severalPools(route, to, pools) : undefined;
  if (unsplittable !== undefined) return nowhere(unsplittable);
  if (split) for (const fault of fallbackFaults(route.route, rule.index, rule.shares)) pools.tell(fault);
  for (const found of withoutEffect(route.route, effective, listener, split)) pools.tell(found);
  if (kindOf(listener) === 'tls-passthrough')
    for (const share of rule.shares)
      if (share.destination.tls !== undefined) pools.tell(wrapped(route, share.index));
  if (limit !== undefined && effective.policy !== undefined)
    return nowhere(`${label(effective.policy)} limits requests (${limit}), which a connection has none of`);
  if (refusedBy !== undefined) {
    // The pools are kept, as those of requests are: when the policy is repaired, only this changes.
    return nowhere(`${label(refusedBy)} is invalid: ${refusalOf(refusedBy)}`);
  }
  const authorization = handling?.authorization;
  return {
    ...common,
    ...(authorization === undefined ? {} : { authorization }),
    to: (kindOf(listener) === 'udp' ? to.filter(({ pool }) => pool !== null) : to).map(
      ({ pool, weight }) => ({
        pool,
        weight,
      }),
    ),
    hash: hashOf(balancing.spec?.loadBalancer),
  };
}
/**
 * Envoy's UDP proxy draws no pool by weight: datagrams go to one. The share of a backend that is missing goes
 * to the others, as in Envoy Gateway.
 */
function severalPools(
  { route }: RouteContext,
  to: readonly { readonly pool: string | null }[],
  pools: PoolSet,
): string | undefined {
  if (to.filter(({ pool }) => pool !== null).length < 2) return undefined;
  pools.tell(
    about(
      route,
      ['spec', 'rules', 0, 'backendRefs'],
      'error',
      'value-not-supported',
      `The backends of ${label(route)} need a pool each: its datagrams are dropped.`,
      {
        rule: 'Envoy draws no pool for datagrams by weight: their backends are either all addresses, or one name.',
        hint: 'Give all backends as IP addresses, or put the names into one Backend.',
      },
    ),
  );
  return 'its backends need a pool each, which datagrams cannot be shared among';
}

const NOWHERE: ConnectionRoute['to'] = [{ pool: null, weight: 1 }];

/** As in Envoy Gateway. Gateway API has a BackendTLSPolicy for connections whose TLS ends before. */
function wrapped({ route }: RouteContext, index: number): Diagnostic {
  const { name } = route.spec.rules[0]!.backendRefs[index]!;
  return about(
    route,
    ['spec', 'rules', 0, 'backendRefs', index, 'name'],
    'warning',
    'tls-twice',
    `Connections to ${name} are TLS already, and are wrapped in TLS once more: the backend asks for it.`,
    {
      value: name,
      rule: 'With Passthrough a backend gets the TLS of the client.',
      hint: 'Leave out the BackendTLSPolicy or tls of the Backend, or let the listener end TLS (mode: Terminate).',
    },
  );
}

/**
 * What the listener is for and no route is: closed here, where a wider listener of the port would take it.
 * Envoy also wants a listener to say what becomes of its connections.
 */
function closed(
  { name, spec, owner, index }: ListenerContext,
  sharing: readonly ListenerContext[],
  holders: ReadonlyMap<string, RouteContext>,
): ConnectionRoute[] {
  const host = spec.hostname ?? ANY_HOST;
  const isOpen = sharing.length > 1 && host !== ANY_HOST && !holders.has(host);
  if (holders.size > 0 && !isOpen) return [];
  return [
    {
      name: `${name}/no-route`,
      serverNames: host === ANY_HOST ? [] : [host],
      to: NOWHERE,
      closed: 'no route of the listener is for it',
      hash: [],
      from: fromOf(owner, 'spec', 'listeners', index),
    },
  ];
}

function neverReached(
  { route }: RouteContext,
  hosts: readonly string[],
  free: readonly string[],
  { route: first }: RouteContext,
): Diagnostic {
  const lost = hosts.filter((host) => !free.includes(host) && host !== ANY_HOST);
  const where = lost.length === 0 ? '' : ` for ${lost.slice(0, 5).join(', ')}${lost.length > 5 ? ', …' : ''}`;
  const path = [
    'spec',
    ...(lost.length > 0 && route.spec.hostnames.length > 0 ? ['hostnames'] : ['rules', 0]),
  ];
  return about(
    route,
    path,
    'warning',
    'routes-overlap',
    `${label(first)} comes first${where}, so that this route ${free.length === 0 ? 'gets no connection' : 'does not get these connections'}.`,
    {
      rule: 'Of routes for one server name, and of TCPRoutes or UDPRoutes of one listener, the older wins, then the first by namespace and name.',
      hint: 'Give each its own listener or hostname, or make it one route with weights.',
      notes: [{ message: `${label(first)} comes first`, at: first.at('metadata', 'name') }],
    },
  );
}
