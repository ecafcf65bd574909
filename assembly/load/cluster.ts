/**
 * What a worker knows of the hosts of one cluster whose policy is sticky until hot: requests in flight, what
 * they report, which part of their keys they shed. Policies of one cluster, on several listeners and before
 * and after a change, find this record by the cluster's name.
 *
 * The record of a host stays where it is while a policy has the host or a request to it is under way.
 */
import { MAX_ADDRESS } from '../bytes/caps';
import * as heap from '../bytes/heap';
import { unlink } from '../bytes/list';
import { Bytes, copyTo, equal, size } from '../bytes/view';
import { xxh64 } from '../hash/xxh64';
import { Heard, HEARD_BYTES } from './heard';
import { PACE_BYTES, Paced } from './pace';
import { makeSketch } from './sketch';
import { JOINING_SHED, WAITING_TICKS } from './tuning';
import { UNDER_WAY_BYTES } from './underway';

@unmanaged
export class HostState extends Paced {
  /**
   * xxHash64 of the address. Finds the host, and decides which of its keys are shed first (`lot` in
   * select/refusal).
   */
  hash: u64;
  /** In the same block of memory, after the record. */
  address: Bytes;
  /** The first tick after its last report or its return, nanoseconds since 1970. 0: there was none. */
  reportedAt: u64;
  /** Part of its keys that it sheds: the larger one of `hot`, by its reports, and `slow`, by its answers. */
  shed: f64;
  hot: f64;
  slow: f64;
  /** How long it takes to answer (load/pace), microseconds; 0: not known. */
  pace: u32;
  /** What is load there for the other workers, about, and for this one, smoothed alike (load/common). */
  elsewhere: f64;
  ownLoad: f64;
  /** Place in the shared bytes, plus 1. */
  entry: u32;
  /** The key of the last request that went there. */
  lastKey: u64;
  /** Last reported utilization, 0 to 1. Below 0: none. */
  reported: f64;
  /** Moving average of its requests in flight. */
  average: f64;
  /** Its share of the hosts' work, of 1. */
  share: f64;
  /** A report has come since the last tick. */
  fresh: u32;
  /** Picks that another host has answered since its last answer, and its answers since the last tick. */
  passed: u32;
  arrived: u32;
  /** Envoy sends it nothing although it is picked: it is unhealthy, or gone. */
  away: u32;
  /** It has shed more than RETURNED_FROM and is not back at 0 yet. */
  shedding: u32;
  /** Requests that began since the last tick. */
  begun: u32;
  /** Policies that have it. */
  references: u32;
  cluster: usize;
  /**
   * Where Envoy alone knows the hosts (load/seen): its number there, 0 for none, and the tick of its last
   * answer.
   */
  number: u32;
  seenAt: u32;
  next: usize;
  /** Its gauges (filter/gauges); 0 or 1: it has none. */
  gauges: usize;
  /** What the gauge of requests in flight last counted for this worker. */
  inFlightShown: u32;
  /** What the other gauges last showed for it, those of parts in thousandths. */
  shedShown: u32;
  utilizationShown: u32;
  fastestShown: u32;
  /** What was heard of its reports. */
  heard: Heard;
}

const HOST_HEAD: u32 = (<u32>offsetof<HostState>() + 7) & ~7;
/** With what stands after it: rings, answers, what was heard, and then the address. */
const HOST_BYTES: u32 = HOST_HEAD + UNDER_WAY_BYTES + PACE_BYTES + HEARD_BYTES;

@unmanaged
export class ClusterState {
  /** In the same block of memory, after the record. */
  name: Bytes;
  /** Time of the last tick, nanoseconds since 1970. */
  now: u64;
  references: u32;
  inFlight: u32;
  /** Those of them that are load (load/underway). */
  load: u32;
  /** Requests that are load for the other workers, about. */
  elsewhere: f64;
  /** Number of ticks so far. */
  ticks: u32;
  /** How many ticks half of all requests are open for at least, about. */
  usual: f64;
  /** Which part of what is load is being answered, smoothed: near 1 where answers are streams. */
  streaming: f64;
  /** What the pace of a host is compared with (load/peers), microseconds; 0: not known. */
  peers: f64;
  /** Which part of all answers is late beside that, smoothed. */
  late: f64;
  /** How often a host that had shed came back to 0, since `tickSticky` counted it last. */
  returned: u32;
  hostCount: u32;
  /** Hosts, open-addressed by the hash of the address; `mask` plus 1 places of 4 bytes. */
  places: usize;
  mask: u32;
  hosts: usize;
  next: usize;
  /** How popular each key is (load/sketch); 0 until a policy needs it. When it faded last, since 1970. */
  sketch: usize;
  fadedAt: u64;
  /** What answers have told of its hosts (load/seen); 0: its policies list them. */
  seen: usize;
}

const CLUSTER_HEAD: u32 = <u32>offsetof<ClusterState>();

let clusters: usize = 0;

/** The state of a cluster (made when it is new), with one more reference. Null without memory. */
export function openCluster(name: Bytes): ClusterState | null {
  for (let p = clusters; p != 0; p = changetype<ClusterState>(p).next) {
    if (!equal(changetype<ClusterState>(p).name, name)) continue;
    changetype<ClusterState>(p).references++;
    return changetype<ClusterState>(p);
  }
  const made = heap.alloc(CLUSTER_HEAD + size(name));
  if (made == 0) return null;
  memory.fill(made, 0, CLUSTER_HEAD);
  const cluster = changetype<ClusterState>(made);
  cluster.name = copyTo(made + CLUSTER_HEAD, name);
  cluster.references = 1;
  cluster.next = clusters;
  clusters = made;
  return cluster;
}

/** The sketch of the cluster's keys, made when it is new. 0 without memory. */
export function sketchOf(cluster: ClusterState): usize {
  if (cluster.sketch == 0) cluster.sketch = makeSketch();
  return cluster.sketch;
}

/**
 * Gives a reference back. The last one frees the state: no stream is left that could count. Its hosts must
 * have no gauges then.
 */
export function closeCluster(cluster: ClusterState): void {
  if (--cluster.references > 0) return;
  const gone = changetype<usize>(cluster);
  clusters = unlink(clusters, gone, offsetof<ClusterState>('next'));
  for (let p = cluster.hosts; p != 0; ) {
    const next = changetype<HostState>(p).next;
    heap.free(p);
    p = next;
  }
  heap.free(cluster.places);
  heap.free(cluster.sketch);
  heap.free(cluster.seen);
  heap.free(gone);
}

/**
 * The record of a host for a policy, with one more reference. Null without memory. Call `index` after the
 * last one. A host that joins a cluster in use begins with JOINING_SHED.
 */
export function openHost(cluster: ClusterState, address: Bytes, joins: bool): HostState | null {
  const hash = xxh64(address, 0);
  for (let p = cluster.hosts; p != 0; p = changetype<HostState>(p).next) {
    if (changetype<HostState>(p).hash != hash) continue;
    changetype<HostState>(p).references++;
    return changetype<HostState>(p);
  }
  if (size(address) > MAX_ADDRESS) return null;
  const made = heap.alloc(HOST_BYTES + size(address));
  if (made == 0) return null;
  memory.fill(made, 0, HOST_BYTES);
  const host = changetype<HostState>(made);
  host.hash = hash;
  host.reported = -1;
  host.shed = host.hot = joins ? JOINING_SHED : 0;
  host.horizon = WAITING_TICKS;
  host.rings = made + HOST_HEAD;
  host.answers = host.rings + UNDER_WAY_BYTES;
  host.heard = changetype<Heard>(host.answers + PACE_BYTES);
  host.reportedAt = joins ? cluster.now : 0;
  host.references = 1;
  host.cluster = changetype<usize>(cluster);
  host.address = copyTo(made + HOST_BYTES, address);
  host.next = cluster.hosts;
  cluster.hosts = made;
  cluster.hostCount++;
  return host;
}

/** No policy has the host, and no request is under way there. */
export function isGone(host: HostState): bool {
  return host.references == 0 && host.inFlight == 0;
}

/** Drops the hosts that are gone and show no gauges, and makes the others findable. False without memory. */
export function index(cluster: ClusterState): bool {
  let before: usize = 0;
  for (let p = cluster.hosts; p != 0; ) {
    const host = changetype<HostState>(p);
    const next = host.next;
    if (isGone(host) && host.gauges <= 1) {
      if (before == 0) cluster.hosts = next;
      else changetype<HostState>(before).next = next;
      cluster.hostCount--;
      heap.free(p);
    } else {
      before = p;
    }
    p = next;
  }
  let places: u32 = cluster.places == 0 ? 8 : cluster.mask + 1;
  if (cluster.places == 0 || places < cluster.hostCount * 2) {
    while (places < cluster.hostCount * 2) places *= 2;
    heap.free(cluster.places);
    cluster.places = heap.alloc(<usize>places << 2);
    if (cluster.places == 0) return false;
    cluster.mask = places - 1;
  }
  memory.fill(cluster.places, 0, <usize>places << 2);
  for (let p = cluster.hosts; p != 0; p = changetype<HostState>(p).next) {
    let place = <u32>changetype<HostState>(p).hash & cluster.mask;
    while (load<u32>(cluster.places + (<usize>place << 2)) != 0) place = (place + 1) & cluster.mask;
    store<u32>(cluster.places + (<usize>place << 2), <u32>p);
  }
  return true;
}

/** The record of an address; null when no policy has it, as a fallback backend. */
export function stateOf(cluster: ClusterState, address: Bytes): HostState | null {
  return stateOfHash(cluster, xxh64(address, 0));
}

export function stateOfHash(cluster: ClusterState, hash: u64): HostState | null {
  if (cluster.places == 0) return null;
  let place = <u32>hash & cluster.mask;
  while (true) {
    const p: usize = load<u32>(cluster.places + (<usize>place << 2));
    if (p == 0) return null;
    if (changetype<HostState>(p).hash == hash) return changetype<HostState>(p);
    place = (place + 1) & cluster.mask;
  }
}
