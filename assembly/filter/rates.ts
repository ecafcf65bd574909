/**
 * Rates of upstream hosts: each response counts for its host; each second the workers add their counts up in
 * the host's shared data, and each derives the rates for itself. Gauges of a host are set at the same time,
 * and hosts that are gone forgotten.
 */
import { STATUS_OK } from '../abi/enums';
import * as host from '../abi/host';
import * as arena from '../bytes/arena';
import { MAX_SHARED_TRIES } from '../bytes/caps';
import { ABSENT, Bytes } from '../bytes/view';
import { Reporting } from '../config/model';
import { observe } from '../load/follow';
import { compact, HostLoad, hostOf, isGone, loadAt } from '../load/hosts';
import { Learnt } from '../load/learnt';
import { believed, effectiveRate, nextRate } from '../load/rate';
import * as shared from '../load/shared';
import { medianLoad, medianOwnWeight, weigh } from '../load/weigh';
import { hideLoad, showLoad } from './gauges';
import { UPSTREAM_ADDRESS } from './texts';

/** Rates are counts of about a second. */
const RATE_TICK_MILLISECONDS: u32 = 1000;
/**
 * A worker ticks by up to so many milliseconds more seldom than another. If all ticked at the same moments,
 * chance would decide whether one sees none, one or two seconds of another's counts. So the moments pass by
 * each other now and then, and are apart in between.
 */
const APART_MILLISECONDS: u64 = 64;
/**
 * A tick sooner than this is left out: it is of another configuration of the cluster, whose streams are
 * ending.
 */
const LEAST_SECONDS: f64 = 0.75;
/** So long after a report with a rate of its own, rates of ours are not scaled. */
const OWN_RATE_NANOSECONDS: u64 = 60000000000;

/** Time of the tick that came last in this worker, in nanoseconds. */
let lastNow: u64 = 0;

/** The host that answers this stream; null when it is unknown. */
export function upstreamOf(reporting: Reporting): HostLoad | null {
  if (reporting.learnt == 0) return null;
  const address = host.property(UPSTREAM_ADDRESS);
  return address == ABSENT ? null : hostOf(changetype<Learnt>(reporting.learnt), address);
}

export function startRates(reporting: Reporting): void {
  const learnt = changetype<Learnt>(reporting.learnt);
  lastNow = host.now();
  if (learnt.lastTick == 0) learnt.lastTick = lastNow;
  // Workers start within milliseconds: microseconds are as good as chance.
  host.tickEvery(RATE_TICK_MILLISECONDS + <u32>((lastNow / 1000) % APART_MILLISECONDS));
}

export function rememberOwnRate(learnt: Learnt): void {
  learnt.ownRateSeen = lastNow;
}

/**
 * The rate to write into a report of that utilization which has none. Envoy divides it by the utilization,
 * and so comes to the host's weight, which is of all reports of some seconds and not of this one.
 */
export function rateFor(learnt: Learnt, from: HostLoad | null, utilization: f64): f64 {
  if (from && from.weight > 0) return round(from.weight * utilization);
  return round(effectiveRate(-1, learnt.mean, 0, isScaled(learnt)) * believed(utilization, learnt.median));
}

function isScaled(learnt: Learnt): bool {
  return learnt.ownRateSeen == 0 || lastNow - learnt.ownRateSeen > OWN_RATE_NANOSECONDS;
}

/** To thousandths: what lies below is noise, and would lengthen the header. */
function round(rate: f64): f64 {
  return max(Math.round(rate * 1000) / 1000, 0.001);
}

export function updateRates(reporting: Reporting): void {
  if (reporting.learnt == 0) return;
  const learnt = changetype<Learnt>(reporting.learnt);
  const now = host.now();
  const seconds = <f64>(now - learnt.lastTick) / 1e9;
  lastNow = now;
  if (seconds < LEAST_SECONDS || !exchange(learnt, reporting.sharedKey, now, seconds)) return;
  learnt.lastTick = now;
  if (learnt.places == 0) return;
  // A service at rest has no medians. The last ones hold, or a lie would draw all of the first second after
  // it.
  learnt.median = lastKnown(medianLoad(learnt), learnt.median);
  learnt.medianWeight = lastKnown(medianOwnWeight(learnt), learnt.medianWeight);
  weigh(learnt, learnt.mean, learnt.median, isScaled(learnt));
  showAll(learnt, now);
}

function lastKnown(median: f64, before: f64): f64 {
  return median > 0 ? median : before;
}

/**
 * Adds this worker's counts to the shared ones and reads the rates off; false when it did not work this time.
 */
function exchange(learnt: Learnt, sharedKey: Bytes, now: u64, seconds: f64): bool {
  if (learnt.places == 0) return true;
  let pending: u32 = 0;
  for (let i: u32 = 0; i <= learnt.mask; i++) pending += loadAt(learnt, i).pending;
  for (let i: u32 = 0; i < MAX_SHARED_TRIES; i++) {
    arena.reset();
    const before = host.shared(sharedKey);
    const version = before == ABSENT ? 0 : host.sharedVersion();
    if (!shared.open(before, learnt.count)) return false;
    for (let j: u32 = 0; j <= learnt.mask; j++) {
      if (loadAt(learnt, j).hash != 0) shared.add(loadAt(learnt, j), now / 1000000000);
    }
    if (pending == 0 || host.setShared(sharedKey, shared.bytes(), version) == STATUS_OK) {
      commit(learnt, now, seconds);
      return true;
    }
  }
  return false;
}

function commit(learnt: Learnt, now: u64, seconds: f64): void {
  const sum = shared.sum();
  const live = shared.live(now / 1000000000);
  const all = sum > learnt.lastSum && learnt.lastSum > 0 ? <f64>(sum - learnt.lastSum) : 0;
  let own: f64 = 0;
  for (let i: u32 = 0; i <= learnt.mask; i++) {
    const load = loadAt(learnt, i);
    if (load.hash == 0) continue;
    const total = shared.totalAt(load);
    // Seen for the first time: what the other workers counted before is not of this second.
    const count = load.rate < 0 || total < load.total ? <u64>load.pending : total - load.total;
    if (count > 0 || load.seen == 0) load.seen = now;
    const utilization = load.reports > 0 ? load.reported / load.reports : -1;
    // The first count is of this worker only.
    if (load.rate >= 0) observe(load, <f64>count / seconds, utilization, learnt.mean, seconds);
    load.rate = nextRate(load.rate, <f64>count, seconds);
    load.reported = load.reports = 0;
    load.total = total;
    own += <f64>count;
    load.pending = 0;
  }
  const counted = learnt.lastSum > 0 ? all : own;
  learnt.mean = nextRate(learnt.mean > 0 ? learnt.mean : -1, counted / <f64>max<u32>(1, live), seconds);
  learnt.lastSum = sum;
}

/** Sets the gauges of all hosts, and forgets those that are gone. */
function showAll(learnt: Learnt, now: u64): void {
  let left = learnt.count;
  for (let i: u32 = 0; i <= learnt.mask; i++) {
    const load = loadAt(learnt, i);
    if (load.hash == 0) continue;
    load.gone = <u32>isGone(learnt, load, now);
    left -= load.gone;
    if (load.gone) hideLoad(load);
    else showLoad(load, learnt.cluster);
  }
  if (left < learnt.count) compact(learnt, left);
}
