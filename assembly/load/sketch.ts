/**
 * How large a part of the traffic each key is, in constant memory: an array of counters by a hash of the key,
 * all halved from time to time, so that the past fades. Two keys that share a counter look hotter than they
 * are; at worst a key is then served by more hosts than it needs.
 */
import { SKETCH_COUNTERS } from '../bytes/caps';
import * as heap from '../bytes/heap';
import { HOT_PARTS, MIN_HOT_COUNT } from './tuning';

/** The sum of all counters (8 bytes), then the counters. */
const SKETCH_BYTES: u32 = 8 + SKETCH_COUNTERS * 4;
/** The top bits of a hash choose a counter. */
const COUNTER_SHIFT: u64 = 64 - <u64>ctz(SKETCH_COUNTERS);

/** A sketch without counts, for `heap.free`. 0 when there is no memory. */
export function makeSketch(): usize {
  const sketch = heap.alloc(SKETCH_BYTES);
  if (sketch != 0) memory.fill(sketch, 0, SKETCH_BYTES);
  return sketch;
}

/** Counts a request of a key, by its hash. The key's count so far. */
export function countKey(sketch: usize, hash: u64): u32 {
  const at = sketch + 8 + (<usize>((hash * 0x9e3779b97f4a7c15) >> COUNTER_SHIFT) << 2);
  const count = load<u32>(at) + 1;
  store<u32>(at, count);
  store<u64>(sketch, load<u64>(sketch) + 1);
  return count;
}

/** On how many of `hosts` a key of this count belongs, 2 to `most`. 0: it is not hot. */
export function replicas(sketch: usize, count: u32, hosts: u32, most: u32): u32 {
  const total = load<u64>(sketch);
  const part = <u64>count * HOT_PARTS * <u64>hosts;
  if (count <= MIN_HOT_COUNT || part <= total) return 0;
  return <u32>min<u64>(most, 1 + part / total);
}

/** Halves all counts. */
export function fade(sketch: usize): void {
  let sum: u64 = 0;
  for (let i: u32 = 0; i < SKETCH_COUNTERS; i++) {
    const at = sketch + 8 + (<usize>i << 2);
    const half = load<u32>(at) >> 1;
    store<u32>(at, half);
    sum += <u64>half;
  }
  store<u64>(sketch, sum);
}
