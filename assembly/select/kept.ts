/**
 * Slots of built tables, kept in the VM by what they were built of: size, hosts and shares. A configuration
 * that replaces another shares those of every table that stayed the same, so one changed table of a hundred
 * costs one build. Equal content is compared in full; the hash only finds candidates. Slots live while a
 * table has them.
 */
import * as arena from '../bytes/arena';
import * as heap from '../bytes/heap';
import { unlink } from '../bytes/list';
import { ABSENT, at, Bytes, copyTo, equal, size, view } from '../bytes/view';
import { xxh64 } from '../hash/xxh64';
import { slotBytes } from '../maglev/table';
import { Host, HOST_BYTES, Table } from './model';

/** The slots and the content follow the record, in one block of memory. */
@unmanaged
class Kept {
  hash: u64;
  content: Bytes;
  /** Tables that have these slots. */
  references: u32;
  next: usize;
}

const HEAD: usize = (offsetof<Kept>() + 15) & ~15;
/** Of a host in the content, before its address. */
const HOST_HEAD: u32 = 12;
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
  const content = contentOf(table);
  const hash = xxh64(content, 0);
  for (let p: usize = load<u32>(listOf(hash)); p != 0; p = changetype<Kept>(p).next) {
    const kept = changetype<Kept>(p);
    if (kept.hash != hash || !equal(kept.content, content)) continue;
    kept.references++;
    table.slots = p + HEAD;
    return true;
  }
  return false;
}

/** Gives a table room for slots of its own, to be filled by the caller. False without memory. */
export function make(table: Table): bool {
  const content = contentOf(table);
  const slots = <usize>table.size * slotBytes(table.hostCount);
  const made: usize = content == ABSENT ? 0 : heap.alloc(HEAD + slots + size(content));
  if (made == 0) return false;
  const kept = changetype<Kept>(made);
  kept.hash = xxh64(content, 0);
  kept.content = copyTo(made + HEAD + slots, content);
  kept.references = 1;
  const list = listOf(kept.hash);
  kept.next = load<u32>(list);
  store<u32>(list, <u32>made);
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
  const list = listOf(kept.hash);
  store<u32>(list, <u32>unlink(load<u32>(list), gone, offsetof<Kept>('next')));
  heap.free(gone);
  count--;
}

function listOf(hash: u64): usize {
  return lists + ((<usize>hash & (LISTS - 1)) << 2);
}

/**
 * All that the slots depend on, in the arena: the size, and for each host its share, the length of its
 * address and the address. ABSENT without memory.
 */
function contentOf(table: Table): Bytes {
  let length: u32 = 4;
  for (let i: u32 = 0; i < table.hostCount; i++) length += HOST_HEAD + size(host(table, i).address);
  const content = arena.alloc(length);
  if (content == 0) return ABSENT;
  store<u32>(content, table.size);
  let to = content + 4;
  for (let i: u32 = 0; i < table.hostCount; i++) {
    const address = host(table, i).address;
    store<f64>(to, host(table, i).share);
    store<u32>(to + 8, size(address));
    memory.copy(to + HOST_HEAD, at(address), size(address));
    to += HOST_HEAD + size(address);
  }
  return view(content, length);
}

function host(table: Table, index: u32): Host {
  return changetype<Host>(table.hosts + <usize>index * HOST_BYTES);
}
