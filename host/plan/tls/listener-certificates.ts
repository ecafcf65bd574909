/**
 * The certificates of one HTTPS listener: its references resolved and checked, with what is wrong in messages
 * and in the words of the listener's conditions (Envoy Gateway, validateTerminateModeAndGetTLSSecrets).
 */
import { weakMemo } from '../../basics/collections.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { GATEWAY_GROUP } from '../../model/groups.ts';
import type { ListenerOwner, ListenerSpec, Secret } from '../../model/resources.ts';
import { about, keyOf, label } from '../from.ts';
import { warnOfCertificates } from './certificate-advice.ts';
import { entryPath, type FindSecret } from './secret-refs.ts';
import {
  type CertificateFault,
  readServerCertificate,
  type ServerCertificate,
} from './server-certificate.ts';

export interface ListenerCertificates {
  /** Those that are served; empty: the listener cannot be. */
  readonly certificates: readonly ServerCertificate[];
  /** The condition ResolvedRefs, where it is False. */
  readonly unresolved?: {
    readonly reason: 'InvalidCertificateRef' | 'RefNotPermitted' | 'PartiallyInvalidCertificateRef';
    readonly message: string;
  };
  /** The condition Programmed, where nothing is referred to. */
  readonly invalid?: string;
}
export type CertificatesOf = (owner: ListenerOwner, listener: number) => ListenerCertificates;

const TLS = 'kubernetes.io/tls';
/** Envoy Gateway's: it names a server that has the certificate. */
const SDS = 'gateway.envoyproxy.io/sds';

/** @param now Milliseconds since 1970. Each Secret is read, and told about, once. */
export function certificateReader(find: FindSecret, now: number, diagnostics: Diagnostic[]): CertificatesOf {
  const read = weakMemo((secret: Secret) => readServerCertificate(secret, now));
  const told = new Set<Secret>();
  const tell = (
    secret: Secret,
    owner: ListenerOwner,
    at: readonly (string | number)[],
    fault: CertificateFault,
  ) => {
    if (told.has(secret)) return;
    told.add(secret);
    const { entry, message, rule, hint } = fault;
    const notes = [{ message: `${label(owner)} refers to it here.`, at: owner.at(...at) }];
    const path = entryPath(secret.spec.entries.get(entry), entry);
    const text = `The certificate ${keyOf(secret)} cannot be served: it ${message}.`;
    diagnostics.push(about(secret, path, 'error', 'certificate-invalid', text, { rule, hint, notes }));
  };

  return (owner, index) => {
    const spec = owner.spec.listeners[index] as ListenerSpec;
    const refs = spec.tls?.certificateRefs ?? [];
    const path = ['spec', 'listeners', index, 'tls', 'certificateRefs'];
    if (refs.length === 0) return nothingNamed(owner, index, diagnostics);
    const from = { group: GATEWAY_GROUP, kind: owner.kind, namespace: owner.metadata.namespace };
    const errors: { readonly permitted: boolean; readonly message: string }[] = [];
    const certificates: ServerCertificate[] = [];
    const names = new Set<string>();
    for (const [i, ref] of refs.entries()) {
      const refuse = (message: string, permitted = true) =>
        errors.push({ permitted, message: `certificate refs ${i}: ${message}.` });
      const { secret, problem } = find(from, ref);
      if (problem !== undefined) {
        refuse(problem.message, problem.reason !== 'not-permitted');
        const { field } = problem;
        diagnostics.push(
          about(
            owner,
            [...path, i, field],
            'error',
            'certificate-unresolved',
            `${problem.message}${problem.reason === 'missing' ? ' in the input' : ''}.`,
            {
              value: ref[field],
              rule: 'A listener of protocol HTTPS serves certificates from Secrets of the input.',
              hint: problem.hint,
              ...(problem.missing === undefined ? {} : { missing: problem.missing }),
            },
          ),
        );
        continue;
      }
      if (secret.spec.type !== TLS) {
        refuse(`Secret ${keyOf(secret)} must be of type ${TLS}`);
        diagnostics.push(
          about(
            secret,
            ['type'],
            'error',
            'certificate-invalid',
            `Secret ${keyOf(secret)} must be of type ${TLS}.`,
            {
              value: secret.spec.type,
              hint:
                secret.spec.type === SDS
                  ? `Certificates are not fetched from an SDS server: put the certificate itself here, with type: ${TLS}.`
                  : `Write type: ${TLS}.`,
              notes: [{ message: `${label(owner)} refers to it here.`, at: owner.at(...path, i) }],
            },
          ),
        );
        continue;
      }
      const { certificate, fault } = read(secret);
      if (fault !== undefined) {
        errors.push({ permitted: true, message: `${keyOf(secret)} ${fault.message}` });
        tell(secret, owner, [...path, i], fault);
        continue;
      }
      const taken = certificate.dnsNames.find((name) => names.has(`${certificate.algorithm}/${name}`));
      if (taken !== undefined) {
        const message = `${keyOf(secret)} public key algorithm must be unique, certificate domain ${taken} has a conflicting algorithm [${certificate.algorithm}]`;
        errors.push({ permitted: true, message });
        diagnostics.push(
          about(
            owner,
            [...path, i],
            'error',
            'certificate-invalid',
            `Another certificate of this listener is for ${taken} too, with a key of the same algorithm (${certificate.algorithm}).`,
            {
              value: ref.name,
              rule: 'For one name a listener has one certificate of each algorithm (RSA, ECDSA).',
              hint: 'Remove one of the two references.',
            },
          ),
        );
        continue;
      }
      for (const name of certificate.dnsNames) names.add(`${certificate.algorithm}/${name}`);
      certificates.push(certificate);
      warnOfCertificates(secret, certificate, now, told, diagnostics);
    }
    if (errors.length === 0) return { certificates };
    const list = errors.map(({ message }) => message).join('\n');
    if (certificates.length > 0) {
      const message = `Some secrets are invalid: ${list}`;
      return { certificates, unresolved: { reason: 'PartiallyInvalidCertificateRef', message } };
    }
    const reason = errors.some(({ permitted }) => permitted) ? 'InvalidCertificateRef' : 'RefNotPermitted';
    return { certificates, unresolved: { reason, message: `No valid secrets exist: ${list}` } };
  };
}

function nothingNamed(owner: ListenerOwner, index: number, diagnostics: Diagnostic[]): ListenerCertificates {
  const { name, tls, protocol } = owner.spec.listeners[index] as ListenerSpec;
  const path = ['spec', 'listeners', index, ...(tls === undefined ? [] : ['tls'])];
  const text = `The listener ${name} has no certificate: it serves nothing.`;
  diagnostics.push(
    about(owner, path, 'error', 'certificate-unresolved', text, {
      rule: `A listener of protocol ${protocol} refers to at least one Secret with a certificate.`,
      hint: 'Add tls: {certificateRefs: [{name: NAME}]}, and the Secret NAME (kubectl create secret tls).',
    }),
  );
  return {
    certificates: [],
    invalid:
      tls === undefined
        ? `Listener must have TLS set when protocol is ${protocol}.`
        : 'Listener must have at least 1 TLS certificate ref',
  };
}
