/**
 * Which host a hash comes to, where Envoy alone knows the hosts (names, or another control plane): what
 * answers have told. Envoy looks up slots of a table of so many, so it is kept by slot. A host comes to be
 * known by an answer. It loses a slot to a host that answers for it, and is forgotten when it has no slot
 * left, or has not answered for long. What is wrong after Envoy's hosts have changed costs a request that
 * goes where it need not, and is put right by its answer.
 */
import { MAX_SEEN_HOSTS } from '../bytes/caps';
import * as heap from '../bytes/heap';
import { Bytes } from '../bytes/view';
import { ClusterState, HostState, index, openHost, stateOf } from './cluster';
import { SEEN_ALONE, SEEN_TICKS, SEEN_TICKS_UNUSED } from './tuning';

@unmanaged
export class Seen {
  /** Slots of Envoy's table; at `slots` two bytes each: the number of a host, 0 where none is known. */
  size: u32;
  slots: usize;
  /** Hosts, and slots that are known. */
  count: u32;
  known: u32;
  /** By number, from 1: the state of the host and how many slots it has, 4 bytes each. */
  hosts: usize;
  owned: usize;
}

const LIST_BYTES: u32 = (MAX_SEEN_HOSTS + 1) * 4;
const HEAD: u32 = (<u32>offsetof<Seen>() + 7) & ~7;

function seenOf(cluster: ClusterState): Seen {
  return changetype<Seen>(cluster.seen);
}

function hostAt(seen: Seen, number: u32): HostState {
  return changetype<HostState>(<usize>load<u32>(seen.hosts + (<usize>number << 2)));
}

function ownedBy(seen: Seen, number: u32): u32 {
  return load<u32>(seen.owned + (<usize>number << 2));
}

/** From now on a cluster's hosts are learnt, in a table of so many slots. False without memory. */
export function openSeen(cluster: ClusterState, slots: u32): bool {
  if (cluster.seen != 0 && seenOf(cluster).size == slots) return true;
  closeSeen(cluster);
  const bytes: u32 = HEAD + 2 * LIST_BYTES + (slots << 1);
  const made = heap.alloc(bytes);
  if (made == 0) return false;
  memory.fill(made, 0, bytes);
  const seen = changetype<Seen>(made);
  seen.size = slots;
  seen.hosts = made + HEAD;
  seen.owned = seen.hosts + LIST_BYTES;
  seen.slots = seen.owned + LIST_BYTES;
  cluster.seen = made;
  return true;
}

/** Its hosts are as if no policy had them. */
export function closeSeen(cluster: ClusterState): void {
  if (cluster.seen == 0) return;
  const seen = seenOf(cluster);
  for (let number: u32 = 1; number <= MAX_SEEN_HOSTS; number++) leave(seen, number);
  heap.free(cluster.seen);
  cluster.seen = 0;
}

function leave(seen: Seen, number: u32): void {
  const host = hostAt(seen, number);
  if (changetype<usize>(host) == 0) return;
  host.number = 0;
  host.references--;
  store<u32>(seen.hosts + (<usize>number << 2), 0);
  seen.count--;
}

export function seenHosts(cluster: ClusterState): u32 {
  return cluster.seen == 0 ? 0 : seenOf(cluster).count;
}

/** The host that a hash came to. Null: not known yet. */
export function seenAt(cluster: ClusterState, hash: u64): HostState | null {
  if (cluster.seen == 0) return null;
  const seen = seenOf(cluster);
  const number: u32 = load<u16>(seen.slots + (<usize>(hash % <u64>seen.size) << 1));
  return number == 0 ? null : hostAt(seen, number);
}

/** A hash has come to the host of this address. Its state; null when there are too many hosts. */
export function see(cluster: ClusterState, hash: u64, address: Bytes): HostState | null {
  const known = stateOf(cluster, address);
  if (cluster.seen == 0) return known;
  const seen = seenOf(cluster);
  const slot = seen.slots + (<usize>(hash % <u64>seen.size) << 1);
  const before: u32 = load<u16>(slot);
  const host = known && known.number != 0 ? known : meet(cluster, seen, address, before != 0);
  const number = host ? host.number : 0;
  if (host) host.seenAt = cluster.ticks;
  if (number == before) return host;
  own(seen, before, -1);
  own(seen, number, 1);
  store<u16>(slot, <u16>number);
  return host;
}

function own(seen: Seen, number: u32, more: i32): void {
  if (number == 0) return;
  store<u32>(seen.owned + (<usize>number << 2), ownedBy(seen, number) + more);
  seen.known += more;
}

/** A host answers for the first time. One that takes another's slot joins hosts that are at work. */
function meet(cluster: ClusterState, seen: Seen, address: Bytes, joins: bool): HostState | null {
  let number: u32 = 1;
  while (number <= MAX_SEEN_HOSTS && changetype<usize>(hostAt(seen, number)) != 0) number++;
  if (number > MAX_SEEN_HOSTS) return null;
  const host = openHost(cluster, address, joins);
  if (!host) return null;
  if (!index(cluster)) {
    host.references--;
    return null;
  }
  host.number = number;
  store<u32>(seen.hosts + (<usize>number << 2), <u32>changetype<usize>(host));
  store<u32>(seen.owned + (<usize>number << 2), 0);
  seen.count++;
  share(seen);
  return host;
}

/**
 * A host's share of the work is that of the slots. Few known slots say little, so each host counts as if it
 * had SEEN_ALONE more.
 */
function share(seen: Seen): void {
  const all = <f64>seen.known + SEEN_ALONE * <f64>seen.count;
  for (let number: u32 = 1; number <= MAX_SEEN_HOSTS; number++) {
    const host = hostAt(seen, number);
    if (changetype<usize>(host) != 0) host.share = (<f64>ownedBy(seen, number) + SEEN_ALONE) / all;
  }
}

/** One step: hosts that are gone are forgotten, and shares follow. */
export function turnSeen(cluster: ClusterState): void {
  if (cluster.seen == 0) return;
  const seen = seenOf(cluster);
  let gone = false;
  for (let number: u32 = 1; number <= MAX_SEEN_HOSTS; number++) {
    const host = hostAt(seen, number);
    if (changetype<usize>(host) == 0 || host.inFlight > 0) continue;
    const slots = ownedBy(seen, number);
    // Others answer for it.
    const most = slots == 0 || host.away ? SEEN_TICKS_UNUSED : SEEN_TICKS;
    if (cluster.ticks - host.seenAt < most) continue;
    leave(seen, number);
    gone = gone || slots > 0;
  }
  if (gone) clear(seen);
  share(seen);
}

/** Takes the slots of hosts that were forgotten. */
function clear(seen: Seen): void {
  for (let i: u32 = 0; i < seen.size; i++) {
    const number: u32 = load<u16>(seen.slots + (<usize>i << 1));
    if (number == 0 || changetype<usize>(hostAt(seen, number)) != 0) continue;
    own(seen, number, -1);
    store<u16>(seen.slots + (<usize>i << 1), 0);
  }
}
