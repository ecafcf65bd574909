/** The keys of a simulation: numbered ones of the kind the policy hashes, or real ones out of a log. */
import type { HashKey } from '../plan/types.ts';

/** Key number `i` (from 0), as byte string: an address of 10.0.0.0/8 for source IP, else `user-<i>`. */
export function numberedKey(kind: HashKey['kind'], i: number): string {
  if (kind !== 'source-ip') return `user-${i}`;
  return `10.${(i >>> 16) & 255}.${(i >>> 8) & 255}.${i & 255}`;
}

/** The number of different numbered source addresses. */
export const MAX_ADDRESSES = 2 ** 24;

interface KeyList {
  /** Each different key once as a byte string, in the order of first appearance. */
  readonly keys: readonly string[];
  /** How often each came. */
  readonly counts: Uint32Array;
  /** Lines in which the pattern found nothing. */
  readonly skipped: number;
}

/** Takes keys out of lines of text, one line at a time, so that a log need not fit into memory. */
export class KeyCollector {
  readonly #seen = new Map<string, number>();
  readonly #pattern: RegExp | undefined;
  #skipped = 0;

  /**
   * @param pattern The group named `key`, else the first group, else the whole match is the key; undefined:
   *   the whole line.
   */
  constructor(pattern?: RegExp) {
    this.#pattern = pattern;
  }

  /** An empty value is no key: the line is skipped. */
  add(line: string): void {
    const key = this.#extract(line);
    if (key !== undefined && key !== '') this.#seen.set(key, (this.#seen.get(key) ?? 0) + 1);
    else if (line.trim() !== '') this.#skipped++;
  }

  #extract(line: string): string | undefined {
    if (this.#pattern === undefined) return line.trim();
    const match = this.#pattern.exec(line);
    return match === null ? undefined : (match.groups?.key ?? match[1] ?? match[0]);
  }

  list(): KeyList {
    const bytes = [...this.#seen.keys()].map((key) => Buffer.from(key, 'utf8').toString('latin1'));
    return { keys: bytes, counts: Uint32Array.from(this.#seen.values()), skipped: this.#skipped };
  }
}
