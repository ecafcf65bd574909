/**
 * HTTPS listeners of one port whose certificates or host names overlap (Gateway API, OverlappingTLSConfig): a
 * client may then send a request for one on a connection of the other (RFC 9113, section 9.1.1). Envoy
 * Gateway switches HTTP/2 off for that; here such a request is answered 421 (misdirected.ts), so that gRPC
 * goes on, and the condition is told all the same. Linear in the names: sets may bring many listeners.
 */
import { groupBy } from '../../basics/collections.ts';
import type { ListenerSpec } from '../../model/resources.ts';
import type { Condition } from '../status/conditions.ts';
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
  for (const sharing of groupBy(listeners, ({ spec }) => spec.port).values()) {
    if (sharing.length < 2) continue;
    const certificates = new Names();
    const hosts = new Names();
    for (const one of sharing) {
      for (const name of sansOf(one)) certificates.add(name, one);
      hosts.add(one.spec.hostname ?? ANY, one);
    }
    for (const one of sharing) {
      // Where both overlap, the certificates are the reason.
      const condition = certificateOverlap(one, certificates) ?? hostOverlap(one, hosts, sharing);
      if (condition !== undefined) found.set(one.spec, [condition]);
    }
  }
  return found;
}

const ANY = '';
const sansOf = ({ certificates }: Secure): readonly string[] =>
  certificates.flatMap(({ dnsNames }) => dnsNames);

function certificateOverlap(one: Secure, names: Names): Condition | undefined {
  for (const a of sansOf(one)) {
    const met = names.meets(a, one);
    if (met !== undefined)
      return overlap(
        'OverlappingCertificates',
        `The certificate SAN ${a} overlaps with the certificate SAN ${met.name}`,
        met.of,
      );
  }
  return undefined;
}

/** A listener for any host overlaps with each. */
function hostOverlap(one: Secure, hosts: Names, sharing: readonly Secure[]): Condition | undefined {
  const { hostname } = one.spec;
  const other = sharing.find((each) => each !== one)!;
  const met =
    hostname === undefined
      ? { name: other.spec.hostname ?? '', of: other }
      : (hosts.meets(hostname, one) ?? hosts.meets(ANY, one));
  if (met === undefined) return undefined;
  const message = `The hostname ${hostname ?? ''} overlaps with the hostname ${met.name}`;
  return overlap('OverlappingHostnames', message, met.of);
}

const overlap = (reason: string, message: string, { spec }: Secure): Condition => ({
  type: 'OverlappingTLSConfig',
  status: 'True',
  reason,
  message: `${message} in listener ${spec.name}. A request on a connection of the other listener is answered 421`,
});

interface Met {
  readonly name: string;
  readonly of: Secure;
}

/** Who has a name, or one that a wildcard with one label covers: the first two, as one may be who asks. */
class Names {
  readonly #byKey = new Map<string, Met[]>();

  add(name: string, of: Secure): void {
    for (const key of name.startsWith('*.') ? [name] : [name, `under ${parentOf(name)}`]) {
      const kept = this.#byKey.get(key) ?? [];
      if (kept.length < 2 && kept[0]?.of !== of) this.#byKey.set(key, [...kept, { name, of }]);
    }
  }

  meets(name: string, except: Secure): Met | undefined {
    const keys = name.startsWith('*.') ? [`under ${name.slice(1)}`] : [`*${parentOf(name)}`];
    return [name, ...keys].flatMap((key) => this.#byKey.get(key) ?? []).find(({ of }) => of !== except);
  }
}

const parentOf = (name: string): string => name.slice(name.indexOf('.'));
