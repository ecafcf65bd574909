/** `spec.tls` of a ClientTrafficPolicy (ClientTLSSettings). */
import type { Path } from '../../basics/path.ts';
import type { ClientTls } from '../../model/client-traffic.ts';
import { asObject, type Report } from '../words/findings.ts';
import { object, protecting } from '../words/shape.ts';
import { checkVersions, conflictIn, tlsParameters } from '../words/tls-parameters.ts';

export const clientTlsSchema = object({
  ...tlsParameters(),
  clientValidation: protecting('clients would not be asked for a certificate'),
  session: object({
    resumption: object({ stateless: object({}).optional(), stateful: object({}).optional() }).optional(),
  }).optional(),
});

export function checkClientTls(raw: unknown, report: Report): void {
  const tls = asObject(raw);
  if (tls === undefined) return;
  const path: Path = ['spec', 'tls'];
  checkVersions(tls, conflictIn(tls, path, report));
}

export const toClientTls = ({
  clientValidation: _,
  fingerprints: __,
  session,
  ...parameters
}: ReturnType<typeof clientTlsSchema.parse>): ClientTls => ({
  ...parameters,
  stateless: session?.resumption?.stateless !== undefined,
  stateful: session?.resumption?.stateful !== undefined,
});
