/**
 * Random numbers that can be repeated: xorshift128 (Marsaglia, "Xorshift RNGs", 2003), seeded for each input
 * by itself from the campaign's seed and the input's number, so that one input can be made again without
 * those before it.
 */
export class Random {
  #a = 0;
  #b = 0;
  #c = 0;
  #d = 0;

  constructor(seed: number, index = 0) {
    this.reseed(seed, index);
  }

  reseed(seed: number, index: number): void {
    // The finalizer of MurmurHash3 spreads neighbouring numbers over all bits.
    const mix = (x: number): number => {
      let h = x | 0;
      h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
      h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
      return (h ^ (h >>> 16)) >>> 0;
    };
    this.#a = mix(seed + 1);
    this.#b = mix(this.#a ^ index);
    this.#c = mix(this.#b + Math.floor(index / 2 ** 32) + 0x9e3779b9);
    this.#d = mix(this.#c ^ seed) | 1;
  }

  /** 32 bits, unsigned. */
  next(): number {
    const t = this.#a ^ (this.#a << 11);
    this.#a = this.#b;
    this.#b = this.#c;
    this.#c = this.#d;
    this.#d = this.#d ^ (this.#d >>> 19) ^ (t ^ (t >>> 8));
    return this.#d >>> 0;
  }

  /** From 0 to `below` - 1. */
  below(below: number): number {
    return this.next() % below;
  }

  /** True once in `n`. */
  oneIn(n: number): boolean {
    return this.next() % n === 0;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.next() % items.length]!;
  }

  /** Small numbers mostly, large ones at times: up to `most`. */
  size(most: number): number {
    const bits = this.below(Math.max(1, Math.ceil(Math.log2(most + 1)))) + 1;
    return Math.min(most, this.below(2 ** bits));
  }
}
