/**
 * What a worker knows of the hosts of one cluster whose policy is sticky until hot: requests in flight, what they
 * report, which part of their keys they give away. The listener's role (which picks) and the cluster's (which counts
 * and reads reports) share a VM, and find each other here by the cluster's name, whichever comes first.
 *
 * A host's record keeps its address in memory while a policy has the host or a request to it is under way.
 */
import { MAX_ADDRESS } from '../bytes/caps';
import * as heap from '../bytes/heap';
import { at, Bytes, equal, size, view } from '../bytes/view';
import { xxh64 } from '../hash/xxh64';
import { asShare, forget, JOINING_SHED, nextAverage, nextShed, TICK_MILLISECONDS } from './shed';

/** A host that has not reported for so long is forgotten bit by bit. */
const SILENCE_NANOSECONDS: u64 = 10000000000;
const LEAST_TICK_NANOSECONDS: u64 = <u64>TICK_MILLISECONDS * 500000;
/** So many hints without one arrival: Envoy does not use the host. */
const HINTS_IGNORED: u32 = 8;
/** Of what a host shed at most, to count as returned when it sheds nothing again. */
const WAS_SHEDDING: f64 = 0.05;

@unmanaged
export class HostState {
  /** Of the address; also what the part of the keys that is shed is told by. */
  hash: u64;
  /** The first tick after its last report or its return, nanoseconds since 1970; 0: there was none. */
  reportedAt: u64;
  shed: f64;
  /** Last reported utilization, 0 to 1; below 0: none. */
  reported: f64;
  /** Moving average of what is in flight. */
  average: f64;
  /** Share of the hosts' work that is due to it, of 1. */
  share: f64;
  inFlight: u32;
  /** A report has come since the last tick. */
  fresh: u32;
  /** Picks since the last arrival, and arrivals since the last tick. */
  hinted: u32;
  arrived: u32;
  /** Envoy sends it nothing although it is picked: unhealthy, or gone. */
  away: u32;
  /** It has shed more than WAS_SHEDDING and is not back at 0 yet. */
  shedding: u32;
  /** Policies that have it. */
  references: u32;
  cluster: usize;
  next: usize;
  addressLength: u32;
  shedGauge: u32;
  inFlightGauge: u32;
  /** What the gauge of requests in flight last counted for this worker. */
  inFlightShown: u32;
  /** The shed share that the gauge was told last, in thousandths. */
  shedShown: u32;
}

const HOST_HEAD: u32 = <u32>offsetof<HostState>();

@unmanaged
export class ClusterState {
  /** Of the last tick, nanoseconds since 1970. */
  now: u64;
  references: u32;
  inFlight: u32;
  /** Times that a host which had shed sheds nothing again, since the last look. */
  returned: u32;
  hostCount: u32;
  /** Open-addressed by the hash of the address; `mask` plus 1 places of 4 bytes. */
  places: usize;
  mask: u32;
  hosts: usize;
  next: usize;
  nameLength: u32;
}

const CLUSTER_HEAD: u32 = <u32>offsetof<ClusterState>();

let clusters: usize = 0;

/** The state of a cluster, made when it is new, with one more reference; null without memory. */
export function openCluster(name: Bytes): ClusterState | null {
  for (let p = clusters; p != 0; p = changetype<ClusterState>(p).next) {
    if (!equal(view(p + CLUSTER_HEAD, changetype<ClusterState>(p).nameLength), name)) continue;
    changetype<ClusterState>(p).references++;
    return changetype<ClusterState>(p);
  }
  const made = heap.alloc(CLUSTER_HEAD + size(name));
  if (made == 0) return null;
  memory.fill(made, 0, CLUSTER_HEAD);
  memory.copy(made + CLUSTER_HEAD, at(name), size(name));
  const cluster = changetype<ClusterState>(made);
  cluster.nameLength = size(name);
  cluster.references = 1;
  cluster.next = clusters;
  clusters = made;
  return cluster;
}

/** Gives a reference back. With the last one no stream is left that could count. */
export function closeCluster(cluster: ClusterState): void {
  if (--cluster.references > 0) return;
  const gone = changetype<usize>(cluster);
  if (clusters == gone) clusters = cluster.next;
  for (let p = clusters; p != 0; p = changetype<ClusterState>(p).next) {
    if (changetype<ClusterState>(p).next == gone) changetype<ClusterState>(p).next = cluster.next;
  }
  for (let p = cluster.hosts; p != 0; ) {
    const next = changetype<HostState>(p).next;
    heap.free(p);
    p = next;
  }
  heap.free(cluster.places);
  heap.free(gone);
}

export function stateAddress(host: HostState): Bytes {
  return view(changetype<usize>(host) + HOST_HEAD, host.addressLength);
}

/**
 * The record of a host for a policy, with one more reference; null without memory. After the last of them, `index` must
 * be called. A host that joins those that are known already begins by giving half of its keys away.
 */
export function openHost(cluster: ClusterState, address: Bytes, joins: bool): HostState | null {
  const hash = xxh64(address, 0);
  for (let p = cluster.hosts; p != 0; p = changetype<HostState>(p).next) {
    if (changetype<HostState>(p).hash != hash) continue;
    changetype<HostState>(p).references++;
    return changetype<HostState>(p);
  }
  if (size(address) > MAX_ADDRESS) return null;
  const made = heap.alloc(HOST_HEAD + size(address));
  if (made == 0) return null;
  memory.fill(made, 0, HOST_HEAD);
  memory.copy(made + HOST_HEAD, at(address), size(address));
  const host = changetype<HostState>(made);
  host.hash = hash;
  host.reported = -1;
  host.shed = joins ? JOINING_SHED : 0;
  host.reportedAt = joins ? cluster.now : 0;
  host.references = 1;
  host.cluster = changetype<usize>(cluster);
  host.addressLength = size(address);
  host.next = cluster.hosts;
  cluster.hosts = made;
  cluster.hostCount++;
  return host;
}

/** Drops the hosts that nobody has or uses, and makes the rest findable; false without memory. */
export function index(cluster: ClusterState): bool {
  let before: usize = 0;
  for (let p = cluster.hosts; p != 0; ) {
    const host = changetype<HostState>(p);
    const next = host.next;
    if (host.references == 0 && host.inFlight == 0 && host.inFlightShown == 0) {
      if (before == 0) cluster.hosts = next;
      else changetype<HostState>(before).next = next;
      cluster.hostCount--;
      heap.free(p);
    } else {
      before = p;
    }
    p = next;
  }
  heap.free(cluster.places);
  let places: u32 = 8;
  while (places < cluster.hostCount * 2) places *= 2;
  cluster.places = heap.alloc(<usize>places << 2);
  if (cluster.places == 0) return false;
  memory.fill(cluster.places, 0, <usize>places << 2);
  cluster.mask = places - 1;
  for (let p = cluster.hosts; p != 0; p = changetype<HostState>(p).next) {
    let place = <u32>changetype<HostState>(p).hash & cluster.mask;
    while (load<u32>(cluster.places + (<usize>place << 2)) != 0) place = (place + 1) & cluster.mask;
    store<u32>(cluster.places + (<usize>place << 2), <u32>p);
  }
  return true;
}

/** The record of an address; null when no policy has it (a fallback backend). */
export function stateOf(cluster: ClusterState, address: Bytes): HostState | null {
  if (cluster.places == 0) return null;
  const hash = xxh64(address, 0);
  let place = <u32>hash & cluster.mask;
  while (true) {
    const p: usize = load<u32>(cluster.places + (<usize>place << 2));
    if (p == 0) return null;
    if (changetype<HostState>(p).hash == hash) return changetype<HostState>(p);
    place = (place + 1) & cluster.mask;
  }
}

/** A request has begun at a host. The caller ends it, once, with `end`. */
export function begin(host: HostState): void {
  host.inFlight++;
  host.arrived++;
  changetype<ClusterState>(host.cluster).inFlight++;
}

export function end(host: HostState): void {
  host.inFlight--;
  changetype<ClusterState>(host.cluster).inFlight--;
}

/** Takes over a reported utilization; what is no share is not counted. */
export function report(host: HostState, utilization: f64): void {
  const share = asShare(utilization);
  if (share < 0) return;
  host.reported = share;
  host.fresh = 1;
}

/** One step for all hosts. `now` in nanoseconds; sooner than half a period after the last step it does nothing. */
export function tick(cluster: ClusterState, now: u64, target: f64): bool {
  if (now - cluster.now < LEAST_TICK_NANOSECONDS) return false;
  cluster.now = now;
  let averages: f64 = 0;
  let sum: f64 = 0;
  let reporting: f64 = 0;
  for (let p = cluster.hosts; p != 0; p = changetype<HostState>(p).next) {
    const host = changetype<HostState>(p);
    host.average = nextAverage(host.average, host.inFlight);
    averages += host.average;
    if (host.fresh) host.reportedAt = now;
    if (host.reported < 0 || now - host.reportedAt > SILENCE_NANOSECONDS) continue;
    sum += host.reported;
    reporting++;
  }
  for (let p = cluster.hosts; p != 0; p = changetype<HostState>(p).next) {
    const host = changetype<HostState>(p);
    presence(host, now);
    if (host.fresh) {
      const due = averages * host.share;
      host.shed = nextShed(host.shed, host.reported, target, sum / reporting, due > 0 ? host.average / due : 0);
    } else if (now - host.reportedAt > SILENCE_NANOSECONDS) {
      host.shed = forget(host.shed);
    }
    host.fresh = 0;
    if (host.shed > WAS_SHEDDING) host.shedding = 1;
    else if (host.shed == 0 && host.shedding) {
      host.shedding = 0;
      cluster.returned++;
    }
  }
  return true;
}

/** Health is Envoy's: that a host is away shows only in that nothing arrives there. */
function presence(host: HostState, now: u64): void {
  if (host.arrived > 0) {
    if (host.away) {
      host.shed = max(host.shed, JOINING_SHED);
      // Its silence counts from now on.
      host.reportedAt = now;
    }
    host.away = host.hinted = host.arrived = 0;
  } else if (host.hinted >= HINTS_IGNORED) {
    host.away = 1;
  }
}
