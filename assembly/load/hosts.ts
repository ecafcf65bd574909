/**
 * The hosts of one cluster that have answered, with what is known of their load: an open-addressed table by
 * the hash of the address. It grows by doubling; above MAX_RATED_HOSTS a host is not kept. `compact` takes
 * out those that are gone.
 */
import { MAX_ADDRESS, MAX_RATED_HOSTS } from '../bytes/caps';
import * as heap from '../bytes/heap';
import { at, Bytes, size, view } from '../bytes/view';
import { xxh64 } from '../hash/xxh64';
import { Follower, forgetLoad, startFollowing } from './follow';
import { Heard, HEARD_BYTES } from './heard';

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
  /** When it last answered, by the shared counts, nanoseconds since 1970. 0: before the first tick. */
  seen: u64;
  /** It is gone (`isGone`), and `compact` takes it out. */
  gone: u32;
  /** Its gauges (filter/gauges); 0 or 1: it has none. */
  gauges: usize;
  /** Where the shared counts had this host last. */
  sharedAt: u32;
}

const HEAD: u32 = <u32>offsetof<HostLoad>();
const LOAD_BYTES: u32 = HEAD + MAX_ADDRESS + HEARD_BYTES;
const FIRST_PLACES: u32 = 8;

@unmanaged
export class HostTable {
  places: usize;
  mask: u32;
  count: u32;
}

export function addressOf(host: HostLoad): Bytes {
  return view(changetype<usize>(host) + HEAD, host.addressLength);
}

/** What was heard of its reports; after the address. */
export function heardOf(host: HostLoad): Heard {
  return changetype<Heard>(changetype<usize>(host) + HEAD + MAX_ADDRESS);
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
    if (table.count >= MAX_RATED_HOSTS || !move(table, (table.mask + 1) * 2)) return null;
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
/**
 * A host that has not answered for so long is gone. So long Envoy keeps a weight by default
 * (weightExpirationPeriod), and nothing else tells: this role has no list of hosts.
 */
const GONE_NANOSECONDS: u64 = 180000000000;

/** Whether a host is gone at this time. Where there are many, the idle ones make room sooner. */
export function isGone(table: HostTable, host: HostLoad, now: u64): bool {
  if (host.hash == 0 || host.pending > 0 || host.rate < 0) return false;
  const idle = host.rate < IDLE_RATE && table.count * 2 > MAX_RATED_HOSTS;
  return idle || (now > host.seen && now - host.seen > GONE_NANOSECONDS);
}

/** Takes out the hosts that are marked as gone; `left` stay. Without memory all stay. */
export function compact(table: HostTable, left: u32): void {
  let places = FIRST_PLACES;
  while (places <= left * 2) places *= 2;
  move(table, places);
}

/** Moves the hosts to another block, of so many places. False without memory. */
function move(table: HostTable, places: u32): bool {
  const old = table.places;
  const mask = table.mask;
  if (!resize(table, places)) return false;
  for (let i: u32 = 0; i <= mask; i++) {
    const host = changetype<HostLoad>(old + <usize>i * LOAD_BYTES);
    if (host.hash == 0 || host.gone) continue;
    memory.copy(changetype<usize>(find(table, host.hash)), changetype<usize>(host), LOAD_BYTES);
    table.count++;
  }
  heap.free(old);
  return true;
}

/**
 * Fills an empty table from another one whose reports are read by other names: rates and weights stay, what
 * was learnt of utilization does not. Requests not added to the shared counts yet go with it. Without memory
 * the table stays empty.
 */
export function inherit(table: HostTable, from: HostTable): void {
  if (from.places == 0 || !resize(table, from.mask + 1)) return;
  table.count = from.count;
  memory.copy(table.places, from.places, <usize>(from.mask + 1) * LOAD_BYTES);
  for (let i: u32 = 0; i <= table.mask; i++) {
    const host = loadAt(table, i);
    if (host.hash == 0) continue;
    loadAt(from, i).pending = host.reports = 0;
    host.reported = 0;
    host.utilization = -1;
    host.gauges = 0;
    forgetLoad(host);
  }
}
