/**
 * Writes ASCII into a buffer with a bound. What does not fit is not written, and `overflowed` says so. One
 * writer is open at a time.
 */
import { at, Bytes, size, view } from './view';

let start: usize = 0;
let top: usize = 0;
let limit: usize = 0;
let full: bool = false;

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

/** Word number `index` (from 0) of words that single spaces separate. */
export function word(words: string, index: u32): void {
  for (let i = 0; i < words.length; i++) {
    const letter = load<u8>(changetype<usize>(words) + (<usize>i << 1));
    if (letter == 0x20) index--;
    else if (index == 0) byte(letter);
  }
}

export function decimal(value: u64): void {
  let divisor: u64 = 1;
  while (value / divisor >= 10) divisor *= 10;
  for (; divisor != 0; divisor /= 10) byte(<u8>(0x30 + (value / divisor) % 10));
}

export const HEX_DIGITS: u32 = 16;

/** HEX_DIGITS lower-case hexadecimal digits, as Envoy's Hex::uint64ToHex. */
export function hex(value: u64): void {
  for (let shift: i32 = 60; shift >= 0; shift -= 4) {
    const nibble = <u8>((value >> shift) & 15);
    byte(nibble < 10 ? 0x30 + nibble : 0x57 + nibble);
  }
}

/** Decimal digits that every double has. Further ones come from the binary form, not from the sender. */
const SIGNIFICANT: i32 = 15;

/**
 * A decimal of at most 15 significant digits, such as `0.3`, `100`, `1e-7`. Must be finite and at least 0.
 */
export function float(value: f64): void {
  if (value == 0) return byte(0x30);
  let exponent = 0;
  let scaled = value;
  for (; scaled >= 1e22; exponent += 22) scaled /= 1e22;
  for (; scaled < 1e-22; exponent -= 22) scaled *= 1e22;
  // Now from 1e-22 to 1e22. One exact power of ten at a time, so that only one or two steps round.
  if (scaled < 1e-7) {
    scaled *= 1e22;
    exponent -= 22;
  }
  let power: f64 = 1;
  if (scaled >= 1e15) {
    for (; scaled / power >= 1e15; exponent++) power *= 10;
    scaled /= power;
  } else {
    for (; scaled * power < 1e14; exponent--) power *= 10;
    scaled *= power;
  }
  let digits = <u64>nearest(scaled);
  let count = digits >= 1000000000000000 ? SIGNIFICANT + 1 : SIGNIFICANT;
  for (; digits % 10 == 0; count--) {
    digits /= 10;
    exponent++;
  }
  // The value is digits * 10^exponent, and `count` digits long.
  const first = exponent + count - 1;
  if (first < -6 || first > 20) return scientific(digits, count, first);
  if (exponent >= 0) {
    decimal(digits);
    for (; exponent > 0; exponent--) byte(0x30);
  } else if (first >= 0) {
    pointed(digits, -exponent);
  } else {
    text('0.');
    for (let zeros = -first - 1; zeros > 0; zeros--) byte(0x30);
    decimal(digits);
  }
}

/** Digits with a point before the last `places`. */
function pointed(digits: u64, places: i32): void {
  let power: u64 = 1;
  for (let i = 0; i < places; i++) power *= 10;
  decimal(digits / power);
  byte(0x2e);
  let rest = digits % power;
  for (power /= 10; power != 0; power /= 10) {
    byte(<u8>(0x30 + rest / power));
    rest %= power;
  }
}

function scientific(digits: u64, count: i32, first: i32): void {
  if (count > 1) pointed(digits, count - 1);
  else decimal(digits);
  byte(0x65);
  if (first < 0) byte(0x2d);
  decimal(<u64>abs(first));
}
