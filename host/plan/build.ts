/**
 * Model → Plan, status and diagnostics: the one entry of this stage. Pure, and linear in the number of routes
 * and policies: every look-up is by name.
 */

import { groupBy } from '../basics/collections.ts';
import { compareText } from '../basics/text.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { indexModel } from '../model/index.ts';
import type { MergeSpecs, Model } from '../model/resources.ts';
import { buildGateways, type GatewayContext, type ListenerContext } from './attach/gateways.ts';
import { indexGrants } from './attach/grants.ts';
import { hostnameRank } from './attach/hostnames.ts';
import { addressesOf, addressKey, EVERYWHERE } from './attach/listener-conflicts.ts';
import { attachRoutes, type RouteContext } from './attach/routes.ts';
import { fromOf } from './from.ts';
import { hints } from './hints.ts';
import { claimTargets } from './policies/claims.ts';
import { effectiveFinder, mergeOnce } from './policies/effective-policy.ts';
import { policyStatuses } from './policies/policy-status.ts';
import { closing } from './policies/protections.ts';
import { targetResolver } from './policies/targets.ts';
import { advise } from './pools/advice.ts';
import { backendExplainer } from './pools/backend-hints.ts';
import { backendFinder } from './pools/backends.ts';
import { PoolSet } from './pools/pool-set.ts';
import { findOverlaps } from './routes/overlaps.ts';
import { type RuleSet, readRules } from './routes/rules.ts';
import { buildVirtualHosts, entriesOf } from './routes/virtual-hosts.ts';
import type { ResourceStatus } from './status/conditions.ts';
import { gatewayStatus, routeStatus } from './status/resource-status.ts';
import type { Listener, Plan, VirtualHost } from './types.ts';

export interface BuiltPlan {
  readonly plan: Plan;
  /** Gateways, routes, policies; each sorted by namespace and name. */
  readonly status: readonly ResourceStatus[];
  readonly diagnostics: readonly Diagnostic[];
}

interface PlanOptions {
  /** The schema's: policies with a mergeType are merged as they are written. */
  readonly mergeSpecs: MergeSpecs;
  /** The input has a Gateway that was refused, so none is assumed in its place. */
  readonly gatewayRefused?: boolean;
  /** Ports below 1024 are bound as they stand, not as port + 10000. */
  readonly privilegedPorts?: boolean;
}

/** Never throws for what a user wrote. */
export function buildPlan(
  model: Model,
  { mergeSpecs, gatewayRefused = false, privilegedPorts = false }: PlanOptions,
): BuiltPlan {
  const diagnostics: Diagnostic[] = [];
  const index = indexModel(model);
  const permits = indexGrants(model.referenceGrants);
  const hint = hints();

  const gateways = buildGateways(model, { mayAssume: !gatewayRefused, privilegedPorts }, diagnostics);
  const routes = attachRoutes(model, gateways, hint, diagnostics);
  const merge = mergeOnce(mergeSpecs);
  const candidates = [...gateways.map((g) => g.resource), ...routes.map((r) => r.route)];
  const targets = targetResolver(candidates, model.namespaces, permits, diagnostics);
  const { claims, attachments } = claimTargets(model.policies, targets, sectionsIn(gateways, routes));
  const { policies } = model;
  const policyStatus = policyStatuses(
    { policies, claims, attachments, routes, gateways, merge },
    hint,
    diagnostics,
  );

  const closed = closing(model, index, gateways, routes, permits, diagnostics);
  const findBackend = backendFinder(index, permits);
  const explain = backendExplainer(model, index, hint);
  const rules = new Map<RouteContext, RuleSet>(
    routes.map((r) => [r, readRules(r.route, findBackend, explain, diagnostics)]),
  );

  const pools = new PoolSet(diagnostics);
  const effectiveOf = effectiveFinder(claims, merge);
  const served = routesByListener(routes);
  const overlaps = new Map<ListenerContext, ReturnType<typeof findOverlaps>>();
  const told = new Set<string>();
  const hostsOf = (listener: ListenerContext): VirtualHost[] => {
    const entries = entriesOf(
      [...(served.get(listener) ?? [])].map(([route, hosts]) => ({
        route,
        rules: closed(listener, route, rules.get(route)!.rules),
        hosts,
      })),
    );
    overlaps.set(listener, findOverlaps(entries, told, diagnostics));
    return buildVirtualHosts(listener, entries, effectiveOf, pools);
  };
  const listeners = bindPorts(gateways, hostsOf);
  advise(pools.list(), diagnostics);

  const attached = new Map([...served].map(([listener, map]) => [listener, map.size]));
  const status: ResourceStatus[] = [
    ...gateways.filter((g) => !g.assumed).map((g) => gatewayStatus(g, attached)),
    ...routes.map((r) => routeStatus(r, rules.get(r)!, overlaps)),
    ...policyStatus,
  ];
  return { plan: { listeners, pools: pools.list() }, status: status.sort(byName), diagnostics };
}

/** Listeners of Gateways and named rules of routes, by `Kind/namespace/name`. */
function sectionsIn(
  gateways: readonly GatewayContext[],
  routes: readonly RouteContext[],
): (resource: string) => readonly string[] | undefined {
  const sections = new Map<string, readonly string[]>();
  for (const { key, listeners } of gateways)
    sections.set(
      `Gateway/${key}`,
      listeners.map(({ spec }) => spec.name),
    );
  for (const { key, route } of routes)
    sections.set(
      key,
      route.spec.rules.flatMap(({ name }) => name ?? []),
    );
  return (resource) => sections.get(resource);
}

const KIND_ORDER = { Gateway: 0, HTTPRoute: 1, GRPCRoute: 2, BackendTrafficPolicy: 3 } as const;
const byName = (a: ResourceStatus, b: ResourceStatus): number =>
  KIND_ORDER[a.kind] - KIND_ORDER[b.kind] ||
  compareText(a.namespace, b.namespace) ||
  compareText(a.name, b.name);

/** Two parentRefs may lead to one listener; the route is added once. */
function routesByListener(
  routes: readonly RouteContext[],
): ReadonlyMap<ListenerContext, ReadonlyMap<RouteContext, readonly string[]>> {
  const served = new Map<ListenerContext, Map<RouteContext, readonly string[]>>();
  for (const route of routes) {
    for (const { listeners } of route.parents) {
      for (const { listener, hosts } of listeners) {
        const on = served.get(listener) ?? new Map<RouteContext, readonly string[]>();
        on.set(route, hosts);
        served.set(listener, on);
      }
    }
  }
  return served;
}

/**
 * Listeners that share a port and their addresses are one socket each, told apart by hostname; of two with
 * one hostname the narrower has it.
 */
function bindPorts(
  gateways: readonly GatewayContext[],
  hostsOf: (listener: ListenerContext) => readonly VirtualHost[],
): Listener[] {
  const serving = gateways.flatMap((g) => g.listeners).filter(({ fault }) => fault === undefined);
  const places = groupBy(serving, ({ port, gateway }) => `${port} ${addressKey(gateway.resource)}`);
  return [...places.values()].map((sharing) => {
    const first = sharing[0]!;
    const [address = EVERYWHERE, ...moreAddresses] = addressesOf(first.gateway.resource);
    const owner = new Map<string, ListenerContext>();
    const all = sharing.map((listener) => ({ listener, hosts: hostsOf(listener) }));
    for (const { listener, hosts } of all) {
      for (const domain of hosts.flatMap((h) => h.domains)) {
        const other = owner.get(domain);
        if (other === undefined || hostnameRank(listener.spec.hostname) > hostnameRank(other.spec.hostname))
          owner.set(domain, listener);
      }
    }
    const { resource } = first.gateway;
    return {
      name: first.name,
      address,
      ...(moreAddresses.length === 0 ? {} : { moreAddresses }),
      port: first.port,
      ...(first.port === first.spec.port ? {} : { declaredPort: first.spec.port }),
      virtualHosts: all.flatMap(({ listener, hosts }) =>
        hosts.filter((h) => h.domains.every((d) => owner.get(d) === listener)),
      ),
      from: first.gateway.assumed
        ? { kind: 'Gateway', namespace: resource.metadata.namespace, name: resource.metadata.name }
        : fromOf(resource, 'spec', 'listeners', resource.spec.listeners.indexOf(first.spec)),
    };
  });
}
