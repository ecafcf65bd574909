/**
 * Bytes that nobody may see, as a private key: whatever prints or serializes the value (a message, JSON, the
 * console) gets the word `hidden`. Only `reveal` gives them, so that a search for it finds every use.
 */
const WORD = 'hidden';

export class Hidden {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  reveal(): Uint8Array {
    return this.#bytes;
  }

  /** As UTF-8. */
  revealText(): string {
    return new TextDecoder().decode(this.#bytes);
  }

  isSame(other: Hidden): boolean {
    return Buffer.compare(this.#bytes, other.#bytes) === 0;
  }

  get size(): number {
    return this.#bytes.length;
  }

  toString(): string {
    return WORD;
  }

  toJSON(): string {
    return WORD;
  }

  /** What console.log and the errors of node:assert show. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return WORD;
  }
}
