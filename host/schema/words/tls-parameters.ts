/**
 * What is agreed on in a TLS handshake (Envoy Gateway v1alpha1, TLSSettings), with clients and with backends.
 */
import type { Path } from '../../basics/path.ts';
import { TLS_VERSIONS } from '../../model/backend-tls.ts';
import { asList, type Report } from './findings.ts';
import { list, oneOf, text, untranslated } from './shape.ts';

/** Those that Envoy's BoringSSL knows, by both names (BackendTLSSettings.ciphers). */
export const SUITES: Readonly<Record<string, string>> = {
  'ECDHE-ECDSA-AES128-GCM-SHA256': 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256': 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384': 'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384': 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305': 'TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256',
  'ECDHE-RSA-CHACHA20-POLY1305': 'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-SHA': 'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA',
  'ECDHE-RSA-AES128-SHA': 'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA',
  'AES128-GCM-SHA256': 'TLS_RSA_WITH_AES_128_GCM_SHA256',
  'AES128-SHA': 'TLS_RSA_WITH_AES_128_CBC_SHA',
  'ECDHE-ECDSA-AES256-SHA': 'TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA',
  'ECDHE-RSA-AES256-SHA': 'TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA',
  'AES256-GCM-SHA384': 'TLS_RSA_WITH_AES_256_GCM_SHA384',
  'AES256-SHA': 'TLS_RSA_WITH_AES_256_CBC_SHA',
};
const NAMES = [...Object.keys(SUITES), ...Object.values(SUITES)];
const CIPHER = new Set(NAMES);
/** A name, or several that count the same: `[A|B]`. */
const isCipher = (text: string): boolean =>
  CIPHER.has(text) ||
  (/^\[[^[\]]+\]$/.test(text) &&
    text
      .slice(1, -1)
      .split('|')
      .every((one) => CIPHER.has(one)));
export const CURVES = ['X25519', 'P-256', 'P-384', 'P-521', 'X25519MLKEM768'] as const;
export const SIGNATURES = [
  'rsa_pkcs1_sha256',
  'rsa_pkcs1_sha384',
  'rsa_pkcs1_sha512',
  'ecdsa_secp256r1_sha256',
  'ecdsa_secp384r1_sha384',
  'ecdsa_secp521r1_sha512',
  'rsa_pss_rsae_sha256',
  'rsa_pss_rsae_sha384',
  'rsa_pss_rsae_sha512',
  'ed25519',
  'rsa_pkcs1_sha1',
  'ecdsa_sha1',
] as const;
const version = () => oneOf(['Auto', ...TLS_VERSIONS]);
const suite = () =>
  text({
    min: 1,
    max: 1024,
    rule: `a cipher suite of Envoy, as ${NAMES[0]}, or several of equal worth as [A|B]`,
    code: 'value-unknown',
    hint: () => `Known: ${Object.keys(SUITES).join(', ')}; and their names as ${NAMES.at(-14)}.`,
    accepts: isCipher,
  });

/** Of one kind: zod gives each use of a shape the same place in docs/API.md. */
export const tlsParameters = () => ({
  minVersion: version().optional(),
  maxVersion: version().optional(),
  ciphers: list(suite()).optional(),
  ecdhCurves: list(oneOf(CURVES)).optional(),
  signatureAlgorithms: list(oneOf(SIGNATURES)).optional(),
  alpnProtocols: list(text({ min: 1, max: 255, rule: 'a protocol of ALPN, as h2 or http/1.1' })).optional(),
  fingerprints: untranslated(),
});

/** One field that cannot stand beside another. */
type Conflict = (field: string, message: string, rule: string, hint: string) => void;
export const conflictIn =
  (owner: Readonly<Record<string, unknown>>, path: Path, report: Report): Conflict =>
  (field, message, rule, hint) =>
    report.error([...path, field], {
      code: 'field-conflict',
      message,
      value: owner[field],
      rule,
      hint,
      point: 'key',
    });

/** The rules of the API about versions and ciphers. */
export function checkVersions(tls: Readonly<Record<string, unknown>>, conflict: Conflict): void {
  const { minVersion, maxVersion } = tls;
  const order = (value: unknown, auto: number): number =>
    value === 'Auto' ? auto : (TLS_VERSIONS as readonly unknown[]).indexOf(value);
  const least = minVersion === undefined ? TLS_VERSIONS.indexOf('1.2') : order(minVersion, -1);
  if (maxVersion !== undefined && least > order(maxVersion, TLS_VERSIONS.length))
    conflict(
      'maxVersion',
      `maxVersion ${maxVersion} is below minVersion ${minVersion ?? '1.2 (its default)'}.`,
      'minVersion is at most maxVersion.',
      minVersion === undefined ? 'Set minVersion too.' : 'Exchange the two.',
    );
  if (minVersion === '1.3' && asList(tls.ciphers).length > 0)
    conflict(
      'ciphers',
      'ciphers have no effect where minVersion is 1.3.',
      'TLS 1.3 has cipher suites of its own, which cannot be chosen.',
      'Remove ciphers, or lower minVersion.',
    );
}
