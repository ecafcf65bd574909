/** Warnings about certificates that are served all the same. */

import type { Path } from '../../basics/path.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { ListenerOwner, ListenerSpec, Secret } from '../../model/resources.ts';
import { about, keyOf } from '../from.ts';
import type { Authority, AuthorityOwner } from './authorities.ts';
import { entryPath } from './secret-refs.ts';
import { type ServerCertificate, timeText } from './server-certificate.ts';

/** Who renews certificates by hand has this long. */
const SOON_MS = 14 * 24 * 3_600_000;

/** One that ends within 14 days. `told`: each Secret once. */
export function warnOfCertificates(
  secret: Secret,
  { expires }: ServerCertificate,
  now: number,
  told: Set<Secret>,
  diagnostics: Diagnostic[],
): void {
  if (expires - now > SOON_MS || told.has(secret)) return;
  told.add(secret);
  const path = entryPath(secret.spec.entries.get('tls.crt'), 'tls.crt');
  const days = Math.floor((expires - now) / (24 * 3_600_000));
  const left = days === 0 ? 'in less than a day' : `in ${days} day${days === 1 ? '' : 's'}`;
  const text = `The certificate ${keyOf(secret)} expires ${left}, on ${timeText(expires)}.`;
  diagnostics.push(
    about(secret, path, 'warning', 'certificate-expires', text, {
      rule: 'An expired certificate is refused.',
      hint: 'Renew it: put the new certificate and its key into the Secret.',
    }),
  );
}

/**
 * None of the certificates is for the listener's host name: clients would refuse it (Envoy Gateway serves
 * it).
 */
export function warnOfName(
  owner: ListenerOwner,
  index: number,
  certificates: readonly ServerCertificate[],
  diagnostics: Diagnostic[],
): void {
  const { name, hostname } = owner.spec.listeners[index] as ListenerSpec;
  if (hostname === undefined || certificates.length === 0) return;
  if (certificates.some(({ dnsNames }) => dnsNames.some((one) => isFor(one.toLowerCase(), hostname)))) return;
  const names = certificates.flatMap(({ dnsNames }) => dnsNames);
  const path = ['spec', 'listeners', index, 'hostname'];
  const text = `No certificate of the listener ${name} is for its host name ${hostname}: clients will refuse it.`;
  diagnostics.push(
    about(owner, path, 'warning', 'certificate-hostname', text, {
      value: hostname,
      rule: `The certificate${certificates.length === 1 ? ' is' : 's are'} for: ${names.slice(0, 8).join(', ') || 'no name'}.`,
      hint: 'Refer to a certificate for this name, or correct the name.',
    }),
  );
}

/** A wildcard of a certificate stands for one label (RFC 6125, section 6.4.3). */
export function isFor(certificateName: string, hostname: string): boolean {
  if (certificateName === hostname) return true;
  if (!certificateName.startsWith('*.') || hostname.startsWith('*')) return false;
  return hostname.slice(hostname.indexOf('.')) === certificateName.slice(1);
}

/** Where no certificate of the authority is valid for long: nobody will be believed then. */
export function warnOfAuthority(
  owner: AuthorityOwner,
  path: Path,
  { expires, sources }: Authority,
  now: number,
  who: 'backend' | 'client' = 'backend',
): Diagnostic | undefined {
  if (expires - now > SOON_MS) return undefined;
  const ended = expires <= now;
  const text = `The authority's certificate in ${sources.join(', ')} ${ended ? 'has expired' : 'expires'} on ${timeText(expires)}: no ${who} is believed${ended ? '' : ' from then on'}.`;
  return about(owner, path, 'warning', 'certificate-expires', text, {
    rule: `A ${who} is believed while the certificates that its own leads to are valid.`,
    hint: 'Add the new certificate of the authority beside the old one.',
  });
}
