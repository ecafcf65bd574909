/**
 * `spec.tls.clientValidation` of a ClientTrafficPolicy (ClientValidationContext): which certificates clients
 * have to show.
 */
import type { Path } from '../../basics/path.ts';
import { type ClientAltName, type ClientValidation, VALIDATION_MODES } from '../../model/client-traffic.ts';
import { asList, asObject, type Report } from '../words/findings.ts';
import { objectRef } from '../words/object-ref.ts';
import { flag, list, object, oneOf, text } from '../words/shape.ts';
import { stringMatch, stringMatchShape, toStringMatch } from '../words/string-match.ts';

const refs = (min: number) => list(objectRef(), min, 8);
/** Each is compared at each handshake. */
const MOST_NAMES = 64;
const names = () => list(stringMatch(), 0, MOST_NAMES).optional();
/** RFC 4648: 32 bytes. */
const spki = () =>
  text({ pattern: /^[A-Za-z0-9+/]{43}=$/, rule: 'a SHA-256 hash in base64, of 44 characters' });
const fingerprint = () =>
  text({
    pattern: /^(?:[0-9A-Fa-f]{64}|[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){31})$/,
    rule: 'a SHA-256 hash in hexadecimal, of 64 digits, with or without colons',
  });

export const validationSchema = object({
  optional: flag().optional(),
  mode: oneOf(VALIDATION_MODES).optional(),
  caCertificateRefs: refs(0).optional(),
  spkiHashes: list(spki(), 0, MOST_NAMES).optional(),
  certificateHashes: list(fingerprint(), 0, MOST_NAMES).optional(),
  subjectAltNames: object({
    dnsNames: names(),
    emailAddresses: names(),
    ipAddresses: names(),
    uris: names(),
    otherNames: list(
      object({
        oid: text({
          max: 255,
          pattern: /^[0-2](?:\.\d+)+$/,
          rule: 'an object identifier, as 1.3.6.1.4.1.311.20.2.3',
        }),
        ...stringMatchShape(),
      }),
      0,
      MOST_NAMES,
    ).optional(),
  }).optional(),
  crl: object({ refs: refs(1), onlyVerifyLeafCertificate: flag().optional() }).optional(),
  allowExpiredCertificate: flag().optional(),
});

const modeOf = ({ mode, optional }: { readonly mode?: unknown; readonly optional?: unknown }): unknown =>
  mode ?? (optional === true ? 'VerifyIfGiven' : 'RequireAndVerify');

export function checkValidation(raw: unknown, path: Path, report: Report): void {
  const validation = asObject(raw);
  if (validation === undefined) return;
  const mode = modeOf(validation);
  const verifies = mode === 'VerifyIfGiven' || mode === 'RequireAndVerify';
  const trusts = asList(validation.caCertificateRefs).length > 0;
  if (validation.allowExpiredCertificate === true && !verifies)
    report.error([...path, 'allowExpiredCertificate'], {
      code: 'field-conflict',
      message: `allowExpiredCertificate is not allowed with the mode ${String(mode)}.`,
      rule: 'It goes with the modes VerifyIfGiven and RequireAndVerify.',
      hint: 'Remove it: this mode takes any certificate.',
      point: 'key',
    });
  if (verifies && !trusts)
    report.unusable(
      [...path, 'caCertificateRefs'],
      validation.mode === undefined && validation.optional === true
        ? 'TLS: tls.clientValidation.optional=true requires caCertificateRefs (maps to mode "VerifyIfGiven")'
        : `TLS: tls.clientValidation.mode "${String(mode)}" requires caCertificateRefs`,
      {
        code: 'field-missing',
        message: `No authority is named that certificates of clients could lead to (mode ${String(mode)}).`,
        rule: 'VerifyIfGiven and RequireAndVerify need caCertificateRefs; until then requests answer 500.',
        hint: 'Add caCertificateRefs: [{kind: ConfigMap, name: NAME}].',
        point: path,
      },
    );
  if (mode === 'RequireAny' && !trusts)
    report.unusable(
      [...path, 'caCertificateRefs'],
      'TLS: tls.clientValidation.mode "RequireAny" requires caCertificateRefs here',
      {
        code: 'field-missing',
        message:
          'The mode RequireAny stands without caCertificateRefs: Envoy would let in clients that show no certificate.',
        rule: 'Envoy insists on a certificate only where it knows an authority; until then requests answer 500.',
        hint: 'Add caCertificateRefs; with this mode certificates need not lead to them.',
        point: path,
      },
    );
  const san = asObject(validation.subjectAltNames);
  if (san !== undefined && !trusts && !verifies)
    report.unusable([...path, 'subjectAltNames'], 'TLS: subjectAltNames require caCertificateRefs', {
      code: 'field-conflict',
      message:
        'subjectAltNames stand without caCertificateRefs: anybody could write such a name into a certificate.',
      rule: 'Names are compared in certificates that an authority has signed; until then requests answer 500.',
      hint: 'Add caCertificateRefs, or remove subjectAltNames.',
      point: 'key',
    });
  if (!verifies)
    report.warning([...path, 'mode'], {
      code: 'tls-unverified',
      message: `With the mode ${String(mode)} any certificate is accepted: it proves nothing.`,
      value: mode,
      rule: 'Backends have to verify it (xForwardedClientCert), or must not believe it.',
    });
}

export function toValidation(validation: ReturnType<typeof validationSchema.parse>): ClientValidation {
  const { subjectAltNames: san, crl } = validation;
  const ofType = (
    type: ClientAltName['type'],
    matches: readonly (Parameters<typeof toStringMatch>[0] & { readonly oid?: string })[] = [],
  ): ClientAltName[] =>
    matches.map(({ oid, ...match }) => ({
      type,
      ...(oid === undefined ? {} : { oid }),
      match: toStringMatch(match),
    }));
  return {
    mode: modeOf(validation) as ClientValidation['mode'],
    caCertificateRefs: toRefs(validation.caCertificateRefs),
    crl: crl && { refs: toRefs(crl.refs), onlyLeaf: crl.onlyVerifyLeafCertificate ?? false },
    altNames: [
      ...ofType('DNS', san?.dnsNames),
      ...ofType('EMAIL', san?.emailAddresses),
      ...ofType('IP_ADDRESS', san?.ipAddresses),
      ...ofType('URI', san?.uris),
      ...ofType('OTHER_NAME', san?.otherNames),
    ],
    spkiHashes: validation.spkiHashes ?? [],
    certificateHashes: validation.certificateHashes ?? [],
    allowExpired: validation.allowExpiredCertificate ?? false,
  };
}

const toRefs = (
  list: readonly {
    readonly group?: string | undefined;
    readonly kind?: string | undefined;
    readonly namespace?: string | undefined;
    readonly name: string;
  }[] = [],
): ClientValidation['caCertificateRefs'] =>
  list.map(({ group: named = '', kind = 'Secret', namespace, name }) => ({
    group: named,
    kind,
    ...(namespace === undefined ? {} : { namespace }),
    name,
  }));
