/**
 * Gateways and their listeners as things that routes attach to: where they are bound, and which serve
 * nothing.
 */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import {
  CONTROLLER_NAME,
  GATEWAY_GROUP,
  isServedProtocol,
  type RouteKind,
  SERVED_PROTOCOLS,
} from '../../model/groups.ts';
import type { Gateway, ListenerSpec, Model } from '../../model/resources.ts';
import { about, byAge, keyOf } from '../from.ts';
import { type Condition, sentence } from '../status/conditions.ts';
import type { GatewayRefusal } from '../status/gateway-conditions.ts';
import { warnOfName } from '../tls/certificate-advice.ts';
import type { ProofFault, ProofReader } from '../tls/client-proof.ts';
import type { CertificatesOf, ListenerCertificates } from '../tls/listener-certificates.ts';
import { overlapConditions } from '../tls/overlaps.ts';
import type { ServerCertificate } from '../tls/server-certificate.ts';
import type { ClientProof } from '../types.ts';
import { assumeGateway } from './assumed.ts';
import { refusalOf } from './gateway-refusal.ts';
import { findConflicts } from './listener-conflicts.ts';
import { possibleKinds, routeKinds, unknownKind } from './route-kinds.ts';

export interface ListenerContext {
  readonly gateway: GatewayContext;
  readonly spec: ListenerSpec;
  /** `<namespace>/<gateway>/<listener>`. */
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
/**
 * `conflict`: another listener has the same port and hostname, or another protocol there. `kinds`: it asks
 * for routes that do not exist. `gateway`: nothing of its Gateway is served. `certificates`: none of those
 * that it refers to can be served. `client-certificates`: those of clients cannot be verified. `tls`: it
 * refers to none.
 */
export interface ListenerFault {
  readonly kind:
    | 'gateway'
    | 'protocol'
    | 'kinds'
    | 'conflict'
    | 'certificates'
    | 'client-certificates'
    | 'tls';
  /** Of the condition, where the kind does not say it. */
  readonly reason?: string;
  readonly message: string;
}
export interface GatewayContext {
  readonly resource: Gateway;
  /** `namespace/name`. */
  readonly key: string;
  readonly controllerName: string;
  readonly listeners: readonly ListenerContext[];
  readonly assumed: boolean;
  readonly refusal?: GatewayRefusal;
}

/** Ports below 1024 are bound as port + 10000, so that Envoy needs no privilege (as Envoy Gateway does). */
export const boundPort = (port: number): number => (port < 1024 ? port + 10_000 : port);

interface GatewayOptions {
  /** There is none, not even a refused one. */
  readonly mayAssume: boolean;
  /** Ports below 1024 are bound as they stand. */
  readonly privilegedPorts: boolean;
  readonly certificatesOf: CertificatesOf;
  readonly proofOf: ProofReader['ofGateway'];
}

/** All Gateways in order of precedence, with diagnostics about classes and listeners. */
export function buildGateways(
  model: Model,
  { mayAssume, privilegedPorts, certificatesOf, proofOf }: GatewayOptions,
  diagnostics: Diagnostic[],
): readonly GatewayContext[] {
  const bound = privilegedPorts ? (port: number) => port : boundPort;
  if (model.gateways.length === 0) {
    const assumed = mayAssume ? assumeGateway(model, bound, diagnostics) : undefined;
    return assumed === undefined
      ? []
      : [contextOf(assumed, { controllerName: CONTROLLER_NAME, assumed: true, bound }, () => undefined)];
  }
  const classes = new Map(model.gatewayClasses.map((c) => [c.metadata.name, c.spec.controllerName]));
  const gateways = [...model.gateways].sort(byAge);
  const certificates = new Map<string, ListenerCertificates>();
  for (const gateway of gateways) {
    gateway.spec.listeners.forEach(({ protocol, tls }, i) => {
      if (protocol === 'HTTPS' || (protocol === 'TLS' && tls?.mode !== 'Passthrough'))
        certificates.set(`${keyOf(gateway)}#${i}`, certificatesOf(gateway, i));
    });
  }
  const conflicts = findConflicts(gateways, bound, (gateway, i) => {
    const spec = gateway.spec.listeners[i]!;
    const own = certificates.get(`${keyOf(gateway)}#${i}`);
    return isServedProtocol(spec.protocol) && own?.certificates.length !== 0 && !hasNeedless(spec);
  });
  return gateways.map((resource) => {
    const name = resource.spec.gatewayClassName;
    // Off Kubernetes a class has no meaning; where some are in the input, a missing one is most likely a
    // slip.
    if (classes.size > 0 && !classes.has(name)) {
      diagnostics.push(
        about(
          resource,
          ['spec', 'gatewayClassName'],
          'notice',
          'gateway-class-unknown',
          `GatewayClass ${name} is not in the input; the Gateway is served all the same.`,
          {
            value: name,
            hint: 'Envoy Gateway ignores a Gateway whose class does not exist.',
            missing: { kind: 'GatewayClass', namespace: '', name },
          },
        ),
      );
    }
    const controllerName = classes.get(name) ?? CONTROLLER_NAME;
    const refusal = refusalOf(resource, diagnostics);
    const faultOf = (i: number): ListenerFault | undefined => {
      if (refusal !== undefined) return { kind: 'gateway', message: refusal.message };
      const spec = resource.spec.listeners[i]!;
      if (!isServedProtocol(spec.protocol))
        return {
          kind: 'protocol',
          message: `Protocol ${spec.protocol} is unsupported, must be ${SERVED_PROTOCOLS.slice(0, -1).join(', ')} or ${SERVED_PROTOCOLS.at(-1)}.`,
        };
      const own = certificates.get(`${keyOf(resource)}#${i}`);
      if (own?.certificates.length === 0) return certificateFault(own);
      const proof = spec.protocol === 'HTTPS' ? proofOf(resource, spec.port) : undefined;
      if (proof?.fault !== undefined) return proofFault(proof.fault);
      if (hasNeedless(spec)) {
        diagnostics.push(needlessCertificates(resource, i));
        const message = 'Listener must not have TLS certificate refs set for TLS mode Passthrough.';
        return { kind: 'tls', message };
      }
      const unknown = unknownKind(spec);
      if (unknown !== undefined) {
        const path = ['spec', 'listeners', i, 'allowedRoutes', 'kinds', unknown.index];
        diagnostics.push(
          about(resource, path, 'error', 'value-not-supported', sentence(unknown.message), {
            rule: `A listener of protocol ${spec.protocol}${spec.protocol === 'TLS' ? ` and mode ${spec.tls?.mode}` : ''} takes routes of ${possibleKinds(spec).join(' and ')} (${GATEWAY_GROUP}).`,
            hint: 'Without it, nothing is served on this listener.',
          }),
        );
        return { kind: 'kinds', message: unknown.message };
      }
      const conflict = conflicts.get(`${keyOf(resource)}#${i}`);
      if (conflict === undefined) {
        warnOfName(resource, i, own?.certificates ?? [], diagnostics);
        return undefined;
      }
      diagnostics.push(
        about(resource, ['spec', 'listeners', i], 'error', 'listener-conflict', `${conflict.message}.`, {
          value: spec.name,
          rule: `Gateways share one Envoy: a port and hostname of an address belong to one listener${privilegedPorts ? '' : '; ports below 1024 are bound as port + 10000'}.`,
          hint:
            gateways.length === 1
              ? 'Give each listener of a port its own hostname, or another port.'
              : `Choose one Gateway with --gateway ${keyOf(resource)}, give each its own spec.addresses, or its listeners other ports or hostnames.`,
        }),
      );
      return { kind: 'conflict', ...conflict };
    };
    return contextOf(
      resource,
      { controllerName, assumed: false, bound, certificates, refusal, proofOf },
      faultOf,
    );
  });
}

/** Certificates where the backend ends TLS: nobody would see them. */
const hasNeedless = ({ protocol, tls }: ListenerSpec): boolean =>
  protocol === 'TLS' && tls?.mode === 'Passthrough' && tls.certificateRefs.length > 0;

const needlessCertificates = (gateway: Gateway, i: number): Diagnostic =>
  about(
    gateway,
    ['spec', 'listeners', i, 'tls', 'certificateRefs'],
    'error',
    'field-conflict',
    `The listener ${gateway.spec.listeners[i]!.name} has the mode Passthrough, and certificates: it serves nothing.`,
    {
      rule: 'With Passthrough the backend ends TLS, with its own certificate.',
      hint: 'Remove certificateRefs, or write mode: Terminate.',
    },
  );

/** As Envoy Gateway: where clients cannot be verified, nobody is served. */
const proofFault = ({ reason, message }: ProofFault): ListenerFault => ({
  kind: 'client-certificates',
  reason: reason === 'InvalidKind' ? 'InvalidCACertificateKind' : reason,
  message: `Listener has invalid caCertificateRef for frontend TLS validation: ${message}.`,
});

const certificateFault = ({ unresolved, invalid }: ListenerCertificates): ListenerFault =>
  unresolved === undefined
    ? { kind: 'tls', message: invalid ?? '' }
    : { kind: 'certificates', ...unresolved };

function contextOf(
  resource: Gateway,
  {
    controllerName,
    assumed,
    bound,
    certificates,
    refusal,
    proofOf,
  }: {
    readonly controllerName: string;
    readonly assumed: boolean;
    readonly bound: (port: number) => number;
    readonly certificates?: ReadonlyMap<string, ListenerCertificates>;
    readonly refusal?: GatewayRefusal | undefined;
    readonly proofOf?: GatewayOptions['proofOf'];
  },
  faultOf: (index: number) => ListenerFault | undefined,
): GatewayContext {
  const listeners: ListenerContext[] = [];
  const context: GatewayContext = {
    resource,
    key: keyOf(resource),
    controllerName,
    listeners,
    assumed,
    ...(refusal === undefined ? {} : { refusal }),
  };
  const faults = resource.spec.listeners.map((_, i) => faultOf(i));
  const own = resource.spec.listeners.map((_, i) => certificates?.get(`${context.key}#${i}`));
  const overlaps = overlapConditions(
    resource.spec.listeners.flatMap((spec, i) =>
      faults[i] === undefined && own[i] !== undefined && spec.protocol === 'HTTPS'
        ? [{ spec, certificates: own[i].certificates }]
        : [],
    ),
  );
  resource.spec.listeners.forEach((spec, i) => {
    const unresolved = own[i]?.unresolved;
    const proof = spec.protocol === 'HTTPS' ? proofOf?.(resource, spec.port)?.proof : undefined;
    listeners.push({
      gateway: context,
      spec,
      name: `${context.key}/${spec.name}`,
      port: bound(spec.port),
      kinds: routeKinds(spec),
      ...(own[i] === undefined ? {} : { certificates: own[i].certificates }),
      ...(proof === undefined ? {} : { proof }),
      remarks: [
        ...(unresolved === undefined
          ? []
          : [{ type: 'ResolvedRefs', status: 'False' as const, ...unresolved }]),
        ...(overlaps.get(spec) ?? []),
      ],
      fault: faults[i],
    });
  });
  return context;
}
