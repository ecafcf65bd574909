/**
 * What Istio does not know at all: Envoy Gateway's kinds, and fields of a policy that nothing stands for.
 * What protects there is an error, whatever the user said.
 */
import { resourceTitle } from '../../diagnostics/diagnostic.ts';
import type { AnyResource, Model, RouteFilter } from '../../model/resources.ts';
import { envoyProxies } from '../../plan/attach/envoy-proxies.ts';
import { fromOf, keyOf, label } from '../../plan/from.ts';
import { routesOf } from '../../plan/routes-of.ts';
import type { From, Plan, PolicyInForce } from '../../plan/types.ts';
import { allBut } from '../../schema/other-kinds.ts';
import { limits } from '../../schema/policy/backend-traffic-policy.ts';
import type { Fate } from '../exported.ts';
import { fate } from '../fates.ts';
import { gatewayOf } from '../portable.ts';

/** Istio's class of proxies inside a mesh. */
const WAYPOINT = 'istio-waypoint';

const AIMS = ['targetRef', 'targetRefs', 'targetSelectors', 'mergeType'];
/** Of a BackendTrafficPolicy: what becomes a patch. */
const TRANSLATED = [
  'loadBalancer',
  'retry',
  'timeout',
  'healthCheck',
  'circuitBreaker',
  'connection',
  'tcpKeepalive',
  'http2',
  'httpUpgrade',
  'useClientProtocol',
];
/** Of a ClientTrafficPolicy: what keeps nobody out. */
const HARMLESS = ['tcpKeepalive', 'http2', 'grpcWeb', 'healthCheckPath', 'matchBackendScheme'];

export function lossesOf(plan: Plan, model: Model): readonly Fate[] {
  return [
    ...policyFields(plan, model),
    ...securityPolicies(plan, model),
    ...clientPolicies(plan),
    ...proxies(plan, model),
    ...waypoints(plan, model),
    ...unknownObjects(plan, model),
  ];
}

/** With those that they are merged with; each once. */
function inForce(found: readonly (PolicyInForce | undefined)[]): readonly From[] {
  const all = found.flatMap((one) => [one, one?.mergedWith]).filter((one) => one !== undefined);
  return [...new Map(all.map((one) => [resourceTitle(one), one])).values()];
}

const connectionsOf = ({ listeners }: Plan) => listeners.flatMap((one) => one.connections?.routes ?? []);

function policyFields(plan: Plan, { policies }: Model): readonly Fate[] {
  const connections = connectionsOf(plan);
  const found = inForce([...routesOf(plan), ...connections].map(({ policy }) => policy));
  const byTitle = titled(policies);
  const hashing = connections.flatMap(({ policy, hash }) => (policy && hash.length > 0 ? [policy] : []));
  const hashed = new Set(hashing.map(resourceTitle));
  return found.flatMap((from) => {
    const policy = byTitle.get(resourceTitle(from));
    const fields = Object.keys(policy?.spec.raw ?? {}).filter((field) => !AIMS.includes(field));
    const others = fields.filter((field) => ![...TRANSLATED, ...limits].includes(field));
    const open = fields.filter((field) => limits.includes(field));
    return [
      fate(from, {
        // What becomes of its balancer is said of each pool.
        ours: fields
          .filter((field) => TRANSLATED.includes(field) && field !== 'loadBalancer')
          .map((field) => `${field} (Envoy)`),
        lost: [
          ...others.map((field) => `${field}, since nothing of Istio stands for it`),
          ...(hashed.has(resourceTitle(from))
            ? ['the key of whole connections; each goes to a random host']
            : []),
        ],
        open: open.map((field) => `${field}: its routes would be served without it`),
      }),
    ];
  });
}

function securityPolicies(plan: Plan, { securityPolicies: all }: Model): readonly Fate[] {
  const found = [...routesOf(plan), ...connectionsOf(plan)].map(({ security }) => security);
  const byTitle = titled(all);
  return inForce(found).map((from) => {
    const open = allBut('cors')(byTitle.get(resourceTitle(from))?.spec.raw ?? { all: true });
    return open === undefined
      ? fate(from, { lost: ['cors: browsers show no answers to pages of other origins'] })
      : fate(from, { open: [`the kind is unknown there: its routes would be ${open}`] });
  });
}

function clientPolicies({ listeners }: Plan): readonly Fate[] {
  const found = new Map(listeners.flatMap(({ clients }) => (clients ? [[clients.policy, clients]] : [])));
  return [...found].map(([policy, { settings }]) => {
    const fields = Object.entries(settings).flatMap(([name, value]) => (value === undefined ? [] : [name]));
    const open = fields.filter((name) => !HARMLESS.includes(name));
    return fate(policy, {
      lost: fields
        .filter((name) => HARMLESS.includes(name))
        .map((name) => `${name}: the kind is unknown there`),
      open: open.map((name) => `${name}: the kind is unknown there, and clients would be served without it`),
    });
  });
}

/** Istio reads no EnvoyProxy, and does not accept a Gateway that names one itself. */
function proxies(plan: Plan, model: Model): readonly Fate[] {
  const proxyOf = envoyProxies(model);
  return servedGateways(plan, model).flatMap((gateway) => {
    const { preservesOrder, backendTls } = proxyOf(gateway);
    const lost = [
      ...(gateway.spec.envoyProxy === undefined
        ? []
        : [`EnvoyProxy ${gateway.spec.envoyProxy}: the kind is unknown there, the Gateway is not accepted`]),
      ...(preservesOrder ? ['preserveRouteOrder: a request goes to the rule that asks for most'] : []),
    ];
    const open =
      backendTls === undefined
        ? []
        : ['backendTLS of its EnvoyProxy: backends would be called without what it asks for'];
    return lost.length + open.length === 0 ? [] : [fate(fromOf(gateway), { lost, open })];
  });
}

/** Patches are for gateways; Istio's proxies between the Services of a mesh are none. */
const waypoints = (plan: Plan, model: Model): readonly Fate[] =>
  servedGateways(plan, model)
    .filter(({ spec }) => spec.gatewayClassName === WAYPOINT)
    .map((one) =>
      fate(fromOf(one), { lost: ['all that is exported, since a waypoint takes no patch of gateways'] }),
    );

function servedGateways({ listeners }: Plan, { gateways }: Model): Model['gateways'] {
  const served = new Set(listeners.map(gatewayOf));
  return gateways.filter((one) => served.has(keyOf(one)));
}

/** A rule with such a thing is answered 500, or its route is refused: nothing is open, but nothing works. */
function unknownObjects(plan: Plan, model: Model): readonly Fate[] {
  const served = new Set([...routesOf(plan), ...plan.pools].map(({ from }) => resourceTitle(from)));
  const http = [...model.httpRoutes, ...model.grpcRoutes].flatMap((route) => {
    const from = fromOf(route);
    if (!served.has(resourceTitle(from))) return [];
    const lost = new Set<string>();
    for (const { filters, backendRefs, session } of route.spec.rules) {
      for (const one of [...filters, ...backendRefs.flatMap((ref) => ref.filters)]) {
        const text = unknownFilter(one);
        if (text !== undefined) lost.add(text);
      }
      for (const { kind, name } of backendRefs)
        if (kind !== 'Service')
          lost.add(`${kind} ${name}: the kind is unknown there, requests are answered 500`);
      if (session !== undefined) lost.add('sessionPersistence');
    }
    return lost.size === 0 ? [] : [fate(from, { lost: [...lost] })];
  });
  const udp = model.udpRoutes.map((route) =>
    fate(fromOf(route), { lost: ['its datagrams: the kind is unknown there'] }),
  );
  return [...http, ...udp];
}

const unknownFilter = (filter: RouteFilter): string | undefined =>
  filter.type === 'ExtensionRef'
    ? `filter ${filter.extensionRef.kind} ${filter.extensionRef.name}: the kind is unknown there, the route is refused`
    : undefined;

/** By the title that a `From` of it has. */
export const titled = <T extends AnyResource>(all: readonly T[]): ReadonlyMap<string, T> =>
  new Map(all.map((one) => [label(one), one]));
