/**
 * Rates of upstream hosts: each response counts for its host; each second the workers add their counts up in
 * the host's shared data, and each derives the rates for itself. Gauges of a host are set at the same time.
 */
import { STATUS_OK } from '../abi/enums';
import * as host from '../abi/host';
import * as arena from '../bytes/arena';
import { MAX_SHARED_TRIES } from '../bytes/caps';
import { ABSENT } from '../bytes/view';
import { Reporting } from '../config/model';
import { addressOf, HostLoad, hostOf, HostTable, loadAt, openHosts } from '../load/hosts';
import { observe } from '../load/follow';
import { believed, effectiveRate, nextRate } from '../load/rate';
import * as shared from '../load/shared';
import { medianLoad, medianOwnWeight, weigh } from '../load/weigh';
import * as metrics from './metrics';
import { UPSTREAM_ADDRESS } from './texts';

/** Rates are counts of about a second. */
const RATE_TICK_MILLISECONDS: u32 = 1000;
/** A shorter time since the last tick would make a rate of chance. */
const LEAST_SECONDS: f64 = 0.1;
/** So long after a report with a rate of its own, rates of ours are not scaled. */
const OWN_RATE_NANOSECONDS: u64 = 60000000000;

/** Time of the tick that came last in this worker, in nanoseconds. */
let lastNow: u64 = 0;

/** The host that answers this stream; null when it is unknown. */
export function upstreamOf(reporting: Reporting): HostLoad | null {
  if (reporting.hosts == 0) return null;
  const address = host.property(UPSTREAM_ADDRESS);
  return address == ABSENT ? null : hostOf(changetype<HostTable>(reporting.hosts), address);
}

export function startRates(reporting: Reporting): void {
  reporting.hosts = changetype<usize>(openHosts());
  lastNow = reporting.lastTick = host.now();
  host.tickEvery(RATE_TICK_MILLISECONDS);
}

export function rememberOwnRate(reporting: Reporting): void {
  reporting.ownRateSeen = lastNow;
}

/**
 * The rate to write into a report of that utilization which has none. Envoy divides it by the utilization,
 * and so comes to the host's weight, which is of all reports of some seconds and not of this one.
 */
export function rateFor(reporting: Reporting, from: HostLoad | null, utilization: f64): f64 {
  if (from && from.weight > 0) return round(from.weight * utilization);
  return round(effectiveRate(-1, reporting.mean, 0, isScaled(reporting)) * believed(utilization, reporting.median));
}

function isScaled(reporting: Reporting): bool {
  return reporting.ownRateSeen == 0 || lastNow - reporting.ownRateSeen > OWN_RATE_NANOSECONDS;
}

/** To thousandths: what lies below is noise, and would lengthen the header. */
function round(rate: f64): f64 {
  return max(Math.round(rate * 1000) / 1000, 0.001);
}

export function updateRates(reporting: Reporting): void {
  const now = host.now();
  const seconds = <f64>(now - reporting.lastTick) / 1e9;
  lastNow = now;
  if (seconds < LEAST_SECONDS || reporting.hosts == 0) return;
  if (!exchange(reporting, now / 1000000000, seconds)) return;
  reporting.lastTick = now;
  const table = changetype<HostTable>(reporting.hosts);
  if (table.places == 0) return;
  reporting.median = medianLoad(table);
  reporting.medianWeight = medianOwnWeight(table);
  weigh(table, reporting.mean, reporting.median, isScaled(reporting));
  setGauges(reporting, table);
}

/**
 * Adds this worker's counts to the shared ones and reads the rates off; false when it did not work this time.
 */
function exchange(reporting: Reporting, now: u64, seconds: f64): bool {
  const table = changetype<HostTable>(reporting.hosts);
  if (table.places == 0) return true;
  let pending: u32 = 0;
  for (let i: u32 = 0; i <= table.mask; i++) pending += loadAt(table, i).pending;
  for (let i: u32 = 0; i < MAX_SHARED_TRIES; i++) {
    arena.reset();
    const before = host.shared(reporting.sharedKey);
    const version = before == ABSENT ? 0 : host.sharedVersion();
    if (!shared.open(before, table.count)) return false;
    for (let j: u32 = 0; j <= table.mask; j++) {
      if (loadAt(table, j).hash != 0) shared.add(loadAt(table, j), now);
    }
    if (pending == 0 || host.setShared(reporting.sharedKey, shared.bytes(), version) == STATUS_OK) {
      commit(reporting, now, seconds);
      return true;
    }
  }
  return false;
}

function commit(reporting: Reporting, now: u64, seconds: f64): void {
  const table = changetype<HostTable>(reporting.hosts);
  const sum = shared.sum();
  const live = shared.live(now);
  const all = sum > reporting.lastSum && reporting.lastSum > 0 ? <f64>(sum - reporting.lastSum) : 0;
  let own: f64 = 0;
  for (let i: u32 = 0; i <= table.mask; i++) {
    const load = loadAt(table, i);
    if (load.hash == 0) continue;
    const total = shared.totalAt(load);
    // Seen for the first time: what the other workers counted before is not of this second.
    const count = load.rate < 0 || total < load.total ? <u64>load.pending : total - load.total;
    const utilization = load.reports > 0 ? load.reported / load.reports : -1;
    // The first count is of this worker only.
    if (load.rate >= 0) observe(load, <f64>count / seconds, utilization, reporting.mean, seconds);
    load.rate = nextRate(load.rate, <f64>count, seconds);
    load.reported = load.reports = 0;
    load.total = total;
    own += <f64>count;
    load.pending = 0;
  }
  const counted = reporting.lastSum > 0 ? all : own;
  reporting.mean = nextRate(reporting.mean > 0 ? reporting.mean : -1, counted / <f64>max<u32>(1, live), seconds);
  reporting.lastSum = sum;
}

function setGauges(reporting: Reporting, table: HostTable): void {
  for (let i: u32 = 0; i <= table.mask; i++) {
    const load = loadAt(table, i);
    if (load.hash == 0) continue;
    if (load.rateGauge == 0 && metrics.mayDefineHost()) defineGauges(reporting, load);
    if (load.rateGauge == 0) continue;
    host.record(load.rateGauge, <u64>(max<f64>(0, load.rate) * 1000));
    if (load.utilization >= 0) host.record(load.utilizationGauge, <u64>(load.utilization * 1000));
  }
}

function defineGauges(reporting: Reporting, load: HostLoad): void {
  load.rateGauge = metrics.defineHostGauge('rps_milli', reporting.cluster, addressOf(load));
  load.utilizationGauge = metrics.defineHostGauge('utilization_permille', reporting.cluster, addressOf(load));
}
