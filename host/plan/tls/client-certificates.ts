/** `spec.tls.clientCertificateRef` of a Backend: what Envoy shows to it. */
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { ENVOY_GATEWAY_GROUP } from '../../model/groups.ts';
import type { Backend, Secret } from '../../model/resources.ts';
import { about, keyOf, label } from '../from.ts';
import { warnOfCertificates } from './certificate-advice.ts';
import { entryPath, type FindSecret } from './secret-refs.ts';
import { readServerCertificate, type ServerCertificate } from './server-certificate.ts';

/** `problem`: the words of the route's condition. */
export type ClientCertificates = (backend: Backend) => {
  readonly certificate?: ServerCertificate;
  readonly problem?: string;
};

/** @param now Milliseconds since 1970. */
export function clientCertificates(
  find: FindSecret,
  now: number,
  diagnostics: Diagnostic[],
): ClientCertificates {
  const told = new Set<Secret>();
  return (backend) => {
    const ref = backend.spec.tls!.clientCertificateRef!;
    const path = ['spec', 'tls', 'clientCertificateRef'];
    const { namespace } = backend.metadata;
    const rule =
      'Envoy shows a certificate of a Secret (kubernetes.io/tls) of the same namespace; until then requests answer 500.';
    if (ref.namespace !== undefined && ref.namespace !== namespace) {
      const text = `ClientCertificateRef Secret is not located in the same namespace as Backend. Secret namespace: ${ref.namespace} does not match Backend namespace: ${namespace}`;
      diagnostics.push(
        about(backend, [...path, 'namespace'], 'error', 'certificate-unresolved', `${text}.`, {
          value: ref.namespace,
          rule,
          hint: `Copy the Secret into the namespace ${namespace}.`,
        }),
      );
      return { problem: text };
    }
    const { secret, problem } = find({ group: ENVOY_GATEWAY_GROUP, kind: 'Backend', namespace }, ref);
    if (problem !== undefined) {
      const { field } = problem;
      diagnostics.push(
        about(backend, [...path, field], 'error', 'certificate-unresolved', `${problem.message}.`, {
          value: ref[field],
          rule,
          hint: problem.hint,
          ...(problem.missing === undefined ? {} : { missing: problem.missing }),
        }),
      );
      return {
        problem: `failed to locate TLS secret for client auth: ${namespace}/${ref.name} specified in ${label(backend)}`,
      };
    }
    const { certificate, fault } = readServerCertificate(secret, now);
    if (fault !== undefined) {
      const text = `The certificate ${keyOf(secret)} cannot be shown to backends: it ${fault.message}.`;
      diagnostics.push(
        about(
          secret,
          entryPath(secret.spec.entries.get(fault.entry), fault.entry),
          'error',
          'certificate-invalid',
          text,
          {
            rule: fault.rule,
            hint: fault.hint,
            notes: [{ message: `${label(backend)} refers to it here.`, at: backend.at(...path) }],
          },
        ),
      );
      return { problem: `the client certificate ${keyOf(secret)} ${fault.message}` };
    }
    warnOfCertificates(secret, certificate, now, told, diagnostics);
    return { certificate };
  };
}
