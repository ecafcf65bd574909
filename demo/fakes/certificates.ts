/**
 * Certificates for tests and the demo, made here: X.509 version 3 (RFC 5280) in DER by hand, keys and
 * signatures by node:crypto. So nothing has to be installed, no key is in the repository, and a certificate
 * can have ended.
 */
import { generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto';
import type { Manifest } from './manifests.ts';

export interface Issued {
  readonly name: string;
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
  readonly privateKey: KeyObject;
}
interface Wanted {
  /** Common name. */
  readonly name: string;
  readonly dnsNames?: readonly string[];
  readonly uris?: readonly string[];
  /** Absent: signed by itself. */
  readonly issuer?: Issued;
  readonly ca?: boolean;
  /** Days from now, also negative; absent: from yesterday to 90 days from now. */
  readonly from?: number;
  readonly to?: number;
  /** Absent: P-256. */
  readonly keys?: { readonly privateKey: KeyObject; readonly publicKey: KeyObject };
}

const DAY = 86_400_000;

export const ecKeys = (namedCurve = 'P-256') => generateKeyPairSync('ec', { namedCurve });
export const rsaKeys = (modulusLength = 2048) => generateKeyPairSync('rsa', { modulusLength });

/** @param wanted The issuer's key is on a curve. */
export function issue({
  name,
  dnsNames = [],
  uris = [],
  issuer,
  ca,
  from = -1,
  to = 90,
  keys,
}: Wanted): Issued {
  const { privateKey, publicKey } = keys ?? ecKeys();
  const signer = issuer?.privateKey ?? privateKey;
  const algorithm = sequence(
    signer.asymmetricKeyType === 'rsa'
      ? [oid('1.2.840.113549.1.1.11'), tlv(0x05)]
      : [oid('1.2.840.10045.4.3.2')],
  );
  const altNames = [
    ...dnsNames.map((one) => tlv(0x82, Buffer.from(one))),
    ...uris.map((one) => tlv(0x86, Buffer.from(one))),
  ];
  const extensions = [
    ...(ca === true ? [extension('2.5.29.19', sequence([tlv(0x01, Buffer.from([0xff]))]), true)] : []),
    ...(altNames.length > 0 ? [extension('2.5.29.17', sequence(altNames))] : []),
  ];
  const body = sequence([
    tlv(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    distinguished(issuer?.name ?? name),
    sequence([time(from), time(to)]),
    distinguished(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    ...(extensions.length > 0 ? [tlv(0xa3, sequence(extensions))] : []),
  ]);
  const whole = sequence([body, algorithm, bits(sign('sha256', body, signer))]);
  return {
    name,
    certificate: pem('CERTIFICATE', whole),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    privateKey,
  };
}

/** What an authority has revoked (RFC 5280, section 5). @param to Days from now until the next one is due. */
export function revocationList(issuer: Issued, revoked: readonly Issued[], to = 30): string {
  const algorithm = sequence([oid('1.2.840.10045.4.3.2')]);
  const serialOf = ({ certificate }: Issued): Buffer =>
    Buffer.from(new X509Certificate(certificate).serialNumber, 'hex');
  const body = sequence([
    integer(Buffer.from([1])),
    algorithm,
    distinguished(issuer.name),
    time(-1),
    time(to),
    ...(revoked.length === 0
      ? []
      : [sequence(revoked.map((one) => sequence([integer(serialOf(one)), time(-1)])))]),
  ]);
  const whole = sequence([body, algorithm, bits(sign('sha256', body, issuer.privateKey))]);
  return pem('X509 CRL', whole);
}

const pem = (label: string, der: Buffer): string =>
  `-----BEGIN ${label}-----\n${der.toString('base64').replace(/.{64}/g, '$&\n').trimEnd()}\n-----END ${label}-----\n`;

export const authority = (name = 'Test CA'): Issued => issue({ name, ca: true });

/** A ConfigMap with authorities. */
export const authorityMap = (
  name: string,
  ...authorities: readonly Pick<Issued, 'certificate'>[]
): Manifest => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data: { 'ca.crt': authorities.map(({ certificate }) => certificate).join('') },
});

/**
 * A BackendTLSPolicy: the Service is called over TLS, by that name and the authority in the ConfigMap `ca`.
 */
export const serviceTls = (name: string, service: string, hostname: string): Manifest => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'BackendTLSPolicy',
  metadata: { name },
  spec: {
    targetRefs: [{ group: '', kind: 'Service', name: service }],
    validation: { caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'ca' }], hostname },
  },
});

/** The Secret of a certificate. */
export const tlsSecret = (
  name: string,
  { certificate, key }: Pick<Issued, 'certificate' | 'key'>,
  metadata: Manifest = {},
): Manifest => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, ...metadata },
  type: 'kubernetes.io/tls',
  data: {
    'tls.crt': Buffer.from(certificate).toString('base64'),
    'tls.key': Buffer.from(key).toString('base64'),
  },
});

function tlv(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
const sequence = (parts: readonly Uint8Array[]): Buffer => tlv(0x30, ...parts);
const integer = (bytes: Uint8Array): Buffer => tlv(0x02, bytes);
const bits = (bytes: Uint8Array): Buffer => tlv(0x03, Buffer.from([0]), bytes);
const distinguished = (name: string): Buffer =>
  sequence([tlv(0x31, sequence([oid('2.5.4.3'), tlv(0x0c, Buffer.from(name))]))]);
/** GeneralizedTime, to the second. */
const time = (days: number): Buffer =>
  tlv(0x18, Buffer.from(new Date(Date.now() + days * DAY).toISOString().replace(/[-:T]|\.\d+/g, '')));
const extension = (id: string, value: Buffer, critical = false): Buffer =>
  sequence([oid(id), ...(critical ? [tlv(0x01, Buffer.from([0xff]))] : []), tlv(0x04, value)]);

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const number of rest) {
    const septets = [number & 127];
    for (let left = number >> 7; left > 0; left >>= 7) septets.unshift((left & 127) | 128);
    bytes.push(...septets);
  }
  return tlv(0x06, Buffer.from(bytes));
}
