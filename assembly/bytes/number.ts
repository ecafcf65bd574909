/**
 * Numbers in text. `parseUnsigned` is for configuration; `parseFloat64` reads the grammar that Envoy's number
 * parser (absl::SimpleAtod) and JSON share: digits with at most one point, an exponent, a sign. The value is
 * right but for a few units in the last place. Where it must be exact, the text itself is passed on.
 */
import { at, Bytes, lower, size } from './view';

/** What the last `parseFloat64` saw. */
export const NUMBER_OK: u32 = 0;
export const NUMBER_MALFORMED: u32 = 1;
export const NUMBER_NAN: u32 = 2;
export const NUMBER_INFINITE: u32 = 3;
export const NUMBER_NEGATIVE: u32 = 4;

let result: u32 = 0;

export function numberResult(): u32 {
  return result;
}

/** More digits cannot change a double, and so many still fit in a u64. */
const MAX_DIGITS: i32 = 19;
/** Beyond this exponent the value is infinite or 0, whatever the digits are. */
const MAX_EXPONENT: i32 = 9999;

/** A number of digits alone, at most `most`. U64.MAX_VALUE for anything else. */
export function parseUnsigned(bytes: Bytes, most: u64): u64 {
  const length = size(bytes);
  if (length == 0 || length > 19) return u64.MAX_VALUE;
  let value: u64 = 0;
  for (let i: u32 = 0; i < length; i++) {
    const digit = load<u8>(at(bytes) + i) - 0x30;
    if (digit > 9) return u64.MAX_VALUE;
    value = value * 10 + digit;
  }
  return value <= most ? value : u64.MAX_VALUE;
}

function fail(kind: u32): f64 {
  result = kind;
  return 0;
}

function word(pointer: usize, length: u32, text: string): bool {
  if (length != <u32>text.length) return false;
  for (let i: u32 = 0; i < length; i++) {
    if (<u16>lower(load<u8>(pointer + i)) != load<u16>(changetype<usize>(text) + (i << 1))) return false;
  }
  return true;
}

/** The value, at least 0; `numberResult` says whether it is one. -0 is 0. */
export function parseFloat64(bytes: Bytes): f64 {
  let p = at(bytes);
  const end = p + size(bytes);
  let negative = false;
  if (p < end && (load<u8>(p) == 0x2d || load<u8>(p) == 0x2b)) negative = load<u8>(p++) == 0x2d;
  const start = p;
  let digits: u64 = 0;
  let count = 0;
  let exponent = 0;
  let any = false;
  let point = false;
  for (; p < end; p++) {
    const c = load<u8>(p);
    if (c == 0x2e && !point) {
      point = true;
      continue;
    }
    const digit = c - 0x30;
    if (digit > 9) break;
    any = true;
    if (count < MAX_DIGITS) {
      digits = digits * 10 + digit;
      if (digits != 0) count++;
      if (point) exponent--;
    } else if (!point) {
      exponent++;
    }
  }
  if (!any) {
    const left = <u32>(end - start);
    if (word(start, left, 'nan')) return fail(NUMBER_NAN);
    if (word(start, left, 'inf') || word(start, left, 'infinity')) return fail(NUMBER_INFINITE);
    return fail(NUMBER_MALFORMED);
  }
  if (p < end) {
    if (lower(load<u8>(p)) != 0x65) return fail(NUMBER_MALFORMED);
    p++;
    let down = false;
    if (p < end && (load<u8>(p) == 0x2d || load<u8>(p) == 0x2b)) down = load<u8>(p++) == 0x2d;
    if (p >= end) return fail(NUMBER_MALFORMED);
    let power = 0;
    for (; p < end; p++) {
      const digit = load<u8>(p) - 0x30;
      if (digit > 9) return fail(NUMBER_MALFORMED);
      if (power < MAX_EXPONENT) power = power * 10 + <i32>digit;
    }
    exponent += down ? -power : power;
  }
  const value = scale(digits, exponent);
  if (value == Infinity) return fail(NUMBER_INFINITE);
  if (negative && value > 0) return fail(NUMBER_NEGATIVE);
  result = NUMBER_OK;
  return value;
}

function scale(digits: u64, exponent: i32): f64 {
  if (digits == 0) return 0;
  let value = <f64>digits;
  // In steps, since a power alone may leave the range of a double where the product does not.
  if (exponent > 330) return Infinity;
  if (exponent < -360) return 0;
  while (exponent > 22) {
    value *= 1e22;
    exponent -= 22;
  }
  while (exponent < -22) {
    value /= 1e22;
    exponent += 22;
  }
  return exponent < 0 ? value / power10(-exponent) : value * power10(exponent);
}

/** Exact up to 10^22. */
function power10(exponent: i32): f64 {
  let value: f64 = 1;
  for (let i = 0; i < exponent; i++) value *= 10;
  return value;
}
