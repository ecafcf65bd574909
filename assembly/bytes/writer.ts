/**
 * Writes ASCII into a buffer with a bound. What does not fit is not written and `overflowed` says so; nothing is ever
 * written past the end. One writer is open at a time.
 */
import { dtoa_buffered } from 'util/number';
import { at, Bytes, size, view } from './view';

let start: usize = 0;
let top: usize = 0;
let limit: usize = 0;
let full: bool = false;

/** 64 bytes for a number in the two-byte characters of the standard library. */
const digits: usize = memory.data(64, 16);

export function open(pointer: usize, bytes: u32): void {
  start = top = pointer;
  limit = pointer + bytes;
  full = pointer == 0;
}

/** What was written since `open`. */
export function written(): Bytes {
  return view(start, <u32>(top - start));
}

export function overflowed(): bool {
  return full;
}

export function byte(value: u8): void {
  if (top >= limit) {
    full = true;
    return;
  }
  store<u8>(top++, value);
}

export function bytes(value: Bytes): void {
  if (size(value) > <u32>(limit - top)) {
    full = true;
    return;
  }
  memory.copy(top, at(value), size(value));
  top += size(value);
}

export function text(value: string): void {
  for (let i = 0; i < value.length; i++) byte(load<u8>(changetype<usize>(value) + (<usize>i << 1)));
}

export function decimal(value: u64): void {
  let divisor: u64 = 1;
  while (value / divisor >= 10) divisor *= 10;
  for (; divisor != 0; divisor /= 10) byte(<u8>(0x30 + (value / divisor) % 10));
}

/** 16 lower-case hexadecimal digits, as Envoy's Hex::uint64ToHex. */
export function hex(value: u64): void {
  for (let shift: i32 = 60; shift >= 0; shift -= 4) {
    const nibble = <u8>((value >> shift) & 15);
    byte(nibble < 10 ? 0x30 + nibble : 0x57 + nibble);
  }
}

/** The shortest decimal that reads back as the same double. Must be finite. */
export function float(value: f64): void {
  const length = dtoa_buffered<f64>(digits, value);
  let i: u32 = 0;
  for (; i < length; i++) {
    const character = load<u8>(digits + (i << 1));
    // "5.0" is written "5".
    if (character == 0x2e && i + 2 == length && load<u8>(digits + ((i + 1) << 1)) == 0x30) break;
    byte(character);
  }
}
