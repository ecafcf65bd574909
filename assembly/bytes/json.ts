/**
 * JSON (RFC 8259) as a pull reader over bytes, for configuration and load reports. It builds nothing: the
 * caller asks for what it expects. After the first error every call does nothing and `failed` is true. Depth
 * and work are bounded. Strings with escapes are decoded in place (json-string).
 *
 *     beginObject(); while (nextKey()) { if (equalText(key(), 'a')) stringValue(); else skip(); }
 */
import { MAX_JSON_DEPTH } from './caps';
import { readString, stringEnd } from './json-string';
import { ABSENT, at, Bytes, size, view } from './view';

const KIND_NONE: u32 = 0;
export const KIND_OBJECT: u32 = 1;
export const KIND_ARRAY: u32 = 2;
export const KIND_STRING: u32 = 3;
export const KIND_NUMBER: u32 = 4;
export const KIND_TRUE: u32 = 5;
export const KIND_FALSE: u32 = 6;
export const KIND_NULL: u32 = 7;

let start: usize = 0;
let p: usize = 0;
let end: usize = 0;
let depth: u32 = 0;
/** After an opening bracket: the next item has no comma before it. */
let fresh: bool = false;
let bad: bool = false;
let tooDeep: bool = false;
/** `count` looks ahead: the text must stay as it is. */
let ahead: bool = false;
let currentKey: Bytes = 0;

export function open(text: Bytes): void {
  start = p = at(text);
  end = p + size(text);
  depth = 0;
  fresh = bad = tooDeep = ahead = false;
}

export function failed(): bool {
  return bad;
}

/** Whether the error is the nesting. */
export function nestedTooDeep(): bool {
  return tooDeep;
}

/** How many bytes were read: the place of an error. */
export function offset(): u32 {
  return <u32>(p - start);
}

function fail(): void {
  bad = true;
}

function space(): void {
  while (p < end) {
    const c = load<u8>(p);
    if (c != 0x20 && c != 0x0a && c != 0x0d && c != 0x09) return;
    p++;
  }
}

function take(c: u8): bool {
  space();
  if (p >= end || load<u8>(p) != c) return false;
  p++;
  return true;
}

/** What the next value is, not yet read. */
export function kind(): u32 {
  if (bad) return KIND_NONE;
  space();
  if (p >= end) return KIND_NONE;
  const c = load<u8>(p);
  if (c == 0x7b) return KIND_OBJECT;
  if (c == 0x5b) return KIND_ARRAY;
  if (c == 0x22) return KIND_STRING;
  if (c == 0x2d || <u8>(c - 0x30) < 10) return KIND_NUMBER;
  return c == 0x74 ? KIND_TRUE : c == 0x66 ? KIND_FALSE : c == 0x6e ? KIND_NULL : KIND_NONE;
}

function begin(c: u8): bool {
  if (bad || !take(c)) {
    fail();
    return false;
  }
  if (++depth > MAX_JSON_DEPTH) {
    tooDeep = true;
    fail();
    return false;
  }
  return fresh = true;
}

export function beginObject(): bool {
  return begin(0x7b);
}

export function beginArray(): bool {
  return begin(0x5b);
}

/** Steps to the next item; false at the closing bracket, which is then read, or at an error. */
function more(close: u8): bool {
  if (bad) return false;
  if (take(close)) {
    depth--;
    fresh = false;
    return false;
  }
  if (!fresh && !take(0x2c)) {
    fail();
    return false;
  }
  fresh = false;
  return true;
}

export function nextItem(): bool {
  if (!more(0x5d)) return false;
  if (kind() == KIND_NONE) fail();
  return !bad;
}

export function nextKey(): bool {
  if (!more(0x7d)) return false;
  if (kind() != KIND_STRING) {
    fail();
    return false;
  }
  currentKey = stringValue();
  if (bad || !take(0x3a)) {
    fail();
    return false;
  }
  return true;
}

export function key(): Bytes {
  return currentKey;
}

/** The string that is next, without its quotes. */
export function stringValue(): Bytes {
  if (bad || !take(0x22)) {
    fail();
    return ABSENT;
  }
  const text = readString(p, end, !ahead);
  p = stringEnd();
  if (text == ABSENT) fail();
  return text;
}

/** The text of the number that is next: `-? int frac? exp?`, checked. */
export function number(): Bytes {
  if (kind() != KIND_NUMBER) {
    fail();
    return ABSENT;
  }
  const from = p;
  if (load<u8>(p) == 0x2d) p++;
  if (p < end && load<u8>(p) == 0x30) p++;
  else if (!digits()) return ABSENT;
  if (p < end && load<u8>(p) == 0x2e) {
    p++;
    if (!digits()) return ABSENT;
  }
  if (p < end && (load<u8>(p) | 0x20) == 0x65) {
    p++;
    if (p < end && (load<u8>(p) == 0x2b || load<u8>(p) == 0x2d)) p++;
    if (!digits()) return ABSENT;
  }
  return view(from, <u32>(p - from));
}

function digits(): bool {
  const from = p;
  while (p < end && <u8>(load<u8>(p) - 0x30) < 10) p++;
  if (p == from) fail();
  return p != from;
}

/** Reads true or false. */
export function boolean(): bool {
  if (kind() == KIND_TRUE) return literal('true');
  literal('false');
  return false;
}

/** Reads a literal; an error when something else is there. */
export function literal(text: string): bool {
  if (bad) return false;
  space();
  for (let i = 0; i < text.length; i++) {
    if (p >= end || <u16>load<u8>(p) != load<u16>(changetype<usize>(text) + (<usize>i << 1))) {
      fail();
      return false;
    }
    p++;
  }
  return true;
}

/** Reads and checks one value of any kind. The depth of JSON is bounded, so the calls are too. */
export function skip(): void {
  switch (kind()) {
    case KIND_OBJECT:
      beginObject();
      while (nextKey()) skip();
      return;
    case KIND_ARRAY:
      beginArray();
      while (nextItem()) skip();
      return;
    case KIND_STRING:
      stringValue();
      return;
    case KIND_NUMBER:
      number();
      return;
    case KIND_TRUE:
    case KIND_FALSE:
      boolean();
      return;
    case KIND_NULL:
      literal('null');
      return;
    default:
      fail();
  }
}

/** How many items the array that is next has. The reader stays in front of it. */
export function count(): u32 {
  const from = p;
  const level = depth;
  let items: u32 = 0;
  ahead = true;
  beginArray();
  while (nextItem()) {
    skip();
    items++;
  }
  ahead = false;
  if (bad) return 0;
  p = from;
  depth = level;
  fresh = false;
  return items;
}

/** True when nothing but space is left. */
export function atEnd(): bool {
  space();
  return !bad && p == end;
}
