/** How the hosts of a pool are called, in words: over TLS, by which server name, verified by whom. */
import type { AdmissionControl, BackendTls, Pool } from '../plan/types.ts';
import type { PoolExplanation } from './explanation.ts';

/** Empty: all in plain text. One entry without a backend: all alike. */
export function backendCalls({ localities }: Pick<Pool, 'localities'>): PoolExplanation['tls'] {
  const kinds = new Set(localities.map(({ tls }) => tls));
  if (kinds.size === 1) {
    const [tls] = kinds;
    return tls === undefined ? [] : [{ how: tlsText(tls) }];
  }
  return localities.map(({ backend, tls }) => ({
    backend,
    how: tls === undefined ? 'in plain text' : tlsText(tls),
  }));
}

/** With Envoy's defaults: 95 percent, 30 s, 80 percent. */
export const admissionText = ({
  minSuccessRate = 95,
  windowMs = 30_000,
  maxRejected = 80,
}: AdmissionControl): string =>
  `below ${minSuccessRate} % of successes in ${windowMs / 1000} s, up to ${maxRejected} % of the requests are answered 503`;

/** `over TLS, SNI shop.example.com, verified by ConfigMap default/ca`. */
export function tlsText({ sni, trust, altNames, certificate }: BackendTls): string {
  const name = { fixed: '', request: "the request's host", endpoint: "the endpoint's hostname" }[sni.kind];
  const server = sni.kind === 'fixed' ? sni.name : name;
  const others = altNames.filter(({ value }) => sni.kind !== 'fixed' || value !== sni.name);
  return [
    `over TLS, SNI ${server}`,
    trust.kind === 'anyone'
      ? 'not verified'
      : `verified by ${trust.kind === 'system' ? 'the authorities of the system' : trust.sources.join(', ')}`,
    ...(others.length > 0 ? [`for ${altNames.map(({ value }) => value).join(' or ')}`] : []),
    ...(certificate === undefined ? [] : [`showing certificate ${certificate}`]),
  ].join(', ');
}
