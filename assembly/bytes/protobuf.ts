/**
 * The protobuf wire format (protobuf.dev/programming-guides/encoding) as a pull reader, bounded by its input.
 * Groups (wire types 3 and 4) are refused: proto3 has none.
 */
import { at, Bytes, size, view } from './view';

export const WIRE_VARINT: u32 = 0;
export const WIRE_FIXED64: u32 = 1;
export const WIRE_LENGTH: u32 = 2;
const WIRE_FIXED32: u32 = 5;

let p: usize = 0;
let end: usize = 0;
let bad: bool = false;
let field: u32 = 0;
let wire: u32 = 0;

export function open(message: Bytes): void {
  p = at(message);
  end = p + size(message);
  bad = false;
}

export function failed(): bool {
  return bad;
}

/** What is not read yet: to go on with a message after one inside it. */
export function rest(): Bytes {
  return view(p, <u32>(end - p));
}

/** Reads the next tag; false at the end or at an error. */
export function nextField(): bool {
  if (bad || p >= end) return false;
  const from = p;
  const tag = varint();
  field = <u32>(tag >> 3);
  wire = <u32>tag & 7;
  // A tag has 32 bits, in at most five bytes.
  if (tag > 0xffffffff || p - from > 5 || field == 0) bad = true;
  return !bad;
}

export function fieldNumber(): u32 {
  return field;
}

export function wireType(): u32 {
  return wire;
}

export function varint(): u64 {
  let value: u64 = 0;
  for (let shift: u64 = 0; shift < 70 && p < end; shift += 7) {
    const byte = load<u8>(p++);
    if (shift < 64) value |= (<u64>(byte & 0x7f)) << shift;
    if (byte < 0x80) return value;
  }
  bad = true;
  return 0;
}

export function double(): f64 {
  if (end - p < 8) {
    bad = true;
    return 0;
  }
  const value = load<f64>(p);
  p += 8;
  return value;
}

/** A string, bytes or message. */
export function bytes(): Bytes {
  const length = varint();
  if (bad || length > <u64>(end - p)) {
    bad = true;
    return view(p, 0);
  }
  const value = view(p, <u32>length);
  p += <usize>length;
  return value;
}

/** Reads the value of a field that nobody needs. */
export function skip(): void {
  if (wire == WIRE_VARINT) varint();
  else if (wire == WIRE_FIXED64) double();
  else if (wire == WIRE_LENGTH) bytes();
  else if (wire == WIRE_FIXED32 && end - p >= 4) p += 4;
  else bad = true;
}
