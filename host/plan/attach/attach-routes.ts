/**
 * Which listeners each route attaches to: parentRefs resolved to Gateways or ListenerSets and their
 * listeners, and checked against what a listener allows (Gateway API, "Route attachment").
 */
import { weakMemo } from '../../basics/collections.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { GATEWAY_GROUP } from '../../model/groups.ts';
import type { AnyRoute, ListenerOwner, Model, ParentRef } from '../../model/resources.ts';
import { about, byAge, keyOf } from '../from.ts';
import type { Hint } from '../hints.ts';
import {
  type GatewayContext,
  type ListenerContext,
  ownerKey,
  type ParentContext,
  parentsIn,
} from './gateways.ts';
import { ANY_HOST, intersectHostnames } from './hostnames.ts';
import { namedBy, parentMessages } from './parent-messages.ts';
import { matchesLabels, namespaceLabels } from './selectors.ts';

export interface Parent {
  readonly ref: ParentRef;
  readonly gateway: GatewayContext;
  /** What it names: the Gateway itself, or one of its ListenerSets. */
  readonly owner: ListenerOwner;
  /** The listeners that let the route in, in the order in which they stand. */
  readonly listeners: readonly { readonly listener: ListenerContext; readonly hosts: readonly string[] }[];
  /** Why the route is not accepted here. */
  readonly refusal?: { readonly reason: string; readonly message: string };
}
export interface RouteContext {
  readonly route: AnyRoute;
  /** `Kind/namespace/name`. */
  readonly key: string;
  /** Only those that exist. */
  readonly parents: readonly Parent[];
}

/** HTTPRoutes, GRPCRoutes, TLSRoutes, TCPRoutes, UDPRoutes, each kind by age and name. */
export function attachRoutes(
  model: Model,
  gateways: readonly GatewayContext[],
  hint: Hint,
  diagnostics: Diagnostic[],
): readonly RouteContext[] {
  const parentOf = new Map(parentsIn(gateways).map((one) => [ownerKey(one.resource), one]));
  const tell = parentMessages(gateways, hint);
  const labelsOf = namespaceLabels(model.namespaces);
  const assumed = gateways.find((g) => g.assumed);
  return routesByAge(model).map((route) => {
    const parents: Parent[] = [];
    refsOf(route, assumed).forEach((ref, i) => {
      const path = ['spec', 'parentRefs', i];
      if (!isParentKind(ref)) {
        diagnostics.push(
          about(route, path, 'warning', 'parent-unsupported', `A parent of kind ${ref.kind} is ignored.`, {
            value: ref.kind,
            rule: `Routes attach to kind Gateway or ListenerSet of the group ${GATEWAY_GROUP}.`,
          }),
        );
        return;
      }
      const namespace = ref.namespace ?? route.metadata.namespace;
      const context = parentOf.get(`${ref.kind}/${namespace}/${ref.name}`);
      if (context === undefined) {
        diagnostics.push(tell.unknown(route, i, ref.kind, namespace));
        return;
      }
      const parent = attach(route, ref, context, labelsOf);
      if (parent.refusal !== undefined)
        diagnostics.push(tell.refused(route, path, parent.refusal, context, ref));
      parents.push(parent);
    });
    if (route.spec.parentRefs.length === 0 && assumed === undefined) {
      diagnostics.push(
        about(
          route,
          ['spec'],
          'warning',
          'parent-missing',
          'The route has no parentRefs, so no Gateway serves it.',
          {
            hint: `Add parentRefs: [{name: ${gateways[0]?.resource.metadata.name ?? 'eg'}}].`,
          },
        ),
      );
    }
    return { route, key: `${route.kind}/${keyOf(route)}`, parents };
  });
}

const routesByAge = (model: Model): readonly AnyRoute[] =>
  [model.httpRoutes, model.grpcRoutes, model.tlsRoutes, model.tcpRoutes, model.udpRoutes].flatMap((routes) =>
    [...(routes as readonly AnyRoute[])].sort(byAge),
  );

/** If the Gateway is assumed, a route without parentRefs belongs to it, too. */
function refsOf(route: AnyRoute, assumed: GatewayContext | undefined): readonly ParentRef[] {
  if (route.spec.parentRefs.length > 0 || assumed === undefined) return route.spec.parentRefs;
  const { name, namespace } = assumed.resource.metadata;
  return [{ group: GATEWAY_GROUP, kind: 'Gateway', namespace, name }];
}

/** A reference to a Gateway of another group was always read as one of ours. */
const isParentKind = ({ kind, group }: ParentRef): boolean =>
  kind === 'Gateway' || (kind === 'ListenerSet' && group === GATEWAY_GROUP);

function attach(
  route: AnyRoute,
  ref: ParentRef,
  context: ParentContext,
  labelsOf: (namespace: string) => Readonly<Record<string, string>>,
): Parent {
  const common = { ref, gateway: context.gateway, owner: context.resource };
  const refuse = (reason: string, message: string): Parent => ({
    ...common,
    listeners: [],
    refusal: { reason, message },
  });
  const named = namedBy(ref, context);
  if (named.length === 0) return refuse('NoMatchingParent', 'No listeners match this parent ref');
  const allowed = named.filter((listener) => allows(listener, route, labelsOf));
  if (allowed.length === 0) {
    return refuse(
      'NotAllowedByListeners',
      'No listeners included by this parent ref allowed this attachment.',
    );
  }
  const listeners = allowed
    .map((listener) => ({ listener, hosts: hostsOn(route, listener) }))
    .filter(({ hosts }) => hosts.length > 0);
  if (listeners.length === 0) {
    return refuse(
      'NoMatchingListenerHostname',
      `There were no hostname intersections between the ${route.kind === 'TLSRoute' ? 'TLSRoute' : 'HTTPRoute'} and this parent ref's Listener(s).`,
    );
  }
  return { ...common, listeners };
}

/** A hostname that equals another listener's hostname on the same port belongs to that listener. */
function hostsOn(route: AnyRoute, { spec, gateway }: ListenerContext): string[] {
  // They name no host: they take what comes.
  if (route.kind === 'TCPRoute' || route.kind === 'UDPRoute') return [spec.hostname ?? ANY_HOST];
  const taken = hostnamesOf(gateway).get(spec.port);
  return intersectHostnames(route.spec.hostnames, spec.hostname).filter(
    (host) => host === spec.hostname || taken?.has(host) !== true,
  );
}

/** By port. */
const hostnamesOf = weakMemo(({ listeners }: GatewayContext): ReadonlyMap<number, ReadonlySet<string>> => {
  const names = new Map<number, Set<string>>();
  for (const { spec, fault } of listeners) {
    if (spec.hostname === undefined || fault?.kind === 'conflict') continue;
    names.set(spec.port, (names.get(spec.port) ?? new Set()).add(spec.hostname));
  }
  return names;
});

function allows(
  { owner, spec, kinds }: ListenerContext,
  route: AnyRoute,
  labelsOf: (namespace: string) => Readonly<Record<string, string>>,
): boolean {
  const { namespaces } = spec.allowedRoutes ?? {};
  if (!kinds.includes(route.kind)) return false;
  switch (namespaces?.from ?? 'Same') {
    case 'All':
      return true;
    case 'None':
      return false;
    case 'Same':
      return route.metadata.namespace === owner.metadata.namespace;
    case 'Selector':
      return (
        namespaces?.selector !== undefined &&
        matchesLabels(namespaces.selector, labelsOf(route.metadata.namespace))
      );
  }
}

/** Two parentRefs may lead to one listener; the route is added once. */
export function routesByListener(
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
