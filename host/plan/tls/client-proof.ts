/**
 * What clients have to prove: `tls.clientValidation` of a ClientTrafficPolicy, `tls.frontend` of a Gateway →
 * the authorities that their certificates must lead to, and what else is compared. What cannot be verified as
 * asked is not served (Envoy Gateway, buildListenerTLSParameters and ProcessGatewayTLS).
 */
import { weakMemo } from '../../basics/collections.ts';
import type { Path } from '../../basics/path.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { ModelIndex } from '../../model/index.ts';
import type { ClientTrafficPolicy, FrontendValidation, Gateway } from '../../model/resources.ts';
import type { Permits } from '../attach/grants.ts';
import { keyOf } from '../from.ts';
import type { ClientProof } from '../types.ts';
import { type Authority, type AuthorityFault, type AuthorityOwner, readAuthority } from './authorities.ts';
import { warnOfAuthority } from './certificate-advice.ts';
import { readRevocations } from './revocations.ts';

export interface ProofFault {
  readonly reason: AuthorityFault['reason'];
  /** Without a full stop. */
  readonly message: string;
}
type Read =
  | { readonly proof: ClientProof; readonly fault?: undefined }
  | { readonly proof?: undefined; readonly fault: ProofFault };

export interface ProofReader {
  /** Undefined: nobody is asked for a certificate. Each policy is read, and told about, once. */
  ofPolicy(policy: ClientTrafficPolicy): Read | undefined;
  /** Of a listener of protocol HTTPS with this port, as it is written. */
  ofGateway(gateway: Gateway, port: number): Read | undefined;
  /** The first that `spec.tls.frontend` of the Gateway has. */
  faultOf(gateway: Gateway): ProofFault | undefined;
  /** What was read so far. */
  readonly authorities: ReadonlyMap<string, Authority>;
}

const NOTHING = { altNames: [], spkiHashes: [], certificateHashes: [], allowExpired: false };

/** @param now Milliseconds since 1970. */
export function proofReader(
  index: ModelIndex,
  permits: Permits,
  now: number,
  diagnostics: Diagnostic[],
): ProofReader {
  const authorities = new Map<string, Authority>();
  const keep = (owner: AuthorityOwner, path: Path, authority: Authority): Authority => {
    const old = warnOfAuthority(owner, path, authority, now, 'client');
    if (old !== undefined) diagnostics.push(old);
    authorities.set(authority.name, authority);
    return authority;
  };
  const refuse = (reason: ProofFault['reason'], message: string, found: Diagnostic): Read => {
    diagnostics.push(found);
    return { fault: { reason, message } };
  };

  const ofPolicy = weakMemo((policy: ClientTrafficPolicy): Read | undefined => {
    const validation = policy.spec.settings.tls?.validation;
    if (validation === undefined) return undefined;
    const {
      mode,
      caCertificateRefs: refs,
      crl,
      altNames,
      spkiHashes,
      certificateHashes,
      allowExpired,
    } = validation;
    const path = ['spec', 'tls', 'clientValidation'];
    const wanted = {
      required: mode === 'RequireAny' || mode === 'RequireAndVerify',
      verified: mode === 'VerifyIfGiven' || mode === 'RequireAndVerify',
      ...{ altNames, spkiHashes, certificateHashes, allowExpired },
    };
    if (refs.length === 0) return { proof: { ...wanted, sources: [] } };
    const list = [...path, 'caCertificateRefs'];
    const { authority, fault } = readAuthority(index, policy, list, refs, { permits, keys: ['ca.crt'] });
    if (fault !== undefined)
      return refuse(fault.reason, `failed to get certificate from ref: ${fault.message}`, fault.diagnostic);
    const revoked = crl && readRevocations(index, policy, [...path, 'crl', 'refs'], crl.refs, permits, now);
    if (revoked !== undefined && 'message' in revoked)
      return refuse('InvalidCACertificateRef', revoked.message, revoked.diagnostic);
    const whole =
      revoked === undefined
        ? authority
        : { ...authority, crl: { pem: revoked.pem, onlyLeaf: crl!.onlyLeaf } };
    const { name, sources } = keep(policy, list, whole);
    return { proof: { ...wanted, authority: name, sources } };
  });

  const ofValidation = (
    gateway: Gateway,
    validation: FrontendValidation,
    path: Path,
    suffix: string,
  ): Read => {
    const list = [...path, 'validation', 'caCertificateRefs'];
    const name = `ca/gateway/${keyOf(gateway)}${suffix}`;
    const until = 'until then its listeners serve nothing';
    const { authority, fault } = readAuthority(index, gateway, list, validation.caCertificateRefs, {
      permits,
      name,
      until,
    });
    if (fault !== undefined) return refuse(fault.reason, fault.message, fault.diagnostic);
    const { sources } = keep(gateway, list, authority);
    const verified = validation.mode === 'AllowValidOnly';
    return { proof: { required: verified, verified, authority: name, sources, ...NOTHING } };
  };
  const ofFrontend = weakMemo((gateway: Gateway) => {
    const { frontend } = gateway.spec;
    const path = ['spec', 'tls', 'frontend'];
    const byPort = new Map(
      frontend?.perPort.map(({ port, validation }, i) => [
        port,
        validation && ofValidation(gateway, validation, [...path, 'perPort', i, 'tls'], `/${port}`),
      ]),
    );
    const usual = frontend?.default && ofValidation(gateway, frontend.default, [...path, 'default'], '');
    return { byPort, usual };
  });
  return {
    ofPolicy,
    ofGateway(gateway, port) {
      if (gateway.spec.frontend === undefined) return undefined;
      const { byPort, usual } = ofFrontend(gateway);
      return byPort.has(port) ? byPort.get(port) : usual;
    },
    faultOf(gateway) {
      if (gateway.spec.frontend === undefined) return undefined;
      const { byPort, usual } = ofFrontend(gateway);
      return [usual, ...byPort.values()].find((read) => read?.fault !== undefined)?.fault;
    },
    authorities,
  };
}
