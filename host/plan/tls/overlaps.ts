/**
 * HTTPS listeners of one port whose certificates or host names overlap (Gateway API, OverlappingTLSConfig): a
 * client may then send a request for one on a connection of the other (RFC 9113, section 9.1.1). Envoy
 * Gateway switches HTTP/2 off for that; here such a request is answered 421 (misdirected.ts), so that gRPC
 * goes on, and the condition is told all the same.
 */
import type { ListenerSpec } from '../../model/resources.ts';
import type { Condition } from '../status/conditions.ts';
import { isFor } from './certificate-advice.ts';
import type { ServerCertificate } from './server-certificate.ts';

interface Secure {
  readonly spec: ListenerSpec;
  readonly certificates: readonly ServerCertificate[];
}

/** Of those of one Gateway that are served; for each listener the first overlap. */
export function overlapConditions(
  listeners: readonly Secure[],
): ReadonlyMap<ListenerSpec, readonly Condition[]> {
  const found = new Map<ListenerSpec, Condition[]>();
  for (const one of listeners) {
    for (const other of listeners) {
      if (one === other || one.spec.port !== other.spec.port) continue;
      const condition = overlapOf(one, other);
      if (condition === undefined) continue;
      // Where both overlap, the certificates are the reason.
      const before = found.get(one.spec)?.[0];
      if (
        before === undefined ||
        (before.reason === 'OverlappingHostnames' && condition.reason !== before.reason)
      )
        found.set(one.spec, [condition]);
    }
  }
  return found;
}

function overlapOf(one: Secure, other: Secure): Condition | undefined {
  const set = (reason: string, message: string): Condition => ({
    type: 'OverlappingTLSConfig',
    status: 'True',
    reason,
    message: `${message} in listener ${other.spec.name}. A request on a connection of the other listener is answered 421`,
  });
  const names = (listener: Secure): readonly string[] =>
    listener.certificates.flatMap(({ dnsNames }) => dnsNames);
  for (const a of names(one))
    for (const b of names(other))
      if (overlap(a, b))
        return set(
          'OverlappingCertificates',
          `The certificate SAN ${a} overlaps with the certificate SAN ${b}`,
        );
  const [a, b] = [one.spec.hostname, other.spec.hostname];
  if (a !== undefined && b !== undefined && !overlap(a, b)) return undefined;
  return set('OverlappingHostnames', `The hostname ${a ?? ''} overlaps with the hostname ${b ?? ''}`);
}

const overlap = (a: string, b: string): boolean => isFor(a, b) || isFor(b, a);
