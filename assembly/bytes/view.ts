/**
 * Views: an address and a length in one u64, so that they need no memory of their own. `ABSENT` differs from
 * an empty view, since a header without a value is present. A `text` is an ASCII constant of the module, with
 * two bytes for each character.
 */
export type Bytes = u64;

export const ABSENT: Bytes = 0;

// @ts-ignore: decorator
@inline export function view(pointer: usize, length: u32): Bytes {
  return (<u64>pointer) << 32 | <u64>length;
}

// @ts-ignore: decorator
@inline export function at(bytes: Bytes): usize {
  return <usize>(bytes >> 32);
}

// @ts-ignore: decorator
@inline export function size(bytes: Bytes): u32 {
  return <u32>bytes;
}

/** Copies the bytes; answers the view of the copy. The caller must have the room. */
export function copyTo(to: usize, bytes: Bytes): Bytes {
  memory.copy(to, at(bytes), size(bytes));
  return view(to, size(bytes));
}

export function equal(a: Bytes, b: Bytes): bool {
  return size(a) == size(b) && memory.compare(at(a), at(b), size(a)) == 0;
}

/** The order of a C++ string_view: bytes first, then the shorter one. Negative, 0 or positive. */
export function compare(a: Bytes, b: Bytes): i32 {
  const order = memory.compare(at(a), at(b), min(size(a), size(b)));
  return order != 0 ? order : size(a) < size(b) ? -1 : size(a) > size(b) ? 1 : 0;
}

export function equalText(bytes: Bytes, text: string): bool {
  return size(bytes) == <u32>text.length && startsWithText(bytes, text);
}

/** Whether the bytes are one of the words, which single spaces separate. */
export function isOneOf(bytes: Bytes, words: string): bool {
  let matched: u32 = 0;
  let equal = true;
  for (let i = 0; i <= words.length; i++) {
    const letter = i == words.length ? 0x20 : load<u8>(changetype<usize>(words) + (<usize>i << 1));
    if (letter == 0x20) {
      if (equal && matched == size(bytes)) return true;
      matched = 0;
      equal = true;
    } else if (equal) {
      equal = matched < size(bytes) && load<u8>(at(bytes) + matched) == letter;
      matched++;
    }
  }
  return false;
}

export function startsWithText(bytes: Bytes, text: string): bool {
  const length = <u32>text.length;
  if (size(bytes) < length) return false;
  for (let i: u32 = 0; i < length; i++) {
    if (<u16>load<u8>(at(bytes) + i) != load<u16>(changetype<usize>(text) + (i << 1))) return false;
  }
  return true;
}

/** The part from `from` up to `to` (not included). The caller must keep to the bounds. */
// @ts-ignore: decorator
@inline export function slice(bytes: Bytes, from: u32, to: u32): Bytes {
  return view(at(bytes) + from, to - from);
}

/** Position of the first `byte` at or after `from`, or the size when there is none. */
export function find(bytes: Bytes, byte: u8, from: u32): u32 {
  const length = size(bytes);
  const pointer = at(bytes);
  for (let i = from; i < length; i++) {
    if (load<u8>(pointer + i) == byte) return i;
  }
  return length;
}

// @ts-ignore: decorator
@inline export function isSpace(byte: u8): bool {
  return byte == 0x20 || byte == 0x09;
}

/** Without the spaces and tabs at both ends. */
export function trim(bytes: Bytes): Bytes {
  let from: u32 = 0;
  let to = size(bytes);
  const pointer = at(bytes);
  while (from < to && isSpace(load<u8>(pointer + from))) from++;
  while (to > from && isSpace(load<u8>(pointer + to - 1))) to--;
  return slice(bytes, from, to);
}

// @ts-ignore: decorator
@inline export function lower(byte: u8): u8 {
  return <u8>(byte - 0x41) < 26 ? byte | 0x20 : byte;
}
