/**
 * How many requests a host may have under way before a key had better leave it. Two things are learnt.
 *
 * Its room: with how many others there requests are still answered as fast as the hosts' fastest. They do
 * not wait, so others need not leave. It goes up and down by what answers at its edge tell.
 *
 * What a visit costs, a request whose key has left because its home was busy: by how much its answer is
 * later than those of keys that are at home there. Both wait in the same queue, so what is left is the cache
 * that it misses. A home may be above its share by as many requests as come in that time, for so long is the
 * wait that a visit would save: few with streams, which wait for a place far longer than for a cache, many
 * where a miss is most of the work.
 */
import { ClusterState, HostState } from './cluster';
import {
  HOME_STEP,
  NEWEST_IN_FLIGHT,
  PACE_ALLOWANCE,
  ROOM_STEP,
  SLOW_FROM,
  STICKY_TICK_MILLISECONDS,
  VISIT_STEP,
  VISITS_PAID,
} from './tuning';

/** How a request came to its host. */
export const AT_HOME: u32 = 0;
/** Its home was busy. */
export const VISITING: u32 = 1;
/** For another reason, or its key is hot: tells nothing of what a visit costs. */
export const PLACED: u32 = 2;

/** A request was answered that came in this way, when so many others were load there. */
export function noteRoom(
  cluster: ClusterState,
  host: HostState,
  came: u32,
  others: f64,
  microseconds: f64,
): void {
  const fast = (cluster.pace + PACE_ALLOWANCE) * SLOW_FROM - PACE_ALLOWANCE;
  if (cluster.pace > 0) {
    // Only about the edge does an answer tell whether there is more room, or less.
    if (microseconds < fast && others + 2 > host.room) host.room += ROOM_STEP;
    else if (microseconds >= fast && Math.abs(others + 1 - host.room) <= 1) host.room -= ROOM_STEP;
    host.room = max<f64>(0, host.room);
  }
  if (came == AT_HOME) {
    host.homeTook += host.homeTook == 0 ? microseconds : (microseconds - host.homeTook) * HOME_STEP;
  } else if (came == VISITING && host.homeTook > 0) {
    cluster.visitCost += (microseconds - host.homeTook - cluster.visitCost) * VISIT_STEP;
  }
}

/** A tick: `underWay` is the moving average of the cluster's requests that are load. */
export function turnCost(cluster: ClusterState, underWay: f64): void {
  cluster.endedAverage += (<f64>cluster.ended - cluster.endedAverage) * NEWEST_IN_FLIGHT;
  cluster.ended = 0;
  const ticks = max<f64>(0, cluster.visitCost) / <f64>(STICKY_TICK_MILLISECONDS * 1000);
  cluster.extra = underWay > 0 ? (VISITS_PAID * ticks * cluster.endedAverage) / underWay : 0;
}

/** A tick: a slow host has no room that is known. */
export function turnRoom(host: HostState): void {
  if (host.slow > 0) host.room = 0;
}
