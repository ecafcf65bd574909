/**
 * The filter's statistics, which Envoy shows as wasmcustom.<name>. They are defined once in a VM, when the
 * first plugin that uses them is configured. docs/METRICS.md explains each.
 */
import { METRIC_COUNTER, METRIC_GAUGE } from '../abi/enums';
import * as host from '../abi/host';
import { MAX_STATISTIC_NAME } from '../bytes/caps';
import { Bytes } from '../bytes/view';
import * as writer from '../bytes/writer';
import { REASONS } from '../orca/load-report';
import { LEFT_REASONS } from '../select/refusal';

export const PICKS: u32 = 0;
export const KEYS_ABSENT: u32 = 1;
export const COOKIES_GENERATED: u32 = 2;
export const COOKIES_DEFERRED: u32 = 3;
export const STREAMS_UNTRACKED: u32 = 4;
export const REPORTS_TRAILER: u32 = 5;
export const REPORTS_STRIPPED: u32 = 6;
export const HOSTS_WITHOUT_GAUGES: u32 = 7;
export const ACCEPTED: u32 = 0;
export const REPAIRED: u32 = 1;
export const REFUSED_RESULT: u32 = 2;

/** The first of those for each form and result. */
const REPORTS: u32 = 8;
/** The first of those for each reason of refusal; number 0 is REASON_NONE and is not defined. */
const REFUSED: u32 = REPORTS + 3 * 3;
/** The first of those of sticky policies, which are defined only where there are any. */
export const STICKY_HOME: u32 = REFUSED + REASONS;
export const STICKY_SPILLED_1: u32 = STICKY_HOME + 1;
export const STICKY_SPILLED_2: u32 = STICKY_HOME + 2;
export const STICKY_SPILLED_3: u32 = STICKY_HOME + 3;
export const STICKY_HOT: u32 = STICKY_HOME + 4;
export const STICKY_RETURNED: u32 = STICKY_HOME + 5;
/** The first of those for each reason why a key left its home. */
const STICKY_LEFT: u32 = STICKY_HOME + 6;
const COUNT: u32 = STICKY_LEFT + LEFT_REASONS - 1;

const ids: usize = memory.data(COUNT * 4, 4);
/** What was tallied and not told yet, by number. */
const tallies: usize = memory.data(COUNT * 4, 4);
const name: usize = memory.data(MAX_STATISTIC_NAME);
let defined: bool = false;
let stickyDefined: bool = false;

/**
 * Names in the order of their numbers. One text of many words takes a third of the room of a text for each.
 */
const PLAIN = 'picks keys_absent cookies_generated cookies_deferred streams_untracked reports_trailer reports_stripped hosts_without_gauges';
const FORMS = 'text json binary';
const RESULTS = 'accepted repaired refused';
const REASON_NAMES =
  'empty too_long too_many too_deep malformed name number nan infinite negative range duplicate base64 protobuf no_utilization';
const HOST_GAUGES = 'rps_milli utilization_permille shed_permille in_flight fastest_microseconds';
const STICKY = 'home spilled_1 spilled_2 spilled_3_to_7 hot_key returned';
/** In the order of LEFT_ in select/refusal. */
const LEFT = 'away reported slow silent busy hot_key';

function writeName(metric: u32): void {
  writer.text('loadstar_');
  if (metric < REPORTS) return writer.word(PLAIN, metric);
  if (metric >= STICKY_HOME) {
    writer.text('sticky_');
    if (metric >= STICKY_LEFT) {
      writer.text('left_');
      return writeReason(metric - STICKY_LEFT + 1);
    }
    return writer.word(STICKY, metric - STICKY_HOME);
  }
  writer.text('reports_');
  if (metric < REFUSED) {
    writer.word(FORMS, (metric - REPORTS) / 3);
    writer.byte(0x5f);
    return writeResult((metric - REPORTS) % 3);
  }
  writer.text('refused_');
  writeRefusal(metric - REFUSED);
}

export function writeResult(result: u32): void {
  writer.word(RESULTS, result);
}

export function writeRefusal(reason: u32): void {
  writer.word(REASON_NAMES, reason - 1);
}

function define(metric: u32): void {
  writer.open(name, MAX_STATISTIC_NAME);
  writeName(metric);
  writer.text('_total');
  store<u32>(ids + (<usize>metric << 2), host.defineMetric(METRIC_COUNTER, writer.written()));
}

/** Defines the counters, the first time. */
export function defineCounters(): void {
  if (defined) return;
  defined = true;
  for (let metric: u32 = 0; metric < REFUSED; metric++) define(metric);
  for (let metric: u32 = REFUSED + 1; metric < REFUSED + REASONS; metric++) define(metric);
}

/** Defines the counters of sticky policies, the first time. */
export function defineSticky(): void {
  if (stickyDefined) return;
  stickyDefined = true;
  for (let metric = STICKY_HOME; metric < COUNT; metric++) define(metric);
}

export function count(metric: u32): void {
  if (metric < COUNT) host.increment(load<u32>(ids + (<usize>metric << 2)));
}

/**
 * Counts in this module's memory, for which nobody need be called. Where there are ticks `tellTallies` tells
 * Envoy the sums at each.
 */
export function tally(metric: u32): void {
  if (metric >= COUNT) return;
  const at = tallies + (<usize>metric << 2);
  store<u32>(at, load<u32>(at) + 1);
}

export function tellTallies(): void {
  for (let metric: u32 = 0; metric < COUNT; metric++) {
    const at = tallies + (<usize>metric << 2);
    if (load<u32>(at) == 0) continue;
    host.addTo(load<u32>(ids + (<usize>metric << 2)), <i64>load<u32>(at));
    store<u32>(at, 0);
  }
}

/** Counts a report by its form and result. */
export function countReport(form: u32, result: u32): void {
  count(REPORTS + form * 3 + result);
}

export function countRefusal(reason: u32): void {
  count(REFUSED + reason);
}

/** Tallies a request that does not go to its key's home, by the reason (LEFT_ in select/refusal). */
export function tallyLeft(reason: u32): void {
  tally(STICKY_LEFT + reason - 1);
}

/** Writes what `tallyLeft` calls a reason. */
export function writeReason(reason: u32): void {
  writer.word(LEFT, reason - 1);
}

/**
 * Defines a gauge of one host: `loadstar_host_<what>.cluster.<cluster>.host.<address>`. The bootstrap's
 * stats_tags make labels of cluster and address. 0 when the name is too long.
 */
export function defineHostGauge(what: u32, cluster: Bytes, address: Bytes): u32 {
  writer.open(name, MAX_STATISTIC_NAME);
  writer.text('loadstar_host_');
  writer.word(HOST_GAUGES, what);
  writer.text('.cluster.');
  writer.bytes(cluster);
  writer.text('.host.');
  writer.bytes(address);
  return writer.overflowed() ? 0 : host.defineMetric(METRIC_GAUGE, writer.written());
}
