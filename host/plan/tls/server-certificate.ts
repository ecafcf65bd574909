/**
 * A Secret of type kubernetes.io/tls → a certificate chain and its key, or why Envoy could not serve it. The
 * rules are Envoy Gateway's (internal/gatewayapi/tls.go in v1.9.1): every certificate of the chain is valid
 * now, and the first has the key. Beside them, the keys that Envoy takes. Pure: `now` is given.
 */
import { createPrivateKey, type KeyObject, type X509Certificate } from 'node:crypto';
import { Hidden } from '../../basics/hidden.ts';
import type { Secret } from '../../model/resources.ts';
import { keyOf } from '../from.ts';
import { certificateIn, type PemBlock, pemBlocks, pemText } from './pem.ts';

/** What a listener serves. */
export interface ServerCertificate {
  /** `namespace/name` of its Secret. */
  readonly name: string;
  /** PEM: the certificate itself, then those that lead to its root. */
  readonly chain: string;
  /** PEM. */
  readonly key: Hidden;
  /** Of the first certificate: SHA-256, hexadecimal, without colons. */
  readonly fingerprint: string;
  /** Milliseconds since 1970: the first of the chain to end. */
  readonly expires: number;
  /** Names in the certificate, as `*.example.com`. */
  readonly dnsNames: readonly string[];
  /** `rsa`, `ec` or `ed25519`: of two certificates with one name and one algorithm only the first counts. */
  readonly algorithm: string;
}
/** `message` is Envoy Gateway's, without the Secret's name and without a full stop. */
export interface CertificateFault {
  readonly entry: 'tls.crt' | 'tls.key';
  readonly message: string;
  readonly rule: string;
  readonly hint: string;
}
export type ReadCertificate =
  | { readonly certificate: ServerCertificate; readonly fault?: undefined }
  | { readonly certificate?: undefined; readonly fault: CertificateFault };

/** Longer chains do not occur; each link costs time in every handshake. */
export const MAX_CHAIN = 16;
/** Of tls.crt and of tls.key each. */
export const MAX_PEM_BYTES = 262_144;

const BEGINS = 'must contain valid tls.crt and tls.key,';

/** @param now Milliseconds since 1970. */
export function readServerCertificate(secret: Secret, now: number): ReadCertificate {
  const chain = readChain(secret, now);
  if ('fault' in chain) return chain;
  const { certificates, blocks } = chain;
  const [first] = certificates as [X509Certificate, ...X509Certificate[]];
  const key = readKey(secret, first);
  if ('fault' in key) return key;
  return {
    certificate: {
      name: keyOf(secret),
      chain: pemText(blocks),
      key: new Hidden(Buffer.from(pemText([key.block]), 'ascii')),
      fingerprint: first.fingerprint256.replaceAll(':', '').toLowerCase(),
      expires: Math.min(...certificates.map(({ validTo }) => Date.parse(validTo))),
      dnsNames: dnsNames(first),
      algorithm: first.publicKey.asymmetricKeyType ?? '',
    },
  };
}

const fault = (
  entry: CertificateFault['entry'],
  message: string,
  rule: string,
  hint: string,
): { readonly fault: CertificateFault } => ({ fault: { entry, message, rule, hint } });

const RENEW = 'Renew it: put the new certificate and its key into the Secret.';

/** What the values hold, each checked for its length. */
function entryText(
  secret: Secret,
  entry: CertificateFault['entry'],
): string | { readonly fault: CertificateFault } {
  const { value, fault: unreadable } = secret.spec.entries.get(entry) ?? {};
  if (unreadable !== undefined) {
    const hint = unreadable.includes('sops')
      ? 'Decrypt it first: sops -d FILE | loadstar … -f -'
      : 'Encode it: base64 -w0 FILE; or write the text itself under stringData.';
    return fault(entry, `${BEGINS} ${entry} ${unreadable}`, 'Values under data are base64.', hint);
  }
  if (value === undefined || value.size === 0)
    return fault(
      entry,
      'must contain tls.crt and tls.key',
      'tls.crt holds the certificate, tls.key its private key.',
      `Add ${entry}.`,
    );
  if (value.size > MAX_PEM_BYTES)
    return fault(
      entry,
      `${BEGINS} ${entry} is ${value.size} bytes long`,
      `${entry} is at most ${MAX_PEM_BYTES} bytes long.`,
      'Put only what belongs to this certificate there.',
    );
  return value.revealText();
}

function readChain(
  secret: Secret,
  now: number,
):
  | { readonly fault: CertificateFault }
  | { readonly certificates: readonly X509Certificate[]; readonly blocks: readonly PemBlock[] } {
  const text = entryText(secret, 'tls.crt');
  if (typeof text !== 'string') return text;
  const invalid = (why: string, rule: string, hint: string) =>
    fault('tls.crt', `${BEGINS} unable to validate certificate in tls.crt: ${why}`, rule, hint);
  const blocks = pemBlocks(text);
  const PEM = 'tls.crt is PEM: the certificate, then those that lead to its root.';
  if (blocks.length === 0)
    return invalid(
      'unable to decode pem data for certificate',
      PEM,
      'It begins with -----BEGIN CERTIFICATE-----.',
    );
  if (blocks.length > MAX_CHAIN)
    return invalid(
      `it holds ${blocks.length} certificates`,
      `A chain has at most ${MAX_CHAIN} certificates.`,
      'Leave out the root, and what does not lead to it.',
    );
  const certificates: X509Certificate[] = [];
  for (const [i, block] of blocks.entries()) {
    const which = blocks.length === 1 ? 'the certificate' : `certificate ${i + 1} of ${blocks.length}`;
    const certificate = certificateIn(block);
    if (certificate === undefined)
      return invalid(`${which} is malformed`, PEM, 'Write the certificate as it was issued.');
    const named = commonName(certificate);
    const { validFrom, validTo } = certificate;
    if (now > Date.parse(validTo))
      return invalid(
        `certificate ${named} has expired since ${timeText(Date.parse(validTo))}`,
        'Every certificate of the chain must be valid now, as in Envoy Gateway: clients refuse an expired one.',
        RENEW,
      );
    if (now < Date.parse(validFrom))
      return invalid(
        `certificate ${named} will be valid after ${timeText(Date.parse(validFrom))}`,
        'Every certificate of the chain must be valid now, as in Envoy Gateway.',
        'Wait, or check the clock of this machine.',
      );
    certificates.push(certificate);
  }
  const weak = unusableKey(certificates[0] as X509Certificate);
  if (weak !== undefined)
    return invalid(
      weak,
      'Envoy takes keys of RSA with 2048 bits or more, P-256, P-384, P-521 and Ed25519.',
      'Issue the certificate for such a key.',
    );
  return { certificates, blocks };
}

const CURVES: ReadonlySet<string> = new Set(['prime256v1', 'secp384r1', 'secp521r1']);

/** Envoy 1.40 refuses the whole secret for such a key. */
function unusableKey(certificate: X509Certificate): string | undefined {
  let key: KeyObject;
  try {
    key = certificate.publicKey;
  } catch {
    return 'its key is of an unknown kind';
  }
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'rsa' && (details?.modulusLength ?? 0) < 2048)
    return `its RSA key has ${details?.modulusLength} bits`;
  if (type === 'ec' && !CURVES.has(details?.namedCurve ?? ''))
    return `its key is on the curve ${details?.namedCurve}`;
  return type === 'rsa' || type === 'ec' || type === 'ed25519' ? undefined : `its key is of type ${type}`;
}

/** PKCS 8, PKCS 1 and SEC 1. */
const KEYS: ReadonlySet<string> = new Set(['PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY']);

function readKey(
  secret: Secret,
  certificate: X509Certificate,
): { readonly fault: CertificateFault } | { readonly block: PemBlock } {
  const text = entryText(secret, 'tls.key');
  if (typeof text !== 'string') return text;
  const blocks = pemBlocks(text);
  // Before it stands, as openssl writes it, an EC PARAMETERS block.
  const block = blocks.find(({ label }) => KEYS.has(label)) ?? blocks[0];
  const RULE = 'tls.key is one private key in PEM, not encrypted: PKCS 8, PKCS 1 or SEC 1 (EC).';
  const HINT = 'It begins with -----BEGIN PRIVATE KEY-----. openssl pkey -in FILE writes a key so.';
  if (block === undefined)
    return fault('tls.key', `${BEGINS} unable to decode pem data in tls.key`, RULE, HINT);
  if (!KEYS.has(block.label))
    return fault(
      'tls.key',
      `${BEGINS} ${block.label} key format found in tls.key, supported formats are PKCS1, PKCS8 or EC`,
      RULE,
      HINT,
    );
  let key: KeyObject;
  try {
    key = createPrivateKey(block.text);
  } catch {
    return fault('tls.key', `${BEGINS} unable to parse the private key in tls.key`, RULE, HINT);
  }
  if (!certificate.checkPrivateKey(key))
    return fault(
      'tls.key',
      'must contain a matching tls.crt and tls.key: tls: private key does not match public key',
      'tls.key is the private key of the first certificate in tls.crt.',
      'Take both from one issue; in a chain the own certificate stands first.',
    );
  return { block };
}

const commonName = ({ subject }: X509Certificate): string => /^CN=(.*)$/m.exec(subject ?? '')?.[1] ?? '';

/** Of a certificate without subject alternative names: its common name, as Envoy Gateway has it. */
function dnsNames(certificate: X509Certificate): string[] {
  const names = [...(certificate.subjectAltName ?? '').matchAll(/(?:^|, )DNS:([^,"]+)/g)].map(
    ([, name]) => name!,
  );
  const common = commonName(certificate);
  return names.length > 0 || common === '' ? names : [common];
}

/** `2026-11-27 12:00 UTC`. */
export const timeText = (ms: number): string =>
  `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
