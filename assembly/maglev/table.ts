/**
 * The Maglev table (Eisenbud et al., NSDI 2016, listing 1) with Envoy's weights, so that every slot is the
 * one that Envoy's own table has (source/extensions/load_balancing_policies/maglev/maglev_lb.cc).
 *
 * Worked example, M = 7, hosts a (offset 3, skip 4) and b (offset 0, skip 2), equal weights: a takes 3, b 0;
 * a steps to 0, which is taken, then 4; b 2; a 1; b 4, taken, then 6; a 5. Slots: b a b a a a b.
 *
 * Envoy computes (offset + skip * n) % M for each step; here the position moves by `skip` and M is taken off
 * when it passes, which is the same residue without a division.
 */
import { xxh64 } from '../hash/xxh64';
import { at, Bytes, size } from '../bytes/view';

/** One host while a table is built. */
@unmanaged
export class Entry {
  position: u32;
  skip: u32;
  /** Share of the table, of 1. */
  weight: f64;
  /** The host has its turn when iteration * weight has reached this. It starts at 0 (maglev_lb.h). */
  target: f64;
}

export const ENTRY_BYTES: u32 = <u32>offsetof<Entry>();

/** Bytes of a slot for so many hosts. */
export function slotBytes(hosts: u32): u32 {
  return hosts <= 0x100 ? 1 : 2;
}

/** Sets an entry from the text that Envoy hashes for a host: its address with port. */
export function place(entry: Entry, key: Bytes, weight: f64, tableSize: u32): void {
  entry.position = <u32>(xxh64(key, 0) % <u64>tableSize);
  entry.skip = <u32>(xxh64(key, 1) % <u64>(tableSize - 1)) + 1;
  entry.weight = weight;
  entry.target = 0;
}

/** Bytes of the `marks` of `fill`: a bit for each slot. */
export function markBytes(tableSize: u32): u32 {
  return (tableSize >> 3) + 1;
}

/**
 * Fills `slots` (tableSize values of `slotBytes(count)` bytes) from `count` entries at `entries`, in their
 * order. `tableSize` must be prime, `count` at least 1, and `most` the largest weight, above 0. `marks` is
 * room for a bit for each slot that is taken: nearly every step meets a taken slot, and bits stay in the
 * processor's nearest cache where slots do not.
 */
export function fill(slots: usize, marks: usize, tableSize: u32, entries: usize, count: u32, most: f64): void {
  memory.fill(marks, 0, markBytes(tableSize));
  const even = equalWeights(entries, count);
  let filled: u32 = 0;
  // Each round is a call, so that the engine can change to its optimised code in the middle of a table.
  for (let iteration: u32 = 1; filled < tableSize; iteration++) {
    const turn = even ? 0 : iteration;
    filled =
      slotBytes(count) == 1
        ? round<u8>(slots, marks, tableSize, entries, count, turn, most, filled)
        : round<u16>(slots, marks, tableSize, entries, count, turn, most, filled);
  }
}

/** With equal weights all hosts take their turns together, so no turns need be counted. */
function equalWeights(entries: usize, count: u32): bool {
  const first = changetype<Entry>(entries).weight;
  for (let i: u32 = 1; i < count; i++) {
    if (changetype<Entry>(entries + i * ENTRY_BYTES).weight != first) return false;
  }
  return true;
}

/**
 * A turn for each host whose turn it is; with `iteration` 0, for each host. How many slots are filled then.
 */
function round<T>(
  slots: usize,
  marks: usize,
  tableSize: u32,
  entries: usize,
  count: u32,
  iteration: u32,
  most: f64,
  filled: u32,
): u32 {
  for (let i: u32 = 0; i < count && filled < tableSize; i++) {
    const entry = changetype<Entry>(entries + i * ENTRY_BYTES);
    if (iteration != 0) {
      if (<f64>iteration * entry.weight < entry.target) continue;
      entry.target += most;
    }
    const skip = entry.skip;
    let position = entry.position;
    // At most tableSize steps: skip and a prime size have no common divisor, and a slot is free.
    while ((<u32>load<u8>(marks + (position >> 3)) >> (position & 7)) & 1) {
      position += skip;
      if (position >= tableSize) position -= tableSize;
    }
    const mark = marks + (position >> 3);
    store<u8>(mark, <u32>load<u8>(mark) | (1 << (position & 7)));
    store<T>(slots + <usize>position * sizeof<T>(), <T>i);
    filled++;
    position += skip;
    entry.position = position >= tableSize ? position - tableSize : position;
  }
  return filled;
}

/**
 * The hash that an attempt looks up. Attempts count from 0; each one looks elsewhere, as Envoy's retries do.
 */
export function attemptHash(hash: u64, attempt: u32): u64 {
  return attempt == 0 ? hash : hash ^ (~(<u64>0) - <u64>attempt + 1);
}

/** The host of a hash at an attempt. */
export function lookup(slots: usize, tableSize: u32, hosts: u32, hash: u64, attempt: u32): u32 {
  const slot = <usize>(attemptHash(hash, attempt) % <u64>tableSize);
  return slotBytes(hosts) == 1 ? <u32>load<u8>(slots + slot) : <u32>load<u16>(slots + (slot << 1));
}

/** True for 2 and odd numbers without a divisor up to the root; Envoy refuses other table sizes. */
export function isPrime(value: u32): bool {
  if (value < 4) return value > 1;
  if (value % 2 == 0) return false;
  for (let divisor: u32 = 3; divisor * divisor <= value; divisor += 2) {
    if (value % divisor == 0) return false;
  }
  return true;
}
