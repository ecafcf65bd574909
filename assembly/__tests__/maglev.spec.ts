import { Entry, ENTRY_BYTES, fill, isPrime, lookup, markBytes, place, slotBytes } from '../maglev/table';
import { hostShare, localityShare } from '../maglev/weight';
import { xxh64 } from '../hash/xxh64';
import { view } from '../bytes/view';
import { bytesOf } from './support';

/** Slots of hosts that are already in order. */
function table(hosts: string[], weights: f64[], tableSize: u32): usize {
  const count = <u32>hosts.length;
  const entries = __alloc(count * ENTRY_BYTES);
  let most: f64 = 0;
  for (let i: u32 = 0; i < count; i++) {
    place(changetype<Entry>(entries + i * ENTRY_BYTES), bytesOf(hosts[i]), weights[i], tableSize);
    most = max(most, weights[i]);
  }
  const slots = __alloc(tableSize * slotBytes(count));
  fill(slots, __alloc(markBytes(tableSize)), tableSize, entries, count, most);
  return slots;
}

function digits(slots: usize, tableSize: u32): string {
  let text = '';
  for (let i: u32 = 0; i < tableSize; i++) text += load<u8>(slots + i).toString();
  return text;
}

const three = ['127.0.0.1:3000', '127.0.0.1:3001', '127.0.0.1:3002'];
const third: f64 = 1.0 / 3.0;

// The tables below come from a program of its own (arbitrary-precision integers, permutation by
// multiplication and remainder at each step), which agrees with the picks of a real Envoy.
describe('table', () => {
  test('is the independent one for equal weights', () => {
    const slots = table(three, [third, third, third], 53);
    expect(digits(slots, 53)).toBe('21101110200200212111020022021211011202202101121020020');
  });

  test('is the independent one for weights 1, 2, 3', () => {
    const hosts = ['10.0.0.1:80', '10.0.0.2:80', '[::1]:80'];
    const weights = [hostShare(1, 1, 6), hostShare(2, 1, 6), hostShare(3, 1, 6)];
    expect(digits(table(hosts, weights, 53), 53)).toBe('02222222222121211101111022202120222120210121011110222');
  });

  test('is the independent one for localities 80 and 20', () => {
    const hosts = ['10.0.0.1:80', '10.0.0.2:80', '10.0.0.3:80'];
    const weights = [
      hostShare(1, localityShare(80, 100), 3),
      hostShare(2, localityShare(80, 100), 3),
      hostShare(1, localityShare(20, 100), 1),
    ];
    expect(digits(table(hosts, weights, 53), 53)).toBe('00212021100112121111111002100120212101110111011112020');
  });

  test('is the independent one for 300 hosts, in two bytes a slot', () => {
    const hosts: string[] = [];
    const weights: f64[] = [];
    for (let i = 0; i < 300; i++) hosts.push('10.1.' + (i >> 8).toString() + '.' + (i & 255).toString() + ':8080');
    const unsorted = hosts.slice();
    hosts.sort();
    for (let i = 0; i < 300; i++) weights.push(hostShare(1 + (unsorted.indexOf(hosts[i]) % 5), 1, 900));
    expect(xxh64(view(table(hosts, weights, 2039), 4078), 0)).toBe(15355122813097108123);
  });

  test('spreads equal hosts to within one slot', () => {
    const slots = table(three, [third, third, third], 65537);
    const counts: u32[] = [0, 0, 0];
    for (let i = 0; i < 65537; i++) counts[load<u8>(slots + i)]++;
    expect(max(counts[0], max(counts[1], counts[2])) - min(counts[0], min(counts[1], counts[2]))).toBe(1);
  });

  test('has the smallest size, and one host', () => {
    const slots = table(['a:1'], [1], 2);
    expect(lookup(slots, 2, 1, 7, 0)).toBe(0);
  });
});

describe('lookup', () => {
  test('takes the slot of the hash, and another one for a further attempt', () => {
    const slots = table(three, [third, third, third], 53);
    expect(lookup(slots, 53, 3, 2, 0)).toBe(load<u8>(slots + 2));
    const other: u64 = 2 ^ (~(<u64>0) - 1 + 1);
    expect(lookup(slots, 53, 3, 2, 1)).toBe(load<u8>(slots + <usize>(other % 53)));
  });
});

describe('isPrime', () => {
  test('tells sizes that Envoy takes', () => {
    expect(isPrime(2) && isPrime(3) && isPrime(251) && isPrime(65537) && isPrime(5000011)).toBe(true);
    expect(isPrime(0) || isPrime(1) || isPrime(4) || isPrime(65536) || isPrime(5000009) || isPrime(25)).toBe(false);
  });
});
