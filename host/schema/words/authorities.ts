/** Fields that say which authorities are trusted, shared by BackendTLSPolicy and Backend. */
import type { Path } from '../../basics/path.ts';
import { asList, type Report } from './findings.ts';
import { group, kindName, refName } from './names.ts';
import { list, object, oneOf } from './shape.ts';

export const trustFields = {
  caCertificateRefs: list(object({ group: group(), kind: kindName(), name: refName() }), 0, 8).optional(),
  wellKnownCACertificates: oneOf(['System']).optional(),
};

/** Which of the two stands there; both are one too many. Empty ones count as absent, as in the API. */
export function checkTrust(
  raw: Readonly<Record<string, unknown>>,
  path: Path,
  report: Report,
): { readonly refs: boolean; readonly system: boolean } {
  const refs = asList(raw.caCertificateRefs).length > 0;
  const system = raw.wellKnownCACertificates !== undefined;
  if (refs && system)
    report.error([...path, 'wellKnownCACertificates'], {
      code: 'field-conflict',
      message: 'Both caCertificateRefs and wellKnownCACertificates are set.',
      value: raw.wellKnownCACertificates,
      rule: 'One of caCertificateRefs and wellKnownCACertificates says whom to trust.',
      hint: 'Remove one of the two.',
      point: 'key',
    });
  return { refs, system };
}
