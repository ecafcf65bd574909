/** `spec.tls` of a Backend (Envoy Gateway v1alpha1, BackendTLSSettings). */
import type { Path } from '../basics/path.ts';
import type { BackendTlsSettings } from '../model/backend-tls.ts';
import { checkTrust, trustFields } from './words/authorities.ts';
import { asObject, type Report } from './words/findings.ts';
import { preciseHostname } from './words/names.ts';
import { objectRef } from './words/object-ref.ts';
import { flag, object } from './words/shape.ts';
import { checkVersions, conflictIn, tlsParameters } from './words/tls-parameters.ts';

/** Of one field: zod gives each use of a shape the same place in docs/API.md. */
export const backendTlsFields = () =>
  object({
    ...trustFields,
    insecureSkipVerify: flag().optional(),
    sni: preciseHostname().optional(),
    autoSNIFromEndpointHostname: flag().optional(),
    clientCertificateRef: objectRef().optional(),
    ...tlsParameters(),
  });

type Checked = ReturnType<ReturnType<typeof backendTlsFields>['parse']>;

export const toBackendTls = ({
  caCertificateRefs = [],
  wellKnownCACertificates,
  insecureSkipVerify = false,
  autoSNIFromEndpointHostname = false,
  fingerprints: _,
  alpnProtocols = [],
  ...rest
}: Checked): BackendTlsSettings => ({
  ...rest,
  caCertificateRefs,
  system: wellKnownCACertificates !== undefined,
  insecureSkipVerify,
  autoSNIFromEndpointHostname,
  ...(alpnProtocols.length > 0 ? { alpnProtocols } : {}),
});

/** The rules of the API about several fields. */
export function checkBackendTls(raw: unknown, report: Report): void {
  const tls = asObject(raw);
  if (tls === undefined) return;
  const path: Path = ['spec', 'tls'];
  const conflict = conflictIn(tls, path, report);
  const { refs, system } = checkTrust(tls, path, report);
  if (tls.insecureSkipVerify === true) {
    if (refs || system)
      conflict(
        'insecureSkipVerify',
        `insecureSkipVerify stands beside ${refs ? 'caCertificateRefs' : 'wellKnownCACertificates'}.`,
        'Who verifies nothing trusts nobody: insecureSkipVerify goes with none of the two.',
        'Remove insecureSkipVerify, so that certificates are verified.',
      );
  }
  if (tls.sni !== undefined && tls.autoSNIFromEndpointHostname === true)
    conflict(
      'autoSNIFromEndpointHostname',
      'sni and autoSNIFromEndpointHostname are both set.',
      'SNI is either sni, or the hostname of the endpoint.',
      'Remove one of the two.',
    );
  checkVersions(tls, conflict);
  if (Array.isArray(tls.alpnProtocols) && tls.alpnProtocols.length === 0)
    report.warning([...path, 'alpnProtocols'], {
      code: 'value-without-effect',
      message: 'An empty alpnProtocols changes nothing: Envoy offers the protocol that it speaks.',
      hint: 'Remove it.',
      point: 'key',
    });
}
