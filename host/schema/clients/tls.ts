/** `spec.tls` of a ClientTrafficPolicy (ClientTLSSettings). */
import { given } from '../../basics/collections.ts';
import type { Path } from '../../basics/path.ts';
import type { ClientTls } from '../../model/client-traffic.ts';
import { asObject, type Report } from '../words/findings.ts';
import { object } from '../words/shape.ts';
import { checkVersions, conflictIn, tlsParameters } from '../words/tls-parameters.ts';
import { checkValidation, toValidation, validationSchema } from './validation.ts';

export const clientTlsSchema = object({
  ...tlsParameters(),
  clientValidation: validationSchema.optional(),
  session: object({
    resumption: object({ stateless: object({}).optional(), stateful: object({}).optional() }).optional(),
  }).optional(),
});

export function checkClientTls(raw: unknown, report: Report): void {
  const tls = asObject(raw);
  if (tls === undefined) return;
  const path: Path = ['spec', 'tls'];
  checkVersions(tls, conflictIn(tls, path, report));
  checkValidation(tls.clientValidation, [...path, 'clientValidation'], report);
}

export const toClientTls = ({
  clientValidation,
  fingerprints: _,
  session,
  ...parameters
}: ReturnType<typeof clientTlsSchema.parse>): ClientTls => ({
  ...parameters,
  stateless: session?.resumption?.stateless !== undefined,
  stateful: session?.resumption?.stateful !== undefined,
  validation: given(clientValidation, toValidation),
});
