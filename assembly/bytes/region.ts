/**
 * Memory of one configuration: one block of the heap, filled from its start, cut to what was used, and freed
 * as a whole with its root context.
 */
import * as heap from './heap';

let base: usize = 0;
let top: usize = 0;
let limit: usize = 0;

/** Opens a region of at most `bytes`. One is open at a time. False when there is no memory. */
export function open(bytes: usize): bool {
  base = heap.alloc(bytes);
  top = base;
  limit = base + (base != 0 ? bytes : 0);
  return base != 0;
}

/** `bytes` zeroed bytes at a multiple of 8; 0 when the region is full. */
export function alloc(bytes: usize): usize {
  const need: usize = (bytes + 7) & ~7;
  if (need > limit - top) return 0;
  const at = top;
  top += need;
  memory.fill(at, 0, need);
  return at;
}

/** Ends the region and answers its address, for `heap.free`. */
export function close(): usize {
  heap.shrink(base, top - base);
  const at = base;
  base = top = limit = 0;
  return at;
}

/** Gives the open region back. */
export function drop(): void {
  heap.free(base);
  base = top = limit = 0;
}
