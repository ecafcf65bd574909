/** Tests of what is not translated at all. */
import type { Trial } from '../words.ts';

const all = (unmet: string, extended: readonly string[], names: readonly string[]): Trial[] =>
  names.map((name) => ({ name, extended, unmet }));

export const notTranslated: readonly Trial[] = [
  ...all(
    '`spec.tls.backend` of a Gateway is named and left out',
    ['GatewayBackendClientCertificate', 'BackendTLSPolicy'],
    ['GatewayTLSBackendClientCertificate', 'GatewayInvalidTLSBackendConfiguration'],
  ),
];
