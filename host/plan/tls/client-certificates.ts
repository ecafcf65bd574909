/**
 * What Envoy shows to backends over TLS: `spec.tls.clientCertificateRef` of a Backend, and for those that say
 * nothing `spec.tls.backend` of the Gateway that requests came through, or `spec.backendTLS` of its
 * EnvoyProxy.
 */
import { weakMemo } from '../../basics/collections.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { ENVOY_GATEWAY_GROUP, GATEWAY_GROUP } from '../../model/groups.ts';
import type { Backend, EnvoyProxy, Gateway, Secret, SecretRef } from '../../model/resources.ts';
import type { ProxyOf } from '../attach/envoy-proxies.ts';
import { about, keyOf, label } from '../from.ts';
import { warnOfCertificates } from './certificate-advice.ts';
import { entryPath, type FindSecret, type SecretProblem } from './secret-refs.ts';
import {
  type CertificateFault,
  readServerCertificate,
  type ServerCertificate,
} from './server-certificate.ts';
import type { Shown } from './shown-to-backends.ts';

export interface GatewayCertificate {
  readonly certificate?: ServerCertificate;
  /** The condition ResolvedRefs of the Gateway, without a full stop. */
  readonly fault?: {
    readonly reason: 'InvalidClientCertificateRef' | 'RefNotPermitted';
    readonly message: string;
  };
}
export interface OwnCertificate {
  readonly certificate?: ServerCertificate;
  readonly problem?: string;
}
export interface ClientCertificates {
  /** `problem`: the words of the route's condition. */
  ofBackend(backend: Backend): OwnCertificate;
  /** @param proxy Has such a reference. */
  ofProxy(proxy: EnvoyProxy): OwnCertificate;
  /** Each Gateway is read, and told about, once. Undefined: it has nothing to show. */
  ofGateway(gateway: Gateway): GatewayCertificate | undefined;
}
type Read =
  | { readonly certificate: ServerCertificate }
  | { readonly unresolved: SecretProblem }
  | { readonly invalid: CertificateFault; readonly secret: Secret };

type Owner = Backend | EnvoyProxy | Gateway;
const PATHS = {
  Backend: ['spec', 'tls', 'clientCertificateRef'],
  EnvoyProxy: ['spec', 'backendTLS', 'clientCertificateRef'],
  Gateway: ['spec', 'tls', 'backend', 'clientCertificateRef'],
} as const;

/** @param now Milliseconds since 1970. */
export function clientCertificates(
  find: FindSecret,
  now: number,
  diagnostics: Diagnostic[],
): ClientCertificates {
  const told = new Set<Secret>();
  /** @param fate What is so until the reference is good. */
  const read = (owner: Owner, ref: SecretRef, fate: string): Read => {
    const isGateway = owner.kind === 'Gateway';
    const path = PATHS[owner.kind];
    const group = isGateway ? GATEWAY_GROUP : ENVOY_GATEWAY_GROUP;
    const { namespace } = owner.metadata;
    const { secret, problem } = find({ group, kind: owner.kind, namespace }, ref);
    if (problem !== undefined) {
      const { field } = problem;
      diagnostics.push(
        about(owner, [...path, field], 'error', 'certificate-unresolved', `${problem.message}.`, {
          value: ref[field],
          rule: `Envoy shows a certificate of a Secret (kubernetes.io/tls)${isGateway ? '' : ' of the same namespace'}; until then ${fate}.`,
          hint: problem.hint,
          ...(problem.missing === undefined ? {} : { missing: problem.missing }),
        }),
      );
      return { unresolved: problem };
    }
    const { certificate, fault } = readServerCertificate(secret, now);
    if (fault !== undefined) {
      const at = entryPath(secret.spec.entries.get(fault.entry), fault.entry);
      const text = `The certificate ${keyOf(secret)} cannot be shown to backends: it ${fault.message}.`;
      diagnostics.push(
        about(secret, at, 'error', 'certificate-invalid', text, {
          rule: fault.rule,
          hint: fault.hint,
          notes: [
            { message: `${label(owner)} refers to it here; until then ${fate}.`, at: owner.at(...path) },
          ],
        }),
      );
      return { invalid: fault, secret };
    }
    warnOfCertificates(secret, certificate, now, told, diagnostics);
    return { certificate };
  };

  /** It must be of the owner's namespace. */
  const ofOwn = (owner: Backend | EnvoyProxy, ref: SecretRef): OwnCertificate => {
    const { kind } = owner;
    const { namespace } = owner.metadata;
    if (ref.namespace !== undefined && ref.namespace !== namespace) {
      const text = `ClientCertificateRef Secret is not located in the same namespace as ${kind}. Secret namespace: ${ref.namespace} does not match ${kind} namespace: ${namespace}`;
      diagnostics.push(
        about(owner, [...PATHS[kind], 'namespace'], 'error', 'certificate-unresolved', `${text}.`, {
          value: ref.namespace,
          rule: 'Envoy shows a certificate of a Secret of the same namespace; until then requests answer 500.',
          hint: `Copy the Secret into the namespace ${namespace}.`,
        }),
      );
      return { problem: text };
    }
    const found = read(owner, ref, 'requests answer 500');
    if ('certificate' in found) return found;
    if ('invalid' in found)
      return { problem: `the client certificate ${keyOf(found.secret)} ${found.invalid.message}` };
    return {
      problem: `failed to locate TLS secret for client auth: ${namespace}/${ref.name} specified in ${label(owner)}`,
    };
  };
  const ofBackend = (backend: Backend) => ofOwn(backend, backend.spec.tls!.clientCertificateRef!);
  const ofProxy = weakMemo((proxy: EnvoyProxy) => ofOwn(proxy, proxy.spec.backendTls!.clientCertificateRef!));

  const ofGateway = weakMemo((gateway: Gateway): GatewayCertificate | undefined => {
    const ref = gateway.spec.backend?.clientCertificateRef;
    if (ref === undefined) return undefined;
    const found = read(gateway, ref, 'no certificate is shown');
    return 'certificate' in found ? found : { fault: faultOf(ref, found) };
  });
  return { ofBackend, ofGateway, ofProxy };
}

/** In Envoy Gateway's words (ProcessGatewayTLS). */
function faultOf(
  { group, kind }: SecretRef,
  found: Exclude<Read, { certificate: unknown }>,
): GatewayCertificate['fault'] {
  const reason = 'InvalidClientCertificateRef';
  if ('invalid' in found)
    return {
      reason,
      message: `invalid backend client cert secret for gateway: secret ${keyOf(found.secret)} ${found.invalid.message}`,
    };
  const INVALID =
    'Invalid backend client certificate reference for gateway: invalid client certificate reference';
  switch (found.unresolved.reason) {
    case 'group':
      return { reason, message: `${INVALID} group: ${group}` };
    case 'kind':
      return { reason, message: `${INVALID} kind: ${kind}` };
    case 'not-permitted':
      return {
        reason: 'RefNotPermitted',
        message: 'invalid cross-namespace reference to backend client certificate',
      };
    case 'missing':
      return { reason, message: 'failed to get backend client certs for gateway' };
  }
}

/** What a Gateway says of calls over TLS: where it says something itself, its EnvoyProxy does not count. */
export const shownBy = ({ ofGateway, ofProxy }: ClientCertificates, proxyOf: ProxyOf) =>
  weakMemo((gateway: Gateway): Shown | undefined => {
    if (gateway.spec.backend !== undefined) {
      const certificate = ofGateway(gateway)?.certificate;
      return certificate === undefined ? undefined : { certificate };
    }
    const { backendTls } = proxyOf(gateway);
    if (backendTls === undefined) return undefined;
    const { certificate, parameters } = backendTls;
    return { parameters, ...(certificate === undefined ? {} : ofProxy(certificate.owner)) };
  });
