/** Second entry, build/testing.wasm: pure functions for tests and benchmarks in Node. Not shipped. */
import * as arena from './bytes/arena';
import { view } from './bytes/view';
import { hashHeader } from './key/header';
import { combine } from './hash/combine';
import { xxh64 } from './hash/xxh64';

export { reset, alloc } from './bytes/arena';

/** Hash of bytes, as Envoy's HashUtil::xxHash64. */
export function hash(pointer: usize, length: u32, seed: u64): u64 {
  return xxh64(view(pointer, length), seed);
}

/** Hash of a header of a serialised map. */
export function headerHash(map: usize, mapLength: u32, name: usize, nameLength: u32): u64 {
  return hashHeader(view(map, mapLength), view(name, nameLength));
}

export function combined(old: u64, any: bool, next: u64): u64 {
  return combine(old, any, next);
}
