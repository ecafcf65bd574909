/** Ranges of IP addresses (RFC 4632, RFC 4291 section 2.3): an address and the length of its prefix. */
import { canonicalIP, isIP, isIPv4 } from './address.ts';

export interface Cidr {
  /** The first address of the range, in its shortest form. */
  readonly first: string;
  readonly bits: number;
}

/** `192.168.7.1/16` → 192.168.0.0 and 16; undefined when it is no range. */
export function parseCidr(text: string): Cidr | undefined {
  const [address = '', length = '', ...more] = text.split('/');
  const max = isIPv4(address) ? 32 : 128;
  const bits = Number(length);
  if (more.length > 0 || !isIP(address) || !/^\d{1,3}$/.test(length) || bits > max) return undefined;
  return { first: masked(address, bits), bits };
}

/** The address with all bits behind the prefix 0. */
function masked(address: string, bits: number): string {
  const [groups, size] = isIPv4(address)
    ? [address.split('.').map(Number), 8]
    : [groupsOf(canonicalIP(address)), 16];
  const kept = groups.map((group, i) => {
    const drop = Math.min(size, Math.max(0, (i + 1) * size - bits));
    return (group >> drop) << drop;
  });
  return size === 8 ? kept.join('.') : canonicalIP(kept.map((group) => group.toString(16)).join(':'));
}

/** The eight groups of an IPv6 address in its shortest form. */
function groupsOf(address: string): number[] {
  const [head = '', tail] = address.split('::');
  const numbers = (part: string) => (part === '' ? [] : part.split(':').map((group) => parseInt(group, 16)));
  if (tail === undefined) return numbers(head);
  const [before, after] = [numbers(head), numbers(tail)];
  return [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
}
