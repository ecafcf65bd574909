/**
 * Hash of a request header (HeaderHashMethod, source/common/http/hash_policy.cc): all values of the name, sorted, the
 * hash of each seeding the next. Names in the map are lower case.
 */
import { MAX_HEADER_VALUES } from '../bytes/caps';
import * as pairs from '../bytes/pairs';
import { Bytes, compare, equal } from '../bytes/view';
import { xxh64 } from '../hash/xxh64';

/** The values of the last key with several. */
const values: usize = memory.data(2048, 8);

let found: bool = false;
let hashed: Bytes = 0;

/** What the last `hashHeader` hashed: the value, or the first of several in their order. */
export function hashedValue(): Bytes {
  return hashed;
}

/** Whether the last `hashHeader` found the header. */
export function headerFound(): bool {
  return found;
}

/** Hash of header `name` (lower case) in the map; `headerFound` tells whether it means anything. */
export function hashHeader(map: Bytes, name: Bytes): u64 {
  let count: u32 = 0;
  found = false;
  pairs.open(map);
  while (pairs.next()) {
    if (!equal(pairs.name(), name)) continue;
    if (count == MAX_HEADER_VALUES) return 0;
    insert(count++, pairs.value());
  }
  if (count == 0) return 0;
  found = true;
  hashed = load<u64>(values);
  return count == 1 ? xxh64(hashed, 0) : hashAll(count);
}

/** Keeps `values` sorted: a header is seldom repeated more than a few times. */
function insert(count: u32, value: Bytes): void {
  let i = count;
  for (; i > 0; i--) {
    const before = load<u64>(values + (i - 1) * 8);
    if (compare(before, value) <= 0) break;
    store<u64>(values + i * 8, before);
  }
  store<u64>(values + i * 8, value);
}

/** The hash of each value seeds the next (HashUtil::xxHash64 of a span of strings, source/common/common/hash.cc). */
function hashAll(count: u32): u64 {
  let hash: u64 = 0;
  for (let i: u32 = 0; i < count; i++) hash = xxh64(load<u64>(values + i * 8), hash);
  return hash;
}
