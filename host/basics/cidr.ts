/** Ranges of IP addresses (RFC 4632, RFC 4291 section 2.3): an address and the length of its prefix. */

export interface Cidr {
  /** The first address of the range, in its shortest form. */
  readonly first: string;
  readonly bits: number;
}

/** @param address Is one. */
export const isInRange = (address: string, { first, bits }: Cidr): boolean =>
  address.includes(':') === first.includes(':') && firstOf(address, bits) === first;

/** The address with all bits behind the prefix 0. @param address Is one. */
export function firstOf(address: string, bits: number): string {
  if (!address.includes(':')) return masked(address.split('.').map(Number), 8, bits).join('.');
  const groups = masked(groupsOf(shortest(address)), 16, bits);
  return shortest(groups.map((group) => group.toString(16)).join(':'));
}

function masked(groups: readonly number[], size: number, bits: number): number[] {
  return groups.map((group, i) => {
    const drop = Math.min(size, Math.max(0, (i + 1) * size - bits));
    return (group >> drop) << drop;
  });
}

/** RFC 5952, without dots. */
const shortest = (address: string): string => new URL(`http://[${address}]`).hostname.slice(1, -1);

/** The eight groups of an IPv6 address in its shortest form. */
function groupsOf(address: string): number[] {
  const [head = '', tail] = address.split('::');
  const numbers = (part: string) => (part === '' ? [] : part.split(':').map((group) => parseInt(group, 16)));
  const [before, after] = [numbers(head), numbers(tail ?? '')];
  return [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
}
