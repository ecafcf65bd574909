/**
 * What changes in a cluster with each tick: whether its hosts are there, how busy and how slow they are, and
 * with it which part of their keys they shed.
 */
import { ClusterState, HostState } from './cluster';
import { paceOf, turnPace } from './pace';
import { addPeer, reference, startPeers } from './peers';
import { asShare, enoughAnswers, forget, nextAverage, nextHot, nextSlow } from './shed';
import {
  FREE_IN_FLIGHT,
  JOINING_SHED,
  MIN_ANSWERS,
  PICKS_IGNORED,
  RETURNED_FROM,
  SILENCE_NANOSECONDS,
  STICKY_TICK_MILLISECONDS,
} from './tuning';
import { horizonOf, nextStreaming, turn } from './underway';

/** Half a tick. */
const MIN_TICK_NANOSECONDS: u64 = <u64>STICKY_TICK_MILLISECONDS * 500000;

/** Notes a reported utilization. What `asShare` refuses is not counted. */
export function report(host: HostState, utilization: f64): void {
  const share = asShare(utilization);
  if (share < 0) return;
  host.reported = share;
  host.fresh = 1;
}

export function isDue(cluster: ClusterState, now: u64): bool {
  return now - cluster.now >= MIN_TICK_NANOSECONDS;
}

/**
 * One step for all hosts; `now` in nanoseconds. Sooner than half a tick after the last one it does nothing.
 */
export function tick(cluster: ClusterState, now: u64, target: f64): bool {
  if (!isDue(cluster, now)) return false;
  cluster.now = now;
  let averages: f64 = 0;
  let answered: f64 = 0;
  let sum: f64 = 0;
  let reporting: f64 = 0;
  startPeers();
  const enough = enoughAnswers(cluster.late);
  for (let p = cluster.hosts; p != 0; p = changetype<HostState>(p).next) {
    const host = changetype<HostState>(p);
    host.average = nextAverage(host.average, host.load);
    averages += host.average;
    host.pace = paceOf(host, cluster.ticks, enough);
    if (host.pace > 0) addPeer(host.pace);
    answered += <f64>host.answered;
    if (host.fresh) host.reportedAt = now;
    if (host.reported < 0 || now - host.reportedAt > SILENCE_NANOSECONDS) continue;
    sum += host.reported;
    reporting++;
  }
  const mean = sum / reporting;
  const peers = reference();
  cluster.peers = peers > 0 ? peers : roughly(cluster);
  cluster.ticks++;
  const horizon = horizonOf(cluster.usual);
  cluster.load = 0;
  let recent: u32 = 0;
  let streams: u32 = 0;
  for (let p = cluster.hosts; p != 0; p = changetype<HostState>(p).next) {
    const host = changetype<HostState>(p);
    presence(host, now);
    if (host.fresh) {
      const due = averages * host.share;
      host.hot = nextHot(host.hot, host.reported, target, mean, due > 0 ? host.average / due : 0);
    } else if (now - host.reportedAt > SILENCE_NANOSECONDS) {
      host.hot = forget(host.hot);
    }
    host.fresh = host.begun = 0;
    host.slow = nextSlow(host.slow, isBusy(host, answered) ? 0 : host.pace, peers);
    host.shed = max(host.hot, host.slow);
    // Where all hosts let requests wait, as with long polls, none of them is silent.
    if (host.slow == 0) host.silent = 0;
    turn(host, cluster.ticks, host.silent ? u32.MAX_VALUE : horizon);
    turnPace(host, cluster.ticks);
    cluster.load += host.load;
    recent += host.recent;
    streams += host.streams;
    if (host.shed > RETURNED_FROM) host.shedding = 1;
    else if (host.shed == 0 && host.shedding) {
      host.shedding = 0;
      cluster.returned++;
    }
  }
  cluster.streaming = nextStreaming(cluster.streaming, streams, recent);
  return true;
}

/**
 * What tells which answers are late where none of the paces is known: from fewer answers. With the last one
 * alone, after hosts have become slower, all would be late, and so more answers be asked for than ever come.
 */
function roughly(cluster: ClusterState): f64 {
  startPeers();
  for (let p = cluster.hosts; p != 0; p = changetype<HostState>(p).next) {
    const host = changetype<HostState>(p);
    if (host.answered >= MIN_ANSWERS) addPeer(host.fastest);
  }
  const peers = reference();
  return peers > 0 ? peers : cluster.peers;
}

/**
 * It has more to do than its share, and does it: it answers late because requests wait for each other. It is
 * not slow. What is shed for a queue only cools caches, and the bound keeps the queue short.
 */
function isBusy(host: HostState, answered: f64): bool {
  return <f64>host.load + host.elsewhere > <f64>FREE_IN_FLIGHT && <f64>host.answered > answered * host.share;
}

/** Health is known to Envoy alone. Here a host is away when others answer in its place, and it does not. */
function presence(host: HostState, now: u64): void {
  if (host.arrived > 0) {
    if (host.away) {
      host.hot = max(host.hot, JOINING_SHED);
      // Its silence counts from now on.
      host.reportedAt = now;
    }
    host.away = host.passed = host.arrived = 0;
  } else if (host.passed >= PICKS_IGNORED) {
    host.away = 1;
  }
}
