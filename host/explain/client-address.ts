/**
 * The client's address that a listener finds in a request (ClientTrafficPolicy, clientIPDetection): Envoy's
 * source/extensions/http/original_ip_detection and Utility::getLastAddressFromXFF.
 */
import { firstOf, isInRange } from '../basics/cidr.ts';
import { canonicalAddress, isAddress } from '../plan/pools/address.ts';
import type { Cidr, ClientSettings } from '../plan/types.ts';
import { type HeaderMap, valuesOf } from './header-map.ts';

/** @param connection Its address. Undefined: it cannot be found, and the listener refuses the request. */
export function clientAddress(
  clientIp: ClientSettings['clientIp'],
  map: HeaderMap,
  connection: string,
): string | undefined {
  if (clientIp === undefined) return connection;
  if (clientIp.kind === 'header') {
    const [value = ''] = valuesOf(map, clientIp.name);
    return read(value) ?? (clientIp.failClosed ? undefined : connection);
  }
  const [value] = valuesOf(map, 'x-forwarded-for');
  if (value === undefined) return connection;
  const hops = value.split(',');
  const { trusted } = clientIp;
  const found =
    'hops' in trusted ? read(hops.at(-trusted.hops) ?? '') : firstUntrusted(hops, trusted.cidrs, connection);
  return found ?? connection;
}

/** Undefined: whoever connects is not trusted, or an entry is no address. */
function firstUntrusted(
  hops: readonly string[],
  cidrs: readonly Cidr[],
  connection: string,
): string | undefined {
  const trusts = (address: string): boolean =>
    cidrs.some(({ address: start, bits }) => isInRange(address, { first: firstOf(start, bits), bits }));
  if (!trusts(connection)) return undefined;
  let last: string | undefined;
  for (const hop of [...hops].reverse()) {
    last = read(hop);
    if (last === undefined || !trusts(last)) return last;
  }
  return last;
}

/** An address alone: with a port it is none. */
function read(text: string): string | undefined {
  const value = text.trim();
  return isAddress(value) ? canonicalAddress(value) : undefined;
}
