/**
 * Memory of the module: blocks with a header of 16 bytes, in the order of their addresses, from the end of
 * the static data to the end of linear memory. First fit; free neighbours are joined on the way. It serves
 * configurations, tables and growth, not single requests, so it is small and simple rather than fast. `alloc`
 * answers 0 when memory is at its cap or the host gives no more. It never traps, as the runtime's own
 * allocators do.
 */
import { MAX_PAGES } from './caps';

/** Layout of a block: size of the payload (u32), in use (u32), 8 bytes of padding, payload. */
const HEADER: usize = 16;
/** A smaller remainder stays with its block. */
const MIN_SPLIT: usize = 32;

let first: usize = 0;
let end: usize = 0;
/** End of the memory for specs (see `adopt`). 0: linear memory, which can grow. */
let ceiling: usize = 0;

function start(): void {
  first = (__heap_base + 15) & ~15;
  end = first;
}

/** Uses only `bytes` at `pointer`. For specs, whose runtime owns linear memory; before the first `alloc`. */
export function adopt(pointer: usize, bytes: usize): void {
  first = (pointer + 15) & ~15;
  end = first;
  ceiling = pointer + bytes;
}

/** Room for `bytes` at a multiple of 16; its content is undefined. 0 when there is none. */
export function alloc(bytes: usize): usize {
  if (first == 0) start();
  if (bytes > (<usize>MAX_PAGES) << 16) return 0;
  const need: usize = max<usize>(16, (bytes + 15) & ~15);
  let block = first;
  while (block < end) {
    if (!load<u32>(block, 4)) {
      join(block);
      const has: usize = load<u32>(block);
      if (has >= need) return take(block, need);
      if (block + HEADER + has == end) break;
    }
    block += HEADER + load<u32>(block);
  }
  return extend(block, need);
}

/** Gives a block back. 0 is allowed. */
export function free(pointer: usize): void {
  if (pointer != 0) store<u32>(pointer - HEADER, 0, 4);
}

/** Cuts a block to `bytes`, and frees the rest. */
export function shrink(pointer: usize, bytes: usize): void {
  const block = pointer - HEADER;
  const need: usize = max<usize>(16, (bytes + 15) & ~15);
  if (need <= load<u32>(block)) take(block, need);
}

/** Joins a free block with the free blocks that follow it. */
function join(block: usize): void {
  let size: usize = load<u32>(block);
  let next = block + HEADER + size;
  while (next < end && !load<u32>(next, 4)) {
    size += HEADER + load<u32>(next);
    next = block + HEADER + size;
  }
  store<u32>(block, <u32>size);
}

function take(block: usize, need: usize): usize {
  const has: usize = load<u32>(block);
  if (has - need >= MIN_SPLIT) {
    const rest = block + HEADER + need;
    store<u32>(rest, <u32>(has - need - HEADER));
    store<u32>(rest, 0, 4);
    store<u32>(block, <u32>need);
  }
  store<u32>(block, 1, 4);
  return block + HEADER;
}

/** Makes a block at the end, or grows the last one (`block`) when it is free. */
function extend(block: usize, need: usize): usize {
  const stop = block + HEADER + need;
  if (ceiling != 0 && stop > ceiling) return 0;
  const pages = memory.size();
  if (stop > (<usize>pages) << 16) {
    const more = <i32>((stop - ((<usize>pages) << 16) + 0xffff) >> 16);
    if (pages + more > MAX_PAGES) return 0;
    if (memory.grow(more) < 0) return 0;
  }
  end = stop;
  store<u32>(block, <u32>need);
  store<u32>(block, 1, 4);
  return block + HEADER;
}
