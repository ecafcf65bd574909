/**
 * Base64 (RFC 4648): `encode` with padding, for Envoy's session header; `decode` for load reports, with or
 * without padding. The URL alphabet and white space are refused, as by Envoy's decoder.
 */
import { at, Bytes, size } from './view';
import * as writer from './writer';

function letter(value: u32): u8 {
  return <u8>(value < 26 ? 0x41 + value : value < 52 ? 0x47 + value : value < 62 ? value - 4 : value == 62 ? 0x2b : 0x2f);
}

/** The six bits of a letter, or 0xff. */
function bits(c: u8): u32 {
  if (<u8>(c - 0x41) < 26) return c - 0x41;
  if (<u8>(c - 0x61) < 26) return c - 0x47;
  if (<u8>(c - 0x30) < 10) return c + 4;
  return c == 0x2b ? 62 : c == 0x2f ? 63 : 0xff;
}

/** Writes the text of `bytes` to the open writer. */
export function encode(bytes: Bytes): void {
  const length = size(bytes);
  const p = at(bytes);
  for (let i: u32 = 0; i < length; i += 3) {
    const left = length - i;
    const group =
      (<u32>load<u8>(p + i) << 16) |
      (left > 1 ? <u32>load<u8>(p + i, 1) << 8 : 0) |
      (left > 2 ? <u32>load<u8>(p + i, 2) : 0);
    writer.byte(letter(group >> 18));
    writer.byte(letter((group >> 12) & 63));
    writer.byte(left > 1 ? letter((group >> 6) & 63) : 0x3d);
    writer.byte(left > 2 ? letter(group & 63) : 0x3d);
  }
}

/** Length of the text without its padding. -1 when no base64 has that length, or that padding. */
export function unpaddedLength(text: Bytes): i32 {
  let length = size(text);
  let pads: u32 = 0;
  while (length > 0 && pads < 2 && load<u8>(at(text) + length - 1) == 0x3d) {
    length--;
    pads++;
  }
  if (pads > 0 && size(text) % 4 != 0) return -1;
  return length % 4 == 1 ? -1 : <i32>length;
}

/**
 * Decodes to `out`, which has room for three quarters of the text. How many bytes, or -1 when it is
 * malformed.
 */
export function decode(text: Bytes, out: usize): i32 {
  const length = unpaddedLength(text);
  if (length < 0) return -1;
  let group: u32 = 0;
  let have = 0;
  let to = out;
  for (let i = 0; i < length; i++) {
    const value = bits(load<u8>(at(text) + i));
    if (value == 0xff) return -1;
    group = (group << 6) | value;
    have += 6;
    if (have >= 8) {
      have -= 8;
      store<u8>(to++, <u8>(group >> have));
    }
  }
  // Bits left over must be 0, or two texts would mean the same bytes (RFC 4648, 3.5).
  if ((group & ((1 << have) - 1)) != 0) return -1;
  return <i32>(to - out);
}
