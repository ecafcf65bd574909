/**
 * The filter's statistics, which Envoy shows as wasmcustom.<name>. They are defined once in a VM, when a plugin that
 * uses them is configured. docs/METRICS.md explains each.
 */
import { METRIC_COUNTER, METRIC_GAUGE } from '../abi/enums';
import * as host from '../abi/host';
import { Bytes } from '../bytes/view';
import * as writer from '../bytes/writer';
import { FORM_BINARY, FORM_JSON, REASONS } from '../orca/report';

export const PICKS: u32 = 0;
export const KEYS_ABSENT: u32 = 1;
export const COOKIES_GENERATED: u32 = 2;
export const COOKIES_DEFERRED: u32 = 3;
export const STREAMS_UNTRACKED: u32 = 4;
export const REPORTS_TRAILER: u32 = 5;
export const REPORTS_STRIPPED: u32 = 6;
/** From here one for each form and result: 3 forms times 3 results. */
const REPORTS: u32 = 7;
/** From here one for each reason of refusal. */
const REFUSED: u32 = 16;
/** From here on those of sticky policies, defined only where there are any. */
export const STICKY_HOME: u32 = 32;
export const STICKY_SPILLED_1: u32 = 33;
export const STICKY_SPILLED_2: u32 = 34;
export const STICKY_SPILLED_3: u32 = 35;
export const STICKY_HOT: u32 = 36;
export const STICKY_RETURNED: u32 = 37;
const COUNT: u32 = 38;

export const ACCEPTED: u32 = 0;
export const REPAIRED: u32 = 1;
export const REFUSED_RESULT: u32 = 2;

const ids: usize = memory.data(152, 4);
const name: usize = memory.data(512);
let defined: bool = false;
let stickyDefined: bool = false;

function reportName(index: u32): void {
  const form = index / 3;
  const result = index % 3;
  writer.text('loadstar_reports_');
  writer.text(form == FORM_JSON ? 'json' : form == FORM_BINARY ? 'binary' : 'text');
  writer.text(result == ACCEPTED ? '_accepted' : result == REPAIRED ? '_repaired' : '_refused');
}

function reasonName(reason: u32): string {
  switch (reason) {
    case 1:
      return 'empty';
    case 2:
      return 'too_long';
    case 3:
      return 'too_many';
    case 4:
      return 'too_deep';
    case 5:
      return 'malformed';
    case 6:
      return 'name';
    case 7:
      return 'number';
    case 8:
      return 'nan';
    case 9:
      return 'infinite';
    case 10:
      return 'negative';
    case 11:
      return 'range';
    case 12:
      return 'duplicate';
    case 13:
      return 'base64';
    case 14:
      return 'protobuf';
    default:
      return 'no_utilization';
  }
}

function plainName(metric: u32): string {
  switch (metric) {
    case PICKS:
      return 'loadstar_picks';
    case KEYS_ABSENT:
      return 'loadstar_keys_absent';
    case COOKIES_GENERATED:
      return 'loadstar_cookies_generated';
    case COOKIES_DEFERRED:
      return 'loadstar_cookies_deferred';
    case STREAMS_UNTRACKED:
      return 'loadstar_streams_untracked';
    case REPORTS_TRAILER:
      return 'loadstar_reports_trailer';
    default:
      return 'loadstar_reports_stripped';
  }
}

/** Defines the counters, the first time. */
export function defineCounters(): void {
  if (defined) return;
  defined = true;
  for (let metric: u32 = 0; metric < REFUSED + REASONS; metric++) {
    if (metric == REFUSED) continue;
    writer.open(name, 512);
    if (metric < REPORTS) writer.text(plainName(metric));
    else if (metric < REFUSED) reportName(metric - REPORTS);
    else {
      writer.text('loadstar_reports_refused_');
      writer.text(reasonName(metric - REFUSED));
    }
    writer.text('_total');
    store<u32>(ids + (<usize>metric << 2), host.defineMetric(METRIC_COUNTER, writer.written()));
  }
}

function stickyName(metric: u32): string {
  switch (metric) {
    case STICKY_HOME:
      return 'home';
    case STICKY_SPILLED_1:
      return 'spilled_1';
    case STICKY_SPILLED_2:
      return 'spilled_2';
    case STICKY_SPILLED_3:
      return 'spilled_3_to_7';
    case STICKY_HOT:
      return 'hot_key';
    default:
      return 'returned';
  }
}

/** Defines the counters of sticky policies, the first time. */
export function defineSticky(): void {
  if (stickyDefined) return;
  stickyDefined = true;
  for (let metric = STICKY_HOME; metric < COUNT; metric++) {
    writer.open(name, 512);
    writer.text('loadstar_sticky_');
    writer.text(stickyName(metric));
    writer.text('_total');
    store<u32>(ids + (<usize>metric << 2), host.defineMetric(METRIC_COUNTER, writer.written()));
  }
}

export function count(metric: u32): void {
  if (metric < COUNT) host.increment(load<u32>(ids + (<usize>metric << 2)));
}

/** Counts a report by its form and result. */
export function countReport(form: u32, result: u32): void {
  count(REPORTS + form * 3 + result);
}

export function countRefusal(reason: u32): void {
  count(REFUSED + reason);
}

/**
 * Defines a gauge of one host: `loadstar_host_<what>.cluster.<cluster>.host.<address>`. The bootstrap's stats_tags turn
 * the two parts into labels. 0 when the name is too long.
 */
export function defineHostGauge(what: string, cluster: Bytes, address: Bytes): u32 {
  writer.open(name, 512);
  writer.text('loadstar_host_');
  writer.text(what);
  writer.text('.cluster.');
  writer.bytes(cluster);
  writer.text('.host.');
  writer.bytes(address);
  return writer.overflowed() ? 0 : host.defineMetric(METRIC_GAUGE, writer.written());
}
