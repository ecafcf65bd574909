/**
 * Slots of built tables, kept in the VM by what they were built of: size, hosts and shares. A configuration that
 * replaces another shares those of every table that stayed the same, so one changed table of a hundred costs one
 * build. Equal content is compared in full; the hash only finds candidates. Slots live while a table has them.
 *
 * The slots and a copy of what they were built of follow the record, in one block of memory.
 */
import * as heap from '../bytes/heap';
import { at, size } from '../bytes/view';
import { xxh64 } from '../hash/xxh64';
import { slotBytes } from '../maglev/table';
import { Host, HOST_BYTES, Table } from './model';

@unmanaged
class Kept {
  hash: u64;
  tableSize: u32;
  hostCount: u32;
  /** Tables that have these slots. */
  references: u32;
  next: usize;
  /** For each host its share (8 bytes), the length of its address (4), and the address. */
  content: usize;
}

const HEAD: usize = (offsetof<Kept>() + 15) & ~15;
const CONTENT_HEAD: usize = 12;
/** Lists of records, by the low bits of the hash. */
const LISTS: u32 = 256;
const lists: usize = memory.data(LISTS * 4, 4);
let count: u32 = 0;

/** How many different tables are built in this VM now. */
export function keptCount(): u32 {
  return count;
}

/** Gives a table the slots of one with the same content, if there are any. */
export function adopt(table: Table): bool {
  const hash = hashOf(table);
  for (let p: usize = load<u32>(listOf(hash)); p != 0; p = changetype<Kept>(p).next) {
    const kept = changetype<Kept>(p);
    if (kept.hash != hash || !isOf(kept, table)) continue;
    kept.references++;
    table.slots = p + HEAD;
    return true;
  }
  return false;
}

/** Gives a table room for slots of its own, to be filled by the caller. False without memory. */
export function make(table: Table): bool {
  const hash = hashOf(table);
  const slots = (<usize>table.size * slotBytes(table.hostCount) + 7) & ~7;
  let content: usize = 0;
  for (let i: u32 = 0; i < table.hostCount; i++) content += CONTENT_HEAD + size(host(table, i).address);
  const made = heap.alloc(HEAD + slots + content);
  if (made == 0) return false;
  const kept = changetype<Kept>(made);
  kept.hash = hash;
  kept.tableSize = table.size;
  kept.hostCount = table.hostCount;
  kept.references = 1;
  kept.content = made + HEAD + slots;
  let to = kept.content;
  for (let i: u32 = 0; i < table.hostCount; i++) {
    const address = host(table, i).address;
    store<f64>(to, host(table, i).share);
    store<u32>(to + 8, size(address));
    memory.copy(to + CONTENT_HEAD, at(address), size(address));
    to += CONTENT_HEAD + size(address);
  }
  kept.next = load<u32>(listOf(hash));
  store<u32>(listOf(hash), <u32>made);
  count++;
  table.slots = made + HEAD;
  return true;
}

/** Takes its slots from a table. The last table that has them frees them. */
export function giveBack(table: Table): void {
  if (table.slots == 0) return;
  const gone = table.slots - HEAD;
  table.slots = 0;
  const kept = changetype<Kept>(gone);
  if (--kept.references > 0) return;
  let link = listOf(kept.hash);
  while (<usize>load<u32>(link) != gone) link = <usize>load<u32>(link) + offsetof<Kept>('next');
  store<u32>(link, <u32>kept.next);
  heap.free(gone);
  count--;
}

function host(table: Table, index: u32): Host {
  return changetype<Host>(table.hosts + <usize>index * HOST_BYTES);
}

function listOf(hash: u64): usize {
  return lists + ((<usize>hash & (LISTS - 1)) << 2);
}

function hashOf(table: Table): u64 {
  let hash: u64 = table.size;
  for (let i: u32 = 0; i < table.hostCount; i++) {
    hash = xxh64(host(table, i).address, hash ^ reinterpret<u64>(host(table, i).share));
  }
  return hash;
}

function isOf(kept: Kept, table: Table): bool {
  if (kept.tableSize != table.size || kept.hostCount != table.hostCount) return false;
  let from = kept.content;
  for (let i: u32 = 0; i < table.hostCount; i++) {
    const address = host(table, i).address;
    const length = load<u32>(from + 8);
    if (load<f64>(from) != host(table, i).share || length != size(address)) return false;
    if (memory.compare(from + CONTENT_HEAD, at(address), length) != 0) return false;
    from += CONTENT_HEAD + length;
  }
  return true;
}
