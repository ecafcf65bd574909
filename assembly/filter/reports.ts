/**
 * Response headers and trailers in front of a cluster: the load report is read, and what Envoy could not use
 * is written anew (as TEXT in `endpoint-load-metrics`) or removed, before Envoy's balancer sees it. A report
 * that Envoy takes as it is stays untouched. Envoy prefers `endpoint-load-metrics-bin` and reads the first
 * value of each header only (source/common/orca/orca_parser.cc), and so does this; a binary report that is no
 * good yields to a plain one.
 */
import { MAP_RESPONSE_TRAILERS } from '../abi/enums';
import * as host from '../abi/host';
import * as arena from '../bytes/arena';
import { MAX_REPORT_OUT } from '../bytes/caps';
import { ABSENT, Bytes, size } from '../bytes/view';
import * as writer from '../bytes/writer';
import { Reporting } from '../config/model';
import { ClusterState, HostState } from '../load/cluster';
import { Heard } from '../load/heard';
import { addressOf, heardOf, HostLoad } from '../load/hosts';
import { Learnt } from '../load/learnt';
import { mostRate } from '../load/rate';
import { Sticky } from '../select/model';
import { parseBinaryHeader, parseHeader } from '../orca/parse';
import * as repair from '../orca/repair';
import * as report from '../orca/load-report';
import * as metrics from './metrics';
import { rateFor, rememberOwnRate } from './rates';
import { hear } from './tell';
import { REPORT, REPORT_BINARY } from './texts';

/** No good report was found. */
const FORM_NONE: u32 = u32.MAX_VALUE;

/** The report that was read last, or ABSENT, and its header. */
let value: Bytes = ABSENT;
let isBinary: bool = false;

/**
 * Repairs the reports of a header map for Envoy's balancer; true when it now finds a good one there. `from`
 * may be unknown (null).
 */
export function repairReports(map: i32, reporting: Reporting, from: HostLoad | null): bool {
  const form = readGood(map, reporting.names, reporting.nameCount, reporting.strip != 0, true);
  if (form != FORM_NONE) {
    complete(reporting, from);
    countGood(form);
  }
  if (from && value != ABSENT) {
    const learnt = changetype<Learnt>(reporting.learnt);
    hearFrom(heardOf(from), learnt.cluster, addressOf(from), learnt.lastTick, form);
  }
  if (form == FORM_NONE) return false;
  if (report.isExact()) return true;
  write(map);
  if (form == report.FORM_BINARY) host.removeHeader(map, REPORT_BINARY);
  return true;
}

/**
 * For a policy that is sticky until hot: the utilization in the map's reports, below 0 when there is none.
 * Nothing is written: Envoy's Maglev does not read reports.
 */
export function readReport(map: i32, sticky: Sticky, from: HostState | null): f64 {
  const form = readGood(map, sticky.names, sticky.nameCount, true, false);
  if (from && value != ABSENT) {
    const cluster = changetype<ClusterState>(sticky.cluster);
    hearFrom(from.heard, cluster.name, from.address, cluster.now, form);
  }
  if (form == FORM_NONE) return -1;
  countGood(form);
  return repair.utilization();
}

/** Of what was read last: the good report of this form, or one that was refused. */
function hearFrom(heard: Heard, cluster: Bytes, address: Bytes, now: u64, form: u32): void {
  const result =
    form == FORM_NONE ? metrics.REFUSED_RESULT : report.isExact() ? metrics.ACCEPTED : metrics.REPAIRED;
  hear(heard, cluster, address, now, result, report.reason(), isBinary, value);
}

/**
 * Reads the report that counts, with a utilization above 0; its form, or FORM_NONE. What is refused is
 * counted, and removed from the map when `removes` is true. `strips`: the client will see none.
 */
function readGood(map: i32, names: usize, nameCount: u32, strips: bool, removes: bool): u32 {
  const binary = host.header(map, REPORT_BINARY);
  let plain = binary == ABSENT ? host.header(map, REPORT) : ABSENT;
  isBinary = binary != ABSENT;
  value = isBinary ? binary : plain;
  if (value == ABSENT) return FORM_NONE;
  if (map == MAP_RESPONSE_TRAILERS) metrics.count(metrics.REPORTS_TRAILER);
  if (strips) metrics.count(metrics.REPORTS_STRIPPED);
  repair.useMetricNames(names, nameCount);
  if (binary != ABSENT) {
    parseBinaryHeader(binary);
    if (isGood(report.FORM_BINARY)) return report.FORM_BINARY;
    if (removes) host.removeHeader(map, REPORT_BINARY);
    plain = host.header(map, REPORT);
  }
  if (plain == ABSENT) return FORM_NONE;
  value = plain;
  isBinary = false;
  const form = parseHeader(plain);
  if (isGood(form)) return form;
  if (removes) host.removeHeader(map, REPORT);
  return FORM_NONE;
}

/** Whether what was parsed says a utilization; if not, it is counted as refused. */
function isGood(form: u32): bool {
  if (report.reason() == report.REASON_NONE) repair.ensureUtilization();
  if (report.reason() == report.REASON_NONE) return true;
  metrics.countReport(form, metrics.REFUSED_RESULT);
  metrics.countRefusal(report.reason());
  return false;
}

function countGood(form: u32): void {
  metrics.countReport(form, report.isExact() ? metrics.ACCEPTED : metrics.REPAIRED);
}

/**
 * Gives the report the rate that it lacks, or lowers one that is beyond belief; remembers what it said of its
 * host.
 */
function complete(reporting: Reporting, from: HostLoad | null): void {
  const learnt = changetype<Learnt>(reporting.learnt);
  const own = repair.ownRate();
  if (own > 0) rememberOwnRate(learnt);
  const hasRate = report.valueOf(report.FIELD_RPS_FRACTIONAL) > 0;
  const isTooMuch = own > mostRate(repair.utilization(), learnt.medianWeight);
  if (!hasRate || isTooMuch || !report.isExact()) repair.raiseUtilization();
  const utilization = repair.utilization();
  if (from) {
    from.utilization = utilization;
    from.reported += utilization;
    from.reports++;
    from.ownWeight = own / utilization;
  }
  // The bound once more: a utilization that was raised allows a higher rate, and lowers the weight by itself.
  if (isTooMuch) repair.setRate(min(own, mostRate(utilization, learnt.medianWeight)));
  else if (!hasRate) repair.setRate(own > 0 ? own : rateFor(learnt, from, utilization));
}

/** Replaces all values of the header by the report as TEXT. */
function write(map: i32): void {
  writer.open(arena.alloc(MAX_REPORT_OUT), MAX_REPORT_OUT);
  repair.emit();
  const text: Bytes = writer.written();
  if (writer.overflowed() || size(text) == 0) host.removeHeader(map, REPORT);
  else host.replaceHeader(map, REPORT, text);
}
