/**
 * The linear memory of a module as the host sees it. Text crosses as "byte strings": JavaScript strings in
 * which each character is one byte (latin-1), as Node's own HTTP gives header values, so that any byte
 * survives both ways. Spec: proxy-wasm ABI 0.2.1, "Memory management".
 */

import { writeBytes } from './bytes.ts';

/** `proxy_on_memory_allocate` or `malloc` of the module: bytes → address, 0 when there is no more. */
type Allocate = (size: number) => number;

export class Memory {
  readonly #memory: WebAssembly.Memory;
  readonly #allocate: Allocate;
  /** Views of the current buffer: growing the memory detaches the old one, so each use compares first. */
  #bytes: Buffer;
  #view: DataView;

  constructor(memory: WebAssembly.Memory, allocate: Allocate) {
    this.#memory = memory;
    this.#allocate = allocate;
    this.#bytes = Buffer.from(memory.buffer);
    this.#view = new DataView(memory.buffer);
  }

  /** Size in bytes; grows in pages of 64 KiB. */
  get size(): number {
    return this.#memory.buffer.byteLength;
  }

  #current(): Buffer {
    if (this.#bytes.buffer !== this.#memory.buffer) {
      this.#bytes = Buffer.from(this.#memory.buffer);
      this.#view = new DataView(this.#memory.buffer);
    }
    return this.#bytes;
  }

  /** True when `size` bytes from `at` lie inside; the ABI answers INVALID_MEMORY_ACCESS otherwise. */
  holds(at: number, size: number): boolean {
    return (at >>> 0) + (size >>> 0) <= this.#memory.buffer.byteLength;
  }

  /** A byte string; undefined when it lies outside. */
  text(at: number, size: number): string | undefined {
    if (!this.holds(at, size)) return undefined;
    return this.#current().toString('latin1', at >>> 0, (at >>> 0) + (size >>> 0));
  }

  /** A copy of bytes; undefined when they lie outside. */
  copy(at: number, size: number): Uint8Array | undefined {
    if (!this.holds(at, size)) return undefined;
    return Uint8Array.prototype.slice.call(this.#current(), at >>> 0, (at >>> 0) + (size >>> 0));
  }

  /** Writes one 32-bit word; false when it lies outside. */
  writeU32(at: number, value: number): boolean {
    if (!this.holds(at, 4)) return false;
    this.#current();
    this.#view.setUint32(at >>> 0, value >>> 0, true);
    return true;
  }

  /** Writes one 64-bit word; false when it lies outside. */
  writeU64(at: number, value: bigint): boolean {
    if (!this.holds(at, 8)) return false;
    this.#current();
    this.#view.setBigUint64(at >>> 0, BigInt.asUintN(64, value), true);
    return true;
  }

  /**
   * Hands bytes to the module: allocates inside it, copies, writes address and length. An empty value
   * allocates nothing and gives address 0, as Envoy does. False: out of memory, or the pointers lie outside.
   */
  give(value: string | Uint8Array, addressAt: number, sizeAt: number): boolean {
    const size = value.length;
    let address = 0;
    if (size > 0) {
      address = this.#allocate(size) >>> 0;
      if (address === 0 || !this.holds(address, size)) return false;
      const bytes = this.#current();
      if (typeof value === 'string') writeBytes(bytes, value, address);
      else bytes.set(value, address);
    }
    return this.writeU32(addressAt, address) && this.writeU32(sizeAt, size);
  }
}
