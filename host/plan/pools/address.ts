/**
 * A host has one spelling, from where it enters the plan: that which Envoy prints (RFC 5952, and inet_ntop's
 * dotted form for IPv4-mapped addresses), since that is what Envoy hashes and what everything else compares.
 */
import { isIP } from 'node:net';

/** `2001:DB8:0::1` → `2001:db8::1`. What is no IPv6 address (IPv4, a name) is returned as it is. */
export function canonicalAddress(address: string): string {
  if (!isAddress(address) || !address.includes(':')) return address;
  // The URL parser writes the shortest form in lower case, with the longest run of two or more zero groups as
  // `::`.
  const text = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(text);
  if (mapped === null) return text;
  const [high, low] = [Number.parseInt(mapped[1]!, 16), Number.parseInt(mapped[2]!, 16)];
  return `::ffff:${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}

/** An IP address without a zone (`fe80::1%eth0` names a link of one machine). */
export const isAddress = (text: string): boolean => isIP(text) !== 0 && !text.includes('%');
