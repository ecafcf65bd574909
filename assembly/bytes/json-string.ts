/**
 * A string of JSON (RFC 8259, 7). Escapes are decoded in place, since what they mean is never longer. The
 * answer is a view.
 */
import { ABSENT, Bytes, view } from './view';

let p: usize = 0;
let end: usize = 0;
/** False while the reader looks ahead: then the text must stay as it is. */
let decodes: bool = false;

/** The place after the closing quote, or of the error. */
export function stringEnd(): usize {
  return p;
}

/**
 * The string whose first byte after the quote is at `from`. ABSENT when it is malformed, or does not end
 * before `stop`.
 */
export function readString(from: usize, stop: usize, decode: bool): Bytes {
  p = from;
  end = stop;
  decodes = decode;
  while (p < end) {
    const c = load<u8>(p);
    if (c == 0x22) return view(from, <u32>(p++ - from));
    if (c == 0x5c) return escaped(from);
    if (c < 0x20) break;
    p++;
  }
  return ABSENT;
}

/** Goes on at the first escape. */
function escaped(from: usize): Bytes {
  let to = p;
  while (p < end) {
    const c = load<u8>(p++);
    if (c == 0x22) return view(from, <u32>(to - from));
    if (c < 0x20) break;
    if (c != 0x5c) {
      put(to++, c);
      continue;
    }
    if (p >= end) break;
    const e = load<u8>(p++);
    if (e == 0x75) {
      const code = codePoint();
      if (code < 0) break;
      to = utf8(to, <u32>code);
    } else {
      const plain = simpleEscape(e);
      if (plain == 0) break;
      put(to++, plain);
    }
  }
  return ABSENT;
}

// @ts-ignore: decorator
@inline function put(to: usize, value: u32): void {
  if (decodes) store<u8>(to, <u8>value);
}

function simpleEscape(e: u8): u8 {
  if (e == 0x22 || e == 0x5c || e == 0x2f) return e;
  return e == 0x62 ? 8 : e == 0x66 ? 12 : e == 0x6e ? 10 : e == 0x72 ? 13 : e == 0x74 ? 9 : 0;
}

function hex4(): i32 {
  if (end - p < 4) return -1;
  let value = 0;
  for (let i = 0; i < 4; i++) {
    const c = load<u8>(p++);
    const letter = (c | 0x20) - 0x61;
    const digit = c - 0x30;
    if (digit < 10) value = (value << 4) | <i32>digit;
    else if (letter < 6) value = (value << 4) | (<i32>letter + 10);
    else return -1;
  }
  return value;
}

/** The code point of \uXXXX, or of two that are a surrogate pair; -1 when malformed. */
function codePoint(): i32 {
  const high = hex4();
  if (high < 0xd800 || high > 0xdfff) return high;
  if (high > 0xdbff || end - p < 6 || load<u8>(p) != 0x5c || load<u8>(p, 1) != 0x75) return -1;
  p += 2;
  const low = hex4();
  if (low < 0xdc00 || low > 0xdfff) return -1;
  return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

function utf8(to: usize, code: u32): usize {
  if (code < 0x80) {
    put(to, code);
    return to + 1;
  }
  if (code < 0x800) {
    put(to, 0xc0 | (code >> 6));
    put(to + 1, 0x80 | (code & 63));
    return to + 2;
  }
  if (code < 0x10000) {
    put(to, 0xe0 | (code >> 12));
    put(to + 1, 0x80 | ((code >> 6) & 63));
    put(to + 2, 0x80 | (code & 63));
    return to + 3;
  }
  put(to, 0xf0 | (code >> 18));
  put(to + 1, 0x80 | ((code >> 12) & 63));
  put(to + 2, 0x80 | ((code >> 6) & 63));
  put(to + 3, 0x80 | (code & 63));
  return to + 4;
}
