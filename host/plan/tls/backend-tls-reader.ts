/**
 * How a backend is called: its BackendTLSPolicy over the `tls` of its Backend, field by field (Envoy Gateway,
 * applyBackendTLSSetting). Where one of the two asks for TLS and it cannot be had as asked, the backend is
 * not called at all. Other than in Envoy Gateway, insecureSkipVerify of a Backend does not undo a policy.
 */
import { memo } from '../../basics/collections.ts';
import type { Path } from '../../basics/path.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { ENVOY_GATEWAY_GROUP } from '../../model/groups.ts';
import type { ModelIndex } from '../../model/index.ts';
import type {
  Backend,
  BackendObjectRef,
  BackendTLSPolicy,
  BackendTlsSettings,
} from '../../model/resources.ts';
import { about, label } from '../from.ts';
import type { BackendTls } from '../types.ts';
import { type Authority, type AuthorityFault, readAuthority } from './authorities.ts';
import type { BackendPolicies } from './backend-policies.ts';
import { warnOfAuthority } from './certificate-advice.ts';
import type { ClientCertificates } from './client-certificates.ts';
import type { ServerCertificate } from './server-certificate.ts';

export interface TlsOfBackend {
  readonly tls?: BackendTls;
  /** It may not be called: the words of the route's condition. */
  readonly problem?: string;
  readonly policy?: BackendTLSPolicy;
}
export interface BackendTlsReader {
  /** @param namespace Of what is referred to, which is in the input. */
  of(ref: BackendObjectRef, namespace: string): TlsOfBackend;
  /** Why the policy cannot be followed, whatever it targets. */
  fault(policy: BackendTLSPolicy): Pick<AuthorityFault, 'reason' | 'message'> | undefined;
  /** What was used in answers so far. */
  readonly authorities: ReadonlyMap<string, Authority>;
  readonly certificates: ReadonlyMap<string, ServerCertificate>;
}

type Trust = BackendTls['trust'];
type Trusted = { readonly trust?: Trust; readonly fault?: AuthorityFault };

/**
 * @param now Milliseconds since 1970. Faults are told once for each policy and Backend that is referred to.
 */
export function backendTlsReader(
  index: ModelIndex,
  policies: BackendPolicies,
  clientCertificate: ClientCertificates['ofBackend'],
  now: number,
  diagnostics: Diagnostic[],
): BackendTlsReader {
  const authorities = new Map<string, Authority>();
  const certificates = new Map<string, ServerCertificate>();

  const trusted = (owner: BackendTLSPolicy | Backend, path: Path, wanted: BackendTlsTrust): Trusted => {
    if (wanted.system) return { trust: { kind: 'system' } };
    if (wanted.caCertificateRefs.length === 0) return {};
    const list = [...path, 'caCertificateRefs'];
    const { authority, fault } = readAuthority(index, owner, list, wanted.caCertificateRefs);
    if (fault !== undefined) {
      diagnostics.push(fault.diagnostic);
      return { fault };
    }
    const old = warnOfAuthority(owner, list, authority, now);
    if (old !== undefined) diagnostics.push(old);
    authorities.set(authority.name, authority);
    return { trust: { kind: 'authority', name: authority.name, sources: authority.sources } };
  };
  const ofPolicy = memo((policy: BackendTLSPolicy) =>
    trusted(policy, ['spec', 'validation'], policy.spec.validation),
  );
  const ofBackend = memo((backend: Backend) => trusted(backend, ['spec', 'tls'], backend.spec.tls!));
  const tellOnce = memo((found: Diagnostic) => diagnostics.push(found));
  const findingsOf = memo((backend: Backend) => backendFindings(backend));
  const shown = memo((backend: Backend) => {
    const found = clientCertificate(backend);
    if (found.certificate !== undefined) certificates.set(found.certificate.name, found.certificate);
    return found;
  });

  const merged = (backend: Backend | undefined, policy: BackendTLSPolicy | undefined): TlsOfBackend => {
    const own = backend?.spec.tls;
    if (own === undefined && policy === undefined) return {};
    const above = policy === undefined ? undefined : ofPolicy(policy);
    if (above?.fault !== undefined) return { policy, problem: above.fault.message };
    // What a policy overrules is not looked at, but a broken reference is one.
    const below = own === undefined ? undefined : ofBackend(backend!);
    if (below?.fault !== undefined) return { policy, problem: below.fault.message };
    const trust: Trust | undefined =
      above?.trust ?? (own?.insecureSkipVerify ? { kind: 'anyone' } : below?.trust);
    if (own?.insecureSkipVerify) {
      const found = findingsOf(backend!);
      tellOnce(above?.trust === undefined ? found.unverified : found.overruled);
    }
    if (trust === undefined) {
      tellOnce(findingsOf(backend!).nobody);
      return { policy, problem: 'CACertificate must be specified when InsecureSkipVerify is false' };
    }
    const { certificate, problem } = own?.clientCertificateRef === undefined ? {} : shown(backend!);
    if (problem !== undefined) return { policy, problem };
    const sni = sniOf(own, policy);
    const nameless = sni.kind === 'endpoint' && trust.kind !== 'anyone' ? namelessEndpoint(backend!) : -1;
    if (nameless >= 0) {
      tellOnce(findingsOf(backend!).nameless(nameless));
      return { policy, problem: `endpoint ${nameless} has no hostname for autoSNIFromEndpointHostname` };
    }
    const tls: BackendTls = {
      sni,
      trust,
      altNames: trust.kind === 'anyone' ? [] : altNamesOf(sni, policy),
      certificate: certificate?.name,
      parameters: parametersOf(own),
    };
    return { policy, tls };
  };
  const pairs = new Map<Backend | undefined, Map<BackendTLSPolicy | undefined, TlsOfBackend>>();
  const once: typeof merged = (backend, policy) => {
    const known = pairs.get(backend) ?? new Map<BackendTLSPolicy | undefined, TlsOfBackend>();
    pairs.set(backend, known);
    const found = known.get(policy) ?? merged(backend, policy);
    known.set(policy, found);
    return found;
  };

  return {
    of(ref, namespace) {
      const { policy, closed } = policies.of(ref, namespace);
      if (closed !== undefined) return { policy, problem: closed };
      return once(ref.kind === 'Backend' ? index.backend(namespace, ref.name) : undefined, policy);
    },
    fault: (policy) => ofPolicy(policy).fault,
    authorities,
    certificates,
  };
}

type BackendTlsTrust = Pick<BackendTlsSettings, 'caCertificateRefs' | 'system'>;

const sniOf = (
  own: BackendTlsSettings | undefined,
  policy: BackendTLSPolicy | undefined,
): BackendTls['sni'] => {
  const name = policy?.spec.validation.hostname ?? own?.sni;
  if (name !== undefined) return { kind: 'fixed', name };
  return { kind: own?.autoSNIFromEndpointHostname ? 'endpoint' : 'request' };
};

/** With subjectAltNames the server name is no proof (Gateway API, BackendTLSPolicyValidation.hostname). */
function altNamesOf(sni: BackendTls['sni'], policy: BackendTLSPolicy | undefined): BackendTls['altNames'] {
  const names = policy?.spec.validation.subjectAltNames ?? [];
  if (names.length > 0) return names;
  return sni.kind === 'fixed' ? [{ type: 'DNS', value: sni.name }] : [];
}

function parametersOf(own: BackendTlsSettings | undefined): BackendTls['parameters'] {
  const { minVersion, maxVersion, ciphers, ecdhCurves, signatureAlgorithms, alpnProtocols } = own ?? {};
  return { minVersion, maxVersion, ciphers, ecdhCurves, signatureAlgorithms, alpnProtocols };
}

const namelessEndpoint = ({ spec }: Backend): number =>
  spec.endpoints.findIndex((one) => one.kind === 'ip' && one.endpointHostname === undefined);

/** One object for each message, so that it is told once. */
function backendFindings(backend: Backend) {
  const path = ['spec', 'tls'];
  const nameless = memo((i: number) =>
    about(
      backend,
      ['spec', 'endpoints', i],
      'error',
      'backend-tls-nameless',
      `The certificate of this endpoint cannot be verified: it has no hostname that it could be for.`,
      {
        rule: 'With autoSNIFromEndpointHostname each endpoint with an IP address has a hostname; until then requests answer 500.',
        hint: 'Add hostname to the endpoint, or set sni.',
      },
    ),
  );
  return {
    nameless,
    unverified: about(
      backend,
      [...path, 'insecureSkipVerify'],
      'warning',
      'tls-unverified',
      `The certificates of ${label(backend)} are not verified: whoever answers at its addresses is believed.`,
      {
        rule: 'TLS without verification does not say who is called.',
        hint: 'Name the authority by caCertificateRefs, and remove insecureSkipVerify.',
      },
    ),
    overruled: about(
      backend,
      [...path, 'insecureSkipVerify'],
      'warning',
      'value-without-effect',
      'insecureSkipVerify has no effect: a BackendTLSPolicy says how this Backend is verified.',
      { hint: 'Remove it.' },
    ),
    nobody: about(
      backend,
      path,
      'error',
      'ca-unresolved',
      `${label(backend)} has tls, and says nothing of whom to trust.`,
      {
        rule: `caCertificateRefs or wellKnownCACertificates, here or in a BackendTLSPolicy, says it (${ENVOY_GATEWAY_GROUP}); until then requests answer 500.`,
        hint: 'Add caCertificateRefs: [{group: "", kind: ConfigMap, name: NAME}], or wellKnownCACertificates: System.',
      },
    ),
  };
}
