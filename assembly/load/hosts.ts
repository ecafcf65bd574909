/**
 * The hosts of one cluster that have answered, with what is known of their load: an open-addressed table by
 * the hash of the address. It grows by doubling and forgets idle hosts while it does; above MAX_RATED_HOSTS a
 * host is not kept.
 */
import { MAX_ADDRESS, MAX_RATED_HOSTS } from '../bytes/caps';
import * as heap from '../bytes/heap';
import { at, Bytes, size, view } from '../bytes/view';
import { xxh64 } from '../hash/xxh64';
import { Follower, startFollowing } from './follow';

@unmanaged
export class HostLoad extends Follower {
  /** Of the address; 0 marks a free place. */
  hash: u64;
  /** Responses since the last tick that this worker saw. */
  pending: u32;
  addressLength: u32;
  /** Count of all workers at the last tick. */
  total: u64;
  /** Requests per second of all workers; below 0 before the first tick. */
  rate: f64;
  /** Last reported utilization; below 0 when there is none. */
  utilization: f64;
  /** Sum and number of the utilizations reported to this worker since the last tick. */
  reported: f64;
  reports: u32;
  /** What Envoy is to weigh it by when a report has no rate; 0: not known yet. */
  weight: f64;
  /** The weight that its last report gives it by a rate of its own; 0 when the report had none. */
  ownWeight: f64;
  rateGauge: u32;
  utilizationGauge: u32;
  /** Where the shared counts had this host last. */
  sharedAt: u32;
}

const HEAD: u32 = <u32>offsetof<HostLoad>();
const LOAD_BYTES: u32 = HEAD + MAX_ADDRESS;
const FIRST_PLACES: u32 = 8;

@unmanaged
export class HostTable {
  places: usize;
  mask: u32;
  count: u32;
}

/** An empty table; null without memory. */
export function openHosts(): HostTable | null {
  const table = heap.alloc(offsetof<HostTable>());
  if (table == 0) return null;
  memory.fill(table, 0, offsetof<HostTable>());
  return changetype<HostTable>(table);
}

/** Gives the memory of a table back. */
export function closeHosts(table: HostTable): void {
  heap.free(table.places);
  heap.free(changetype<usize>(table));
}

export function addressOf(host: HostLoad): Bytes {
  return view(changetype<usize>(host) + HEAD, host.addressLength);
}

/** The host at a place of the table, or one with hash 0. Places go from 0 to `mask`. */
export function loadAt(table: HostTable, place: u32): HostLoad {
  return changetype<HostLoad>(table.places + <usize>place * LOAD_BYTES);
}

/** The host of an address, made when it is new; null when it cannot be kept. */
export function hostOf(table: HostTable, address: Bytes): HostLoad | null {
  if (size(address) == 0 || size(address) > MAX_ADDRESS) return null;
  if (table.places == 0 && !resize(table, FIRST_PLACES)) return null;
  const hash = max<u64>(1, xxh64(address, 0));
  let host = find(table, hash);
  if (host.hash == hash) return host;
  if (table.count * 2 > table.mask) {
    if (!grow(table)) return null;
    host = find(table, hash);
  }
  host.hash = hash;
  host.rate = -1;
  host.utilization = -1;
  startFollowing(host);
  host.addressLength = size(address);
  memory.copy(changetype<usize>(host) + HEAD, at(address), size(address));
  table.count++;
  return host;
}

/**
 * The place of a hash, or the free place where it belongs. At most half of the places are taken, so it ends.
 */
function find(table: HostTable, hash: u64): HostLoad {
  let place = <u32>hash & table.mask;
  while (true) {
    const host = loadAt(table, place);
    if (host.hash == hash || host.hash == 0) return host;
    place = (place + 1) & table.mask;
  }
}

function resize(table: HostTable, places: u32): bool {
  const block = heap.alloc(<usize>places * LOAD_BYTES);
  if (block == 0) return false;
  memory.fill(block, 0, <usize>places * LOAD_BYTES);
  table.places = block;
  table.mask = places - 1;
  table.count = 0;
  return true;
}

/** Less than a request in some minutes. */
export const IDLE_RATE: f64 = 0.001;

function isIdle(host: HostLoad): bool {
  return host.pending == 0 && host.rate >= 0 && host.rate < IDLE_RATE;
}

function grow(table: HostTable): bool {
  const old = table.places;
  const places = table.mask + 1;
  let busy: u32 = 0;
  for (let i: u32 = 0; i < places; i++) {
    if (loadAt(table, i).hash != 0 && !isIdle(loadAt(table, i))) busy++;
  }
  if (busy >= MAX_RATED_HOSTS) return false;
  if (!resize(table, busy * 4 > places ? places * 2 : places)) return false;
  for (let i: u32 = 0; i < places; i++) {
    const host = changetype<HostLoad>(old + <usize>i * LOAD_BYTES);
    if (host.hash == 0 || isIdle(host)) continue;
    memory.copy(changetype<usize>(find(table, host.hash)), changetype<usize>(host), LOAD_BYTES);
    table.count++;
  }
  heap.free(old);
  return true;
}
