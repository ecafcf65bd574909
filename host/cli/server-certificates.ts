/** The certificate, the key and the authority that `serve` starts with: each is tried before it listens. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { Expiring } from '../fleet/prometheus.ts';
import { RunError } from '../run/errors.ts';
import type { Certificates } from '../xds/transport.ts';
import { pemFile } from './xds-address.ts';

type Option = 'tls-cert' | 'tls-key' | 'client-ca';

export interface OwnCertificates extends Certificates {
  readonly expiring: readonly Expiring[];
}

/** @throws {RunError} with the option and the file that is no good */
export function serverCertificates(files: Readonly<Record<Option, string>>): OwnCertificates {
  const must = <T>(option: Option, what: string, read: (pem: Buffer) => T): [Buffer, T] => {
    const pem = pemFile(files[option]);
    try {
      return [pem, read(pem)];
    } catch {
      throw new RunError(`--${option} ${files[option]} holds no ${what} in PEM`);
    }
  };
  const certificate = (pem: Buffer) => new X509Certificate(pem);
  const [cert, shown] = must('tls-cert', 'certificate', certificate);
  const [key, secret] = must('tls-key', 'private key without a password', createPrivateKey);
  // Node takes a file without a certificate for an authority, too, and then nobody is let in.
  const [clientCa, trusted] = must('client-ca', 'certificate', certificate);
  if (!shown.checkPrivateKey(secret))
    throw new RunError(`--tls-key ${files['tls-key']} is not the key of --tls-cert ${files['tls-cert']}`);
  const expiring = [
    { name: '--tls-cert', expires: Date.parse(shown.validTo) },
    { name: '--client-ca', expires: Date.parse(trusted.validTo) },
  ];
  return { cert, key, clientCa, expiring };
}
