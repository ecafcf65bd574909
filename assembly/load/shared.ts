/**
 * The counts that all workers of Envoy share: for each host a hash of its address, how many responses it gave
 * since Envoy started, and when it was last seen. Each worker adds what it counted and reads the sum; a rate
 * is a difference of two readings. The bytes are the host's shared data; nothing here calls the host.
 */
import * as arena from '../bytes/arena';
import { MAX_RATED_HOSTS } from '../bytes/caps';
import { at, Bytes, size, view } from '../bytes/view';
import { HostLoad } from './hosts';

@unmanaged
class Shared {
  hash: u64;
  total: u64;
  /** Seconds since 1970. */
  seen: u64;
}

const SHARED_BYTES: u32 = <u32>offsetof<Shared>();
/** A host unseen for so long no longer counts for the mean, and may make room. */
const FORGET_SECONDS: u64 = 60;

let list: usize = 0;
let count: u32 = 0;

/** Copies the shared bytes with room for `more` hosts; false when there is no memory. */
export function open(bytes: Bytes, more: u32): bool {
  count = min(size(bytes) / SHARED_BYTES, MAX_RATED_HOSTS);
  list = arena.alloc((count + more) * SHARED_BYTES);
  if (list != 0) memory.copy(list, at(bytes), count * SHARED_BYTES);
  return list != 0;
}

export function bytes(): Bytes {
  return view(list, count * SHARED_BYTES);
}

function entry(index: u32): Shared {
  return changetype<Shared>(list + index * SHARED_BYTES);
}

/** Adds the host's count; a host without a place is not added. */
export function add(host: HostLoad, now: u64): void {
  const index = place(host, now);
  if (index == u32.MAX_VALUE) return;
  host.sharedAt = index;
  const shared = entry(index);
  shared.total += <u64>host.pending;
  if (host.pending > 0) shared.seen = now;
}

function place(host: HostLoad, now: u64): u32 {
  if (host.sharedAt < count && entry(host.sharedAt).hash == host.hash) return host.sharedAt;
  let oldest: u32 = u32.MAX_VALUE;
  for (let i: u32 = 0; i < count; i++) {
    if (entry(i).hash == host.hash) return i;
    if (entry(i).seen + FORGET_SECONDS < now) oldest = i;
  }
  if (count < MAX_RATED_HOSTS) oldest = count++;
  if (oldest != u32.MAX_VALUE) {
    entry(oldest).hash = host.hash;
    entry(oldest).total = 0;
    entry(oldest).seen = now;
  }
  return oldest;
}

/** Responses of all hosts together. */
export function sum(): u64 {
  let total: u64 = 0;
  for (let i: u32 = 0; i < count; i++) total += entry(i).total;
  return total;
}

/** Hosts seen lately. */
export function live(now: u64): u32 {
  let hosts: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    if (entry(i).seen + FORGET_SECONDS >= now) hosts++;
  }
  return hosts;
}

/** The sum of a host that was added. */
export function totalAt(host: HostLoad): u64 {
  return host.sharedAt < count && entry(host.sharedAt).hash == host.hash ? entry(host.sharedAt).total : host.total;
}
