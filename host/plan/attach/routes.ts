/**
 * Which listeners each route attaches to: parentRefs resolved to Gateways and listeners, and checked against
 * what a listener allows (Gateway API, "Route attachment").
 */

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { GATEWAY_GROUP, SERVED_PROTOCOLS } from '../../model/groups.ts';
import type { AnyRoute, Model, ParentRef } from '../../model/resources.ts';
import { about, byAge, keyOf, label } from '../from.ts';
import type { Hint } from '../hints.ts';
import { sentence } from '../status/conditions.ts';
import type { GatewayContext, ListenerContext } from './gateways.ts';
import { ANY_HOST, intersectHostnames } from './hostnames.ts';
import { matchesLabels, namespaceLabels } from './selectors.ts';

export interface Parent {
  readonly ref: ParentRef;
  readonly gateway: GatewayContext;
  /** The listeners that let the route in, in their Gateway's order. */
  readonly listeners: readonly { readonly listener: ListenerContext; readonly hosts: readonly string[] }[];
  /** Why the route is not accepted here. */
  readonly refusal?: { readonly reason: string; readonly message: string };
}
export interface RouteContext {
  readonly route: AnyRoute;
  /** `Kind/namespace/name`. */
  readonly key: string;
  /** Only those whose Gateway exists. */
  readonly parents: readonly Parent[];
}

/** HTTPRoutes, GRPCRoutes, TLSRoutes, TCPRoutes, each kind by age and name. */
export function attachRoutes(
  model: Model,
  gateways: readonly GatewayContext[],
  hint: Hint,
  diagnostics: Diagnostic[],
): readonly RouteContext[] {
  const byKey = new Map(gateways.map((g) => [g.key, g]));
  const labelsOf = namespaceLabels(model.namespaces);
  const assumed = gateways.find((g) => g.assumed);
  return routesByAge(model).map((route) => {
    const parents: Parent[] = [];
    refsOf(route, assumed).forEach((ref, i) => {
      const path = ['spec', 'parentRefs', i];
      if (ref.kind !== 'Gateway') {
        diagnostics.push(
          about(route, path, 'warning', 'parent-unsupported', `A parent of kind ${ref.kind} is ignored.`, {
            value: ref.kind,
            rule: 'Routes attach to kind Gateway.',
          }),
        );
        return;
      }
      const namespace = ref.namespace ?? route.metadata.namespace;
      const gateway = byKey.get(`${namespace}/${ref.name}`);
      if (gateway === undefined) {
        diagnostics.push(unknownParent(route, i, namespace, ref.name, byKey, hint));
        return;
      }
      const parent = attach(route, ref, gateway, labelsOf);
      if (parent.refusal !== undefined) {
        diagnostics.push(
          about(
            route,
            [...path, wrongField(parent.refusal.reason, ref, gateway)],
            'error',
            'parent-refused',
            `Not accepted by ${label(gateway.resource)}: ${sentence(parent.refusal.message)}`,
            {
              value: ref[wrongField(parent.refusal.reason, ref, gateway)],
              hint: hintFor(route, parent.refusal.reason, ref, gateway, hint),
            },
          ),
        );
      }
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
  [model.httpRoutes, model.grpcRoutes, model.tlsRoutes, model.tcpRoutes].flatMap((routes) =>
    [...(routes as readonly AnyRoute[])].sort(byAge),
  );

/** If the Gateway is assumed, a route without parentRefs belongs to it, too. */
function refsOf(route: AnyRoute, assumed: GatewayContext | undefined): readonly ParentRef[] {
  if (route.spec.parentRefs.length > 0 || assumed === undefined) return route.spec.parentRefs;
  const { name, namespace } = assumed.resource.metadata;
  return [{ group: GATEWAY_GROUP, kind: 'Gateway', namespace, name }];
}

function attach(
  route: AnyRoute,
  ref: ParentRef,
  gateway: GatewayContext,
  labelsOf: (namespace: string) => Readonly<Record<string, string>>,
): Parent {
  const refuse = (reason: string, message: string): Parent => ({
    ref,
    gateway,
    listeners: [],
    refusal: { reason, message },
  });
  const named = namedBy(ref, gateway);
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
  return { ref, gateway, listeners };
}

const namedBy = (ref: ParentRef, { listeners }: GatewayContext): readonly ListenerContext[] =>
  listeners.filter(
    ({ spec }) =>
      (ref.sectionName === undefined || ref.sectionName === spec.name) &&
      (ref.port === undefined || ref.port === spec.port),
  );

/** A hostname that equals another listener's hostname on the same port belongs to that listener. */
function hostsOn(route: AnyRoute, listener: ListenerContext): string[] {
  // A TCPRoute names no host: it takes what comes.
  if (route.kind === 'TCPRoute') return [listener.spec.hostname ?? ANY_HOST];
  const others = new Set<string>();
  for (const other of listener.gateway.listeners) {
    if (other !== listener && other.spec.port === listener.spec.port && other.spec.hostname !== undefined)
      others.add(other.spec.hostname);
  }
  const hosts = intersectHostnames(route.spec.hostnames, listener.spec.hostname);
  return others.size === 0 ? hosts : hosts.filter((host) => !others.has(host));
}

function allows(
  { gateway, spec, kinds }: ListenerContext,
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
      return route.metadata.namespace === gateway.resource.metadata.namespace;
    case 'Selector':
      return (
        namespaces?.selector !== undefined &&
        matchesLabels(namespaces.selector, labelsOf(route.metadata.namespace))
      );
  }
}

function unknownParent(
  route: AnyRoute,
  index: number,
  namespace: string,
  name: string,
  known: ReadonlyMap<string, GatewayContext>,
  hint: Hint,
): Diagnostic {
  const all = [...known.keys()];
  const key = `${namespace}/${name}`;
  const elsewhere = [...known.values()].find(({ resource }) => resource.metadata.name === name);
  return about(
    route,
    ['spec', 'parentRefs', index, 'name'],
    'warning',
    'parent-unknown',
    `Gateway ${key} does not exist in the input, so the route is not served there.`,
    {
      value: name,
      hint:
        elsewhere !== undefined
          ? `Gateway ${elsewhere.key} exists: set the parentRef's namespace to ${elsewhere.resource.metadata.namespace}.`
          : hint(
              key,
              () => all,
              all.length === 1
                ? `The only Gateway is ${all[0]}.`
                : 'Add that Gateway, or name one that exists.',
            ),
      missing: { kind: 'Gateway', namespace, name },
    },
  );
}

/** The named listener has another protocol, or all listeners have. */
function notServed({ sectionName, port }: ParentRef, { key, listeners }: GatewayContext): string | undefined {
  if (listeners.every(({ fault }) => fault?.kind === 'protocol'))
    return `No listener of ${key} has a protocol that Loadstar translates (${SERVED_PROTOCOLS.join(', ')}): add one.`;
  const meant = listeners.find(({ spec }) => spec.name === sectionName || spec.port === port);
  if (meant?.fault?.kind !== 'protocol') return undefined;
  return `The listener ${meant.spec.name} has the protocol ${meant.spec.protocol}, which Loadstar does not translate.`;
}

/**
 * The field that keeps a reference from a listener: the port where the section is right, or where there is
 * none.
 */
function wrongField(
  reason: string,
  ref: ParentRef,
  { listeners }: GatewayContext,
): 'name' | 'sectionName' | 'port' {
  const known = ref.sectionName === undefined || listeners.some(({ spec }) => spec.name === ref.sectionName);
  if (reason === 'NoMatchingParent' && ref.port !== undefined && known) return 'port';
  return ref.sectionName === undefined ? 'name' : 'sectionName';
}

/** What the listeners take instead. */
const kindsOf = (listeners: readonly ListenerContext[]): string =>
  listeners
    .map(
      ({ spec, kinds }) =>
        `The listener ${spec.name} (${spec.protocol}) takes ${kinds.length === 0 ? 'no route' : kinds.join(' and ')}.`,
    )
    .join(' ');

/** Of the listeners that the route asks for. */
const hostnamesOf = (listeners: readonly ListenerContext[]): string =>
  listeners
    .map(({ spec }) => `The listener ${spec.name} is for ${spec.hostname ?? 'any host name'}.`)
    .join(' ');

function hintFor(
  route: AnyRoute,
  reason: string,
  ref: ParentRef,
  gateway: GatewayContext,
  hint: Hint,
): string {
  const notHttp = reason === 'NoMatchingListenerHostname' ? undefined : notServed(ref, gateway);
  if (notHttp !== undefined) return notHttp;
  const named = namedBy(ref, gateway);
  const names = gateway.listeners.filter((l) => l.fault?.kind !== 'protocol').map((l) => l.spec.name);
  switch (reason) {
    case 'NoMatchingParent':
      if (wrongField(reason, ref, gateway) === 'port') return portsOf(ref, gateway);
      return hint(
        ref.sectionName ?? '',
        () => names,
        `Listeners of ${gateway.key}: ${names.join(', ')}${ref.port === undefined ? '' : ` (port ${ref.port} asked for)`}.`,
      );
    case 'NotAllowedByListeners':
      if (named.length > 0 && named.every(({ kinds }) => !kinds.includes(route.kind))) return kindsOf(named);
      return 'See allowedRoutes of the listener: by default only routes of the Gateway’s own namespace are let in.';
    default:
      return hostnamesOf(named);
  }
}

function portsOf({ sectionName }: ParentRef, { key, listeners }: GatewayContext): string {
  const meant = listeners.find(({ spec }) => spec.name === sectionName);
  if (meant !== undefined) return `The listener ${meant.spec.name} of ${key} has port ${meant.spec.port}.`;
  return `Ports of ${key}: ${listeners.map(({ spec }) => `${spec.port} (${spec.name})`).join(', ')}.`;
}
