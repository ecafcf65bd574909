/** Why a listener serves nothing: the first reason that holds, told where it stands. */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { GATEWAY_GROUP, isServedProtocol, SERVED_PROTOCOLS } from '../../model/groups.ts';
import type { Gateway, ListenerOwner, ListenerSpec } from '../../model/resources.ts';
import { about, keyOf } from '../from.ts';
import { sentence } from '../status/conditions.ts';
import type { GatewayRefusal } from '../status/gateway-conditions.ts';
import { warnOfName } from '../tls/certificate-advice.ts';
import type { ProofFault, ProofReader } from '../tls/client-proof.ts';
import type { ListenerCertificates } from '../tls/listener-certificates.ts';
import type { Conflict, Entry } from './listener-conflicts.ts';
import { possibleKinds, unknownKind } from './route-kinds.ts';

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

interface Circumstances {
  readonly refusals: ReadonlyMap<Gateway, GatewayRefusal>;
  readonly conflicts: ReadonlyMap<Entry, Conflict>;
  readonly proofOf: ProofReader['ofGateway'];
  readonly privilegedPorts: boolean;
  /** There is no other Gateway. */
  readonly alone: boolean;
}

/** As far as it alone is concerned, it can be served: only such a one can be in another's way. */
export const isServable = ({ spec, certificates }: Entry): boolean =>
  isServedProtocol(spec.protocol) && certificates?.certificates.length !== 0 && !hasNeedless(spec);

export function faultOf(
  entry: Entry,
  { refusals, conflicts, proofOf, privilegedPorts, alone }: Circumstances,
  diagnostics: Diagnostic[],
): ListenerFault | undefined {
  const { gateway, owner, index, spec, certificates } = entry;
  const refusal = refusals.get(gateway);
  if (refusal !== undefined) return { kind: 'gateway', message: refusal.message };
  if (!isServedProtocol(spec.protocol))
    return {
      kind: 'protocol',
      message: `Protocol ${spec.protocol} is unsupported, must be ${SERVED_PROTOCOLS.slice(0, -1).join(', ')} or ${SERVED_PROTOCOLS.at(-1)}.`,
    };
  if (certificates?.certificates.length === 0) return certificateFault(certificates);
  const proof = spec.protocol === 'HTTPS' ? proofOf(gateway, spec.port) : undefined;
  if (proof?.fault !== undefined) return proofFault(proof.fault);
  if (hasNeedless(spec)) {
    diagnostics.push(needlessCertificates(owner, index));
    const message = 'Listener must not have TLS certificate refs set for TLS mode Passthrough.';
    return { kind: 'tls', message };
  }
  const unknown = unknownKind(spec);
  if (unknown !== undefined) {
    const path = ['spec', 'listeners', index, 'allowedRoutes', 'kinds', unknown.index];
    diagnostics.push(
      about(owner, path, 'error', 'value-not-supported', sentence(unknown.message), {
        rule: `A listener of protocol ${spec.protocol}${spec.protocol === 'TLS' ? ` and mode ${spec.tls?.mode}` : ''} takes routes of ${possibleKinds(spec).join(' and ')} (${GATEWAY_GROUP}).`,
        hint: 'Without it, nothing is served on this listener.',
      }),
    );
    return { kind: 'kinds', message: unknown.message };
  }
  const conflict = conflicts.get(entry);
  if (conflict === undefined) {
    warnOfName(owner, index, certificates?.certificates ?? [], diagnostics);
    return undefined;
  }
  diagnostics.push(
    about(owner, ['spec', 'listeners', index], 'error', 'listener-conflict', `${conflict.message}.`, {
      value: spec.name,
      rule: `Gateways share one Envoy: a port and hostname of an address belong to one listener${privilegedPorts ? '' : '; ports below 1024 are bound as port + 10000'}.`,
      hint: alone
        ? 'Give each listener of a port its own hostname, or another port.'
        : `Choose one Gateway with --gateway ${keyOf(gateway)}, give each its own spec.addresses, or its listeners other ports or hostnames.`,
    }),
  );
  return { kind: 'conflict', ...conflict };
}

/** Certificates where the backend ends TLS: nobody would see them. */
const hasNeedless = ({ protocol, tls }: ListenerSpec): boolean =>
  protocol === 'TLS' && tls?.mode === 'Passthrough' && tls.certificateRefs.length > 0;

const needlessCertificates = (owner: ListenerOwner, i: number): Diagnostic =>
  about(
    owner,
    ['spec', 'listeners', i, 'tls', 'certificateRefs'],
    'error',
    'field-conflict',
    `The listener ${owner.spec.listeners[i]!.name} has the mode Passthrough, and certificates: it serves nothing.`,
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
