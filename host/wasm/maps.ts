/**
 * Header maps and how the ABI serialises them. Names are kept in lower case, values are byte strings (see
 * memory.ts); the order of arrival is kept and a name may come several times, as in Envoy's header map.
 */

import { writeBytes } from './bytes.ts';

export type Pair = readonly [name: string, value: string];

export class HeaderMap {
  #pairs: [string, string][];

  constructor(pairs: Iterable<Pair> = []) {
    this.#pairs = Array.from(pairs, ([name, value]) => [name.toLowerCase(), value]);
  }

  get pairs(): readonly Pair[] {
    return this.#pairs;
  }

  /** The first value: the ABI cannot give more than one (Envoy's Context::getHeaderMapValue). */
  get(name: string): string | undefined {
    const key = name.toLowerCase();
    for (const pair of this.#pairs) if (pair[0] === key) return pair[1];
    return undefined;
  }

  getAll(name: string): string[] {
    const key = name.toLowerCase();
    return this.#pairs.filter((pair) => pair[0] === key).map((pair) => pair[1]);
  }

  add(name: string, value: string): void {
    this.#pairs.push([name.toLowerCase(), value]);
  }

  /** One value afterwards, in the place of the first. */
  replace(name: string, value: string): void {
    const key = name.toLowerCase();
    const first = this.#pairs.find((pair) => pair[0] === key);
    if (first === undefined) {
      this.#pairs.push([key, value]);
      return;
    }
    first[1] = value;
    this.#pairs = this.#pairs.filter((pair) => pair === first || pair[0] !== key);
  }

  remove(name: string): void {
    const key = name.toLowerCase();
    // Asked for headers that are mostly absent: look before building a new list.
    if (this.#pairs.some((pair) => pair[0] === key)) {
      this.#pairs = this.#pairs.filter((pair) => pair[0] !== key);
    }
  }
}

/**
 * Count, then both lengths of each pair (32 bits, little endian), then each name and value with a NUL after
 * it. `[['a', 'bc']]` → 01 00 00 00 · 01 00 00 00 02 00 00 00 · 61 00 62 63 00.
 */
export function encodePairs(pairs: readonly Pair[]): Uint8Array {
  let size = 4;
  for (const pair of pairs) size += 8 + pair[0].length + 1 + pair[1].length + 1;
  const out = Buffer.allocUnsafe(size);
  let at = out.writeUInt32LE(pairs.length, 0);
  for (const pair of pairs) {
    at = out.writeUInt32LE(pair[0].length, at);
    at = out.writeUInt32LE(pair[1].length, at);
  }
  for (const pair of pairs) {
    at = writeBytes(out, pair[0], at);
    out[at++] = 0;
    at = writeBytes(out, pair[1], at);
    out[at++] = 0;
  }
  return out;
}
