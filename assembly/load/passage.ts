/**
 * A request from its pick to its end, as the hosts of its cluster count it. It counts at the host that was
 * picked until its answer begins; then perhaps at another one, where Envoy says so.
 */
import { ClusterState, HostState } from './cluster';
import { noteAnswer } from './pace';
import { nextLate } from './shed';
import { enter, leave, nextUsual, settle } from './underway';

@unmanaged
export class Passage {
  /** Where it counts. 0: nowhere. */
  host: usize;
  /** Nanoseconds since 1970. 0: that was not asked. */
  beganAt: u64;
  /** The tick of its cluster. */
  began: u32;
  /** It is no load besides the one before it, of the same key at the same host. */
  repeats: u32;
  /** Nobody waits for its answer any more. */
  settled: u32;
  /** For how many requests it stands (load/watch). 0: it is not watched. */
  stands: u32;
}

function clusterOf(host: HostState): ClusterState {
  return changetype<ClusterState>(host.cluster);
}

/**
 * A request of a key is on its way to a host, in an empty passage. `end` ends it. `now` is 0 where it is not
 * watched.
 */
export function begin(passage: Passage, host: HostState, key: u64, now: u64, stands: u32 = 1): void {
  passage.stands = stands;
  passage.beganAt = now;
  passage.began = clusterOf(host).ticks;
  passage.repeats = <u32>(host.lastKey == key && host.inFlight > 0);
  passage.settled = 0;
  host.lastKey = key;
  put(passage, host);
}

function put(passage: Passage, host: HostState): void {
  const cluster = clusterOf(host);
  passage.host = changetype<usize>(host);
  host.inFlight++;
  cluster.inFlight++;
  if (passage.repeats) return;
  cluster.load -= host.load;
  enter(host, passage.began, cluster.ticks, !passage.settled);
  cluster.load += host.load;
}

/** Another host than the one it counts at has answered: null if it is unknown. */
export function move(passage: Passage, host: HostState | null): void {
  if (passage.host != 0) {
    changetype<HostState>(passage.host).passed++;
    drop(passage);
  }
  // How long that host took cannot be told.
  passage.settled = 1;
  // Who has answered was asked, so it is watched.
  passage.stands = max<u32>(1, passage.stands);
  // Envoy has picked for it: its beginning was not seen.
  if (host && passage.beganAt == 0) passage.began = clusterOf(host).ticks;
  if (host) put(passage, host);
}

/** The headers of its answer have come. */
export function arrive(passage: Passage, now: u64): void {
  if (passage.host == 0) return;
  const host = changetype<HostState>(passage.host);
  host.arrived++;
  if (passage.settled) return;
  stopWaiting(passage, host);
  if (now <= passage.beganAt) return;
  const took = (now - passage.beganAt) / 1000;
  const cluster = clusterOf(host);
  noteAnswer(host, took, cluster.ticks, passage.stands);
  cluster.late = nextLate(cluster.late, <f64>took, cluster.peers);
}

/** The headers of the answer to a request that is not watched have come. */
export function arriveUnwatched(passage: Passage): void {
  if (passage.host != 0) stopWaiting(passage, changetype<HostState>(passage.host));
}

function stopWaiting(passage: Passage, host: HostState): void {
  if (!passage.settled && !passage.repeats) settle(host, passage.began, clusterOf(host).ticks);
  passage.settled = 1;
}

/** It is over. */
export function end(passage: Passage): void {
  if (passage.host == 0) return;
  const cluster = clusterOf(changetype<HostState>(passage.host));
  cluster.usual = nextUsual(cluster.usual, cluster.ticks - passage.began);
  drop(passage);
}

function drop(passage: Passage): void {
  const host = changetype<HostState>(passage.host);
  const cluster = clusterOf(host);
  stopWaiting(passage, host);
  passage.host = 0;
  host.inFlight--;
  cluster.inFlight--;
  if (passage.repeats) return;
  cluster.load -= host.load;
  leave(host, passage.began, cluster.ticks);
  cluster.load += host.load;
}
