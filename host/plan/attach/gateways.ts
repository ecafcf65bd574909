/**
 * Gateways and their listeners as things that routes attach to, those of ListenerSets among them: where they
 * are bound, and which serve nothing.
 */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { CONTROLLER_NAME, type RouteKind } from '../../model/groups.ts';
import type { Gateway, ListenerOwner, ListenerSet, ListenerSpec, Model } from '../../model/resources.ts';
import { about, byAge, keyOf } from '../from.ts';
import type { Condition } from '../status/conditions.ts';
import type { GatewayRefusal } from '../status/gateway-conditions.ts';
import type { ProofReader } from '../tls/client-proof.ts';
import type { CertificatesOf } from '../tls/listener-certificates.ts';
import { overlapConditions } from '../tls/overlaps.ts';
import type { ServerCertificate } from '../tls/server-certificate.ts';
import type { ClientProof } from '../types.ts';
import { assumeGateway } from './assumed.ts';
import type { ProxyOf } from './envoy-proxies.ts';
import { refusalOf } from './gateway-refusal.ts';
import { type Entry, findConflicts } from './listener-conflicts.ts';
import { faultOf, isServable, type ListenerFault } from './listener-faults.ts';
import { type AttachedSet, setsByGateway } from './listener-sets.ts';
import { routeKinds } from './route-kinds.ts';

export type { ListenerFault };

export interface ListenerContext {
  readonly gateway: GatewayContext;
  /** The Gateway or the ListenerSet that it stands in, and where. */
  readonly owner: ListenerOwner;
  readonly index: number;
  readonly spec: ListenerSpec;
  /** `<namespace>/<gateway>/<listener>`; of a set `<namespace>/<gateway>/<namespace>/<set>/<listener>`. */
  readonly name: string;
  /** As bound (see boundPort). */
  readonly port: number;
  /** The kinds of routes that it lets in. */
  readonly kinds: readonly RouteKind[];
  /** TLS ends here, with these; absent: in plain text, or at the backend (spec.tls.mode Passthrough). */
  readonly certificates?: readonly ServerCertificate[];
  /** What clients have to prove, by the Gateway. */
  readonly proof?: ClientProof;
  /** Conditions beside the usual ones: what is worth knowing of a listener that is served. */
  readonly remarks: readonly Condition[];
  /** Why nothing is served here. */
  readonly fault?: ListenerFault;
}
export interface SetContext {
  readonly resource: ListenerSet;
  readonly own: readonly ListenerContext[];
  /** It is not let in: it has no listeners. */
  readonly refusal?: GatewayRefusal;
}
export interface GatewayContext {
  readonly resource: Gateway;
  /** `namespace/name`. */
  readonly key: string;
  readonly controllerName: string;
  readonly own: readonly ListenerContext[];
  /** Its own, then those of its sets. */
  readonly listeners: readonly ListenerContext[];
  /** In order of precedence. */
  readonly sets: readonly SetContext[];
  readonly assumed: boolean;
  readonly refusal?: GatewayRefusal;
}

/** `Kind/namespace/name`, as scopes of policies and parents of routes are named. */
export const ownerKey = (owner: ListenerOwner): string => `${owner.kind}/${keyOf(owner)}`;

/** What routes and policies name: a Gateway, or a ListenerSet that one lets in. */
export interface ParentContext {
  readonly resource: ListenerOwner;
  readonly key: string;
  readonly gateway: GatewayContext;
  /** Of the Gateway itself, or of the set. */
  readonly listeners: readonly ListenerContext[];
}
export const parentsIn = (gateways: readonly GatewayContext[]): readonly ParentContext[] =>
  gateways.flatMap((gateway) =>
    [gateway, ...gateway.sets.filter(({ refusal }) => refusal === undefined)].map(({ resource, own }) => ({
      resource,
      key: keyOf(resource),
      gateway,
      listeners: own,
    })),
  );

/** Ports below 1024 are bound as port + 10000, so that Envoy needs no privilege (as Envoy Gateway does). */
export const boundPort = (port: number): number => (port < 1024 ? port + 10_000 : port);

interface GatewayOptions {
  /** There is none, not even a refused one. */
  readonly mayAssume: boolean;
  /** Ports below 1024 are bound as they stand. */
  readonly privilegedPorts: boolean;
  readonly certificatesOf: CertificatesOf;
  readonly proofOf: ProofReader['ofGateway'];
  readonly proxyOf: ProxyOf;
}

/** All Gateways in order of precedence, with diagnostics about classes, sets and listeners. */
export function buildGateways(
  model: Model,
  { mayAssume, privilegedPorts, certificatesOf, proofOf, proxyOf }: GatewayOptions,
  diagnostics: Diagnostic[],
): readonly GatewayContext[] {
  const bound = privilegedPorts ? (port: number) => port : boundPort;
  if (model.gateways.length === 0) {
    setsByGateway(model, new Map(), diagnostics);
    const assumed = mayAssume ? assumeGateway(model, bound, diagnostics) : undefined;
    if (assumed === undefined) return [];
    const alone = { controllerName: CONTROLLER_NAME, assumed: true, sets: [] };
    return [contextOf(assumed, alone, entriesOf(assumed, []), bound, () => ({}))];
  }
  const gateways = [...model.gateways].sort(byAge);
  const refusals = new Map(
    gateways.flatMap((gateway) => {
      const refusal = refusalOf(gateway, proxyOf, diagnostics);
      return refusal === undefined ? [] : [[gateway, refusal] as const];
    }),
  );
  const sets = setsByGateway(model, refusals, diagnostics);
  const setsOf = (gateway: Gateway): readonly AttachedSet[] => sets.get(keyOf(gateway)) ?? [];
  const entries = new Map(
    gateways.map((gateway) => [gateway, entriesOf(gateway, setsOf(gateway), certificatesOf)]),
  );
  const conflicts = findConflicts([...entries.values()].flat().filter(isServable), bound);
  const circumstances = { refusals, conflicts, proofOf, privilegedPorts, alone: gateways.length === 1 };
  const controllerOf = controllers(model, diagnostics);
  return gateways.map((gateway) => {
    const refusal = refusals.get(gateway);
    return contextOf(
      gateway,
      {
        controllerName: controllerOf(gateway),
        assumed: false,
        sets: setsOf(gateway),
        ...(refusal === undefined ? {} : { refusal }),
      },
      entries.get(gateway)!,
      bound,
      (entry) => {
        const fault = faultOf(entry, circumstances, diagnostics);
        const isSecure = entry.spec.protocol === 'HTTPS';
        const proof = isSecure ? proofOf(gateway, entry.spec.port)?.proof : undefined;
        return { ...(fault === undefined ? {} : { fault }), ...(proof === undefined ? {} : { proof }) };
      },
    );
  });
}

/** The Gateway's own listeners, then those of the sets that it lets in. */
function entriesOf(
  gateway: Gateway,
  sets: readonly AttachedSet[],
  certificatesOf?: CertificatesOf,
): readonly Entry[] {
  const owners = [gateway, ...sets.flatMap(({ resource, refusal }) => (refusal ? [] : [resource]))];
  return owners.flatMap((owner) =>
    owner.spec.listeners.map((spec, index): Entry => {
      const { protocol, tls } = spec;
      const ends = protocol === 'HTTPS' || (protocol === 'TLS' && tls?.mode !== 'Passthrough');
      const certificates = ends ? certificatesOf?.(owner, index) : undefined;
      return { gateway, owner, index, spec, ...(certificates === undefined ? {} : { certificates }) };
    }),
  );
}

/**
 * Off Kubernetes a class has no meaning; where some are in the input, a missing one is most likely a slip.
 */
function controllers(model: Model, diagnostics: Diagnostic[]): (gateway: Gateway) => string {
  const classes = new Map(model.gatewayClasses.map((c) => [c.metadata.name, c.spec.controllerName]));
  return (gateway) => {
    const name = gateway.spec.gatewayClassName;
    if (classes.size > 0 && !classes.has(name)) {
      const message = `GatewayClass ${name} is not in the input; the Gateway is served all the same.`;
      diagnostics.push(
        about(gateway, ['spec', 'gatewayClassName'], 'notice', 'gateway-class-unknown', message, {
          value: name,
          hint: 'Envoy Gateway ignores a Gateway whose class does not exist.',
          missing: { kind: 'GatewayClass', namespace: '', name },
        }),
      );
    }
    return classes.get(name) ?? CONTROLLER_NAME;
  };
}

function contextOf(
  resource: Gateway,
  {
    sets,
    ...rest
  }: Pick<GatewayContext, 'controllerName' | 'assumed' | 'refusal'> & {
    readonly sets: readonly AttachedSet[];
  },
  entries: readonly Entry[],
  bound: (port: number) => number,
  judge: (entry: Entry) => Pick<ListenerContext, 'fault' | 'proof'>,
): GatewayContext {
  const listeners: ListenerContext[] = [];
  const own = new Map<ListenerOwner, ListenerContext[]>(
    [resource, ...sets.map((set) => set.resource)].map((owner) => [owner, []]),
  );
  const context: GatewayContext = {
    resource,
    key: keyOf(resource),
    listeners,
    own: own.get(resource)!,
    sets: sets.map((set) => ({ ...set, own: own.get(set.resource)! })),
    ...rest,
  };
  const judged = entries.map((entry) => ({ entry, ...judge(entry) }));
  const overlaps = overlapConditions(
    judged.flatMap(({ entry: { spec, certificates }, fault }) =>
      fault === undefined && certificates !== undefined && spec.protocol === 'HTTPS'
        ? [{ spec, certificates: certificates.certificates }]
        : [],
    ),
  );
  for (const { entry, ...verdict } of judged) {
    const { owner, index, spec, certificates } = entry;
    const unresolved = certificates?.unresolved;
    const listener: ListenerContext = {
      gateway: context,
      owner,
      index,
      spec,
      name: [context.key, ...(owner === resource ? [] : [keyOf(owner)]), spec.name].join('/'),
      port: bound(spec.port),
      kinds: routeKinds(spec),
      ...(certificates === undefined ? {} : { certificates: certificates.certificates }),
      remarks: [
        ...(unresolved === undefined
          ? []
          : [{ type: 'ResolvedRefs', status: 'False' as const, ...unresolved }]),
        ...(overlaps.get(spec) ?? []),
      ],
      ...verdict,
    };
    listeners.push(listener);
    own.get(owner)!.push(listener);
  }
  return context;
}
