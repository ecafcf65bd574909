/**
 * A header map as the host serialises it (proxy-wasm-cpp-host, pairs_util.cc): the number of pairs, then the
 * two lengths of each, then each name and value with a NUL after it. All numbers are little-endian u32.
 * `next` checks every bound and copies nothing.
 */
import { MAX_HEADERS } from './caps';
import { at, Bytes, size, view } from './view';

let lengths: usize = 0;
let data: usize = 0;
let stop: usize = 0;
let left: u32 = 0;
let currentName: Bytes = 0;
let currentValue: Bytes = 0;

/** Starts before the first pair. A map that cannot be right has none. */
export function open(map: Bytes): void {
  left = 0;
  if (size(map) < 4) return;
  const count = load<u32>(at(map));
  if (count > MAX_HEADERS || size(map) < 4 + count * 8) return;
  lengths = at(map) + 4;
  data = lengths + count * 8;
  stop = at(map) + size(map);
  left = count;
}

/** Steps to the next pair; false at the end. */
export function next(): bool {
  if (left == 0) return false;
  const nameLength = load<u32>(lengths);
  const valueLength = load<u32>(lengths, 4);
  const room = <u64>(stop - data);
  if (<u64>nameLength + <u64>valueLength + 2 > room) {
    left = 0;
    return false;
  }
  currentName = view(data, nameLength);
  currentValue = view(data + nameLength + 1, valueLength);
  data += nameLength + valueLength + 2;
  lengths += 8;
  left--;
  return true;
}

// @ts-ignore: decorator
@inline export function name(): Bytes {
  return currentName;
}

// @ts-ignore: decorator
@inline export function value(): Bytes {
  return currentValue;
}
