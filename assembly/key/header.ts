/**
 * Hash of a request header (HeaderHashMethod, source/common/http/hash_policy.cc): all values of the name,
 * sorted, the hash of each seeding the next. Names in the map are lower case.
 */
import { MAX_HEADER_VALUES } from '../bytes/caps';
import * as pairs from '../bytes/pairs';
import { ABSENT, Bytes, compare, equal } from '../bytes/view';
import { xxh64 } from '../hash/xxh64';

/** The values that `readHeader` found last, sorted. */
const values: usize = memory.data(MAX_HEADER_VALUES * 8, 8);
let count: u32 = 0;

/**
 * Reads header `name` (lower case) of a map. The value, of several the first in their order; ABSENT when
 * there is none, or more than MAX_HEADER_VALUES.
 */
export function readHeader(map: Bytes, name: Bytes): Bytes {
  count = 0;
  pairs.open(map);
  while (pairs.next()) {
    if (!equal(pairs.name(), name)) continue;
    if (count == MAX_HEADER_VALUES) return ABSENT;
    insert(pairs.value());
  }
  return count == 0 ? ABSENT : load<u64>(values);
}

/** Keeps `values` sorted. A header is seldom repeated more than a few times. */
function insert(value: Bytes): void {
  let i = count++;
  for (; i > 0; i--) {
    const before = load<u64>(values + (i - 1) * 8);
    if (compare(before, value) <= 0) break;
    store<u64>(values + i * 8, before);
  }
  store<u64>(values + i * 8, value);
}

/**
 * Hash of the header that was read last (HashUtil::xxHash64 of a span of strings,
 * source/common/common/hash.cc).
 */
export function hashHeader(): u64 {
  let hash: u64 = 0;
  for (let i: u32 = 0; i < count; i++) hash = xxh64(load<u64>(values + i * 8), hash);
  return hash;
}
