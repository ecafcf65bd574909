/**
 * Host sets for the comparison of whole tables: 1 to 200 hosts, IPv4 and IPv6, weights of hosts and of
 * localities.
 */
import { Random } from '../../fuzz/random.ts';

export interface Host {
  readonly ip: string;
  readonly port: number;
  readonly weight: number;
}

export interface HostSet {
  readonly name: string;
  readonly size: number;
  readonly localityWeighted: boolean;
  readonly localities: readonly { readonly weight: number; readonly hosts: readonly Host[] }[];
}

export const addressOf = ({ ip, port }: Host): string =>
  ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;

type Family = 'IPv4' | 'IPv6' | 'mixed';
type Weights = 'equal' | 'to 10' | 'to 1000' | 'localities';
const families: readonly Family[] = ['IPv4', 'IPv6', 'mixed'];
const weightings: readonly Weights[] = ['equal', 'to 10', 'to 1000', 'localities'];

/** Every set has addresses of its own, so that a line of Envoy's log tells which table it is of. */
function make(number: number, count: number, family: Family, weights: Weights, size: number): HostSet {
  const random = new Random(20_261_122, number);
  const host = (i: number): Host => {
    const six = family === 'IPv6' || (family === 'mixed' && i % 2 === 1);
    // Ports and the last parts vary in length, so that the hashed texts do.
    const port = 1 + random.below(65_535);
    const ip = six
      ? `2001:db8:${(number + 1).toString(16)}::${(i + 1).toString(16)}`
      : `10.${number >> 8}.${number & 255}.${i + 1}`;
    const weight =
      weights === 'to 10' ? 1 + random.below(10) : weights === 'to 1000' ? 1 + random.below(1000) : 1;
    return { ip, port, weight };
  };
  const hosts = Array.from({ length: count }, (_, i) => host(i));
  const name = `${count} ${family}, weights ${weights}, ${size} slots`;
  if (weights !== 'localities')
    return { name, size, localityWeighted: false, localities: [{ weight: 1, hosts }] };
  const parts = Math.min(count, 1 + random.below(4));
  const localities = Array.from({ length: parts }, (_, part) => ({
    weight: 1 + random.below(100),
    hosts: hosts.filter((_, i) => i % parts === part).map((h) => ({ ...h, weight: 1 + random.below(3) })),
  }));
  return { name, size, localityWeighted: true, localities };
}

/** @param large Also the largest table that Envoy allows, which takes tens of seconds. */
export function hostSets(counts: readonly number[], large: boolean): HostSet[] {
  const sets: HostSet[] = [];
  for (const [i, count] of counts.entries()) {
    for (const [j, weights] of weightings.entries()) {
      const family = families[(i + j) % families.length]!;
      for (const size of [2, 251, 65_537]) sets.push(make(sets.length, count, family, weights, size));
    }
  }
  if (large) {
    for (const [count, family, weights] of [
      [1, 'IPv4', 'equal'],
      [7, 'IPv6', 'to 10'],
      [100, 'mixed', 'to 1000'],
      [200, 'IPv4', 'localities'],
    ] as const) {
      sets.push(make(sets.length, count, family, weights, 5_000_011));
    }
  }
  return sets;
}
