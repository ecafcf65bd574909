/**
 * Gateways and their listeners as things that routes attach to: bound ports, listeners that exclude each other, and the
 * Gateway that is assumed when the manifests have none (the documents' snippets name one that somebody else has made).
 */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { AnyRoute, Gateway, ListenerSpec, Model } from '../../model/resources.ts';
import { about, byAge, compareText, keyOf, label } from '../from.ts';
import { CONTROLLER_NAME, GATEWAY_GROUP, sentence } from '../status/conditions.ts';
import { ROUTE_KINDS, type RouteKind, routeKinds, unknownKind } from './route-kinds.ts';

export interface ListenerContext {
  readonly gateway: GatewayContext;
  readonly spec: ListenerSpec;
  /** `<namespace>/<gateway>/<listener>`. */
  readonly name: string;
  /** As bound: below 1024 becomes +10000, so that Envoy needs no privilege (as Envoy Gateway does). */
  readonly port: number;
  /** The kinds of routes that it lets in. */
  readonly kinds: readonly RouteKind[];
  /** Why nothing is served here. */
  readonly fault?: ListenerFault;
}
/** `conflict`: another listener has the same port and hostname. `kinds`: it asks for routes that do not exist. */
export interface ListenerFault {
  readonly kind: 'protocol' | 'kinds' | 'conflict';
  readonly message: string;
}
export interface GatewayContext {
  readonly resource: Gateway;
  /** `namespace/name`. */
  readonly key: string;
  readonly controllerName: string;
  readonly listeners: readonly ListenerContext[];
  readonly assumed: boolean;
}

export const boundPort = (port: number): number => (port < 1024 ? port + 10_000 : port);

/** All Gateways in order of precedence, with diagnostics about classes and listeners. `mayAssume`: there is none, not even a refused one. */
export function buildGateways(
  model: Model,
  mayAssume: boolean,
  diagnostics: Diagnostic[],
): readonly GatewayContext[] {
  if (model.gateways.length === 0) return mayAssume ? assumeGateway(model, diagnostics) : [];
  const classes = new Map(model.gatewayClasses.map((c) => [c.metadata.name, c.spec.controllerName]));
  const gateways = [...model.gateways].sort(byAge);
  const conflicts = findConflicts(gateways);
  return gateways.map((resource) => {
    const name = resource.spec.gatewayClassName;
    if (!classes.has(name)) {
      diagnostics.push(
        about(
          resource,
          ['spec', 'gatewayClassName'],
          'notice',
          'gateway-class-unknown',
          `GatewayClass ${name} is not in the input; the Gateway is served all the same.`,
          { value: name, hint: 'Envoy Gateway ignores a Gateway whose class does not exist.' },
        ),
      );
    }
    return contextOf(resource, classes.get(name) ?? CONTROLLER_NAME, false, (i) => {
      const spec = resource.spec.listeners[i]!;
      if (spec.protocol !== 'HTTP')
        return { kind: 'protocol', message: `Protocol ${spec.protocol} is unsupported, must be HTTP.` };
      const unknown = unknownKind(spec);
      if (unknown !== undefined) {
        const path = ['spec', 'listeners', i, 'allowedRoutes', 'kinds', unknown.index];
        diagnostics.push(
          about(resource, path, 'error', 'value-not-supported', sentence(unknown.message), {
            rule: `A listener of protocol HTTP takes routes of ${ROUTE_KINDS.join(' and ')} (${GATEWAY_GROUP}).`,
            hint: 'Without it, nothing is served on this listener.',
          }),
        );
        return { kind: 'kinds', message: unknown.message };
      }
      const conflict = conflicts.get(`${keyOf(resource)}#${i}`);
      if (conflict === undefined) return undefined;
      diagnostics.push(
        about(resource, ['spec', 'listeners', i], 'error', 'listener-conflict', `${conflict}.`, {
          value: spec.name,
          rule: 'A port and hostname belong to one listener; ports below 1024 are bound as port + 10000.',
          hint: 'Give each listener of a port its own hostname, or another port.',
        }),
      );
      return { kind: 'conflict', message: conflict };
    });
  });
}

function contextOf(
  resource: Gateway,
  controllerName: string,
  assumed: boolean,
  faultOf: (index: number) => ListenerFault | undefined,
): GatewayContext {
  const listeners: ListenerContext[] = [];
  const context: GatewayContext = { resource, key: keyOf(resource), controllerName, listeners, assumed };
  resource.spec.listeners.forEach((spec, i) => {
    listeners.push({
      gateway: context,
      spec,
      name: `${context.key}/${spec.name}`,
      port: boundPort(spec.port),
      kinds: routeKinds(spec),
      fault: faultOf(i),
    });
  });
  return context;
}

/**
 * Listeners that share bound port and hostname. Within a Gateway none of them wins (as Envoy Gateway has it); between
 * Gateways, which in a cluster have an Envoy each and here share one, the older Gateway does.
 */
function findConflicts(gateways: readonly Gateway[]): ReadonlyMap<string, string> {
  const taken = new Map<string, { id: string; name: string; gateway: Gateway }[]>();
  for (const gateway of gateways) {
    gateway.spec.listeners.forEach((listener, i) => {
      if (listener.protocol !== 'HTTP') return;
      const place = `${boundPort(listener.port)} ${listener.hostname ?? ''}`;
      const group = taken.get(place) ?? [];
      group.push({ id: `${keyOf(gateway)}#${i}`, name: listener.name, gateway });
      taken.set(place, group);
    });
  }
  const conflicts = new Map<string, string>();
  for (const group of taken.values()) {
    const first = group[0]!.gateway;
    const ofFirst = group.filter((l) => l.gateway === first);
    for (const listener of group) {
      const own = group.filter((l) => l.gateway === listener.gateway);
      if (listener.gateway === first && ofFirst.length === 1) continue;
      const names = (
        own.length > 1
          ? own.map((l) => l.name)
          : [...ofFirst, listener].map((l) => `${keyOf(l.gateway)}/${l.name}`)
      ).sort(compareText);
      conflicts.set(
        listener.id,
        `All listeners for a given port must use a unique hostname, conflicting listeners: ${names.join(', ')}`,
      );
    }
  }
  return conflicts;
}

/**
 * The Gateway of manifests without any: the one that most routes name, else `default/eg`, with one HTTP listener on port
 * 80 (or none at all when there is no route to serve).
 */
function assumeGateway(model: Model, diagnostics: Diagnostic[]): readonly GatewayContext[] {
  const routes: readonly AnyRoute[] = [...model.httpRoutes, ...model.grpcRoutes];
  const first = routes[0];
  if (first === undefined) return [];
  const votes = new Map<string, { count: number; namespace: string; name: string; section: string }>();
  for (const route of routes) {
    for (const ref of route.spec.parentRefs) {
      if (ref.kind !== 'Gateway') continue;
      const namespace = ref.namespace ?? route.metadata.namespace;
      const vote = votes.get(`${namespace}/${ref.name}`) ?? {
        count: 0,
        namespace,
        name: ref.name,
        section: ref.sectionName ?? 'http',
      };
      vote.count++;
      votes.set(`${namespace}/${ref.name}`, vote);
    }
  }
  const chosen = [...votes.values()].sort((a, b) => b.count - a.count)[0];
  const name = chosen?.name ?? 'eg';
  const namespace = chosen?.namespace ?? 'default';
  const listener: ListenerSpec = {
    name: chosen?.section ?? 'http',
    port: 80,
    protocol: 'HTTP',
    allowedRoutes: { namespaces: { from: 'All' } },
  };
  const resource: Gateway = {
    kind: 'Gateway',
    apiVersion: 'gateway.networking.k8s.io/v1',
    metadata: { name, namespace, labels: {}, annotations: {} },
    spec: { gatewayClassName: name, listeners: [listener] },
    at: first.at,
    order: -1,
  };
  diagnostics.push({
    code: 'gateway-assumed',
    severity: 'notice',
    message: `No Gateway is in the input: ${label(resource)} with HTTP listener ${listener.name} on port 80 (bound as 10080) is assumed.`,
    hint: 'Add a Gateway to choose its port and hostnames.',
  });
  return [contextOf(resource, CONTROLLER_NAME, true, () => undefined)];
}
