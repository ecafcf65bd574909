/**
 * Memory of one callback: a pointer that moves up, and that `reset` puts back. The host's values are here
 * (the exported allocator is `alloc`), and what the callback builds. What does not fit is borrowed from the
 * heap until the next reset. So a request leaves nothing behind.
 */
import { ARENA_BYTES, MAX_HOST_VALUE } from './caps';
import * as heap from './heap';

let base: usize = 0;
let top: usize = 0;
let limit: usize = 0;
/** Blocks of the heap, linked by their first word. */
let borrowed: usize = 0;

/** Forgets everything. Called at the start of each callback that takes values from the host. */
export function reset(): void {
  top = base;
  while (borrowed != 0) {
    const next: usize = load<u32>(borrowed);
    heap.free(borrowed);
    borrowed = next;
  }
}

/** `bytes` bytes at a multiple of 8, valid until `reset`; 0 when too many are asked for. */
export function alloc(bytes: u32): usize {
  if (bytes > MAX_HOST_VALUE) return 0;
  const need: usize = ((<usize>bytes) + 7) & ~7;
  if (need <= limit - top) {
    const at = top;
    // An empty value still needs an address that is not 0: the host takes 0 for a failure.
    top += need == 0 && limit - top >= 8 ? 8 : need;
    return at;
  }
  return slow(bytes);
}

function slow(bytes: u32): usize {
  if (base == 0) {
    base = heap.alloc(ARENA_BYTES);
    if (base == 0) return 0;
    top = base;
    limit = base + ARENA_BYTES;
    return alloc(bytes);
  }
  const block = heap.alloc(bytes + 16);
  if (block == 0) return 0;
  store<u32>(block, <u32>borrowed);
  borrowed = block;
  return block + 16;
}
