/**
 * Response headers and trailers in the upstream role: the load report is read, and what Envoy could not use is written
 * anew (as TEXT in `endpoint-load-metrics`) or removed, before Envoy's balancer sees it. A report that Envoy takes as it
 * is stays untouched. Envoy prefers `endpoint-load-metrics-bin` and reads the first value of each header only
 * (source/common/orca/orca_parser.cc), and so does this.
 */
import { MAP_RESPONSE_TRAILERS } from '../abi/enums';
import * as host from '../abi/host';
import * as arena from '../bytes/arena';
import { MAX_REPORT_OUT } from '../bytes/caps';
import { ABSENT, Bytes, size } from '../bytes/view';
import * as writer from '../bytes/writer';
import { Reporting } from '../config/model';
import { HostLoad } from '../load/hosts';
import { mostRate } from '../load/rate';
import { parseBinaryHeader, parseHeader } from '../orca/parse';
import * as repair from '../orca/repair';
import * as report from '../orca/report';
import * as metrics from './metrics';
import { rateFor, rememberOwnRate } from './rates';
import { REPORT, REPORT_BINARY } from './texts';

/** Reads the reports of a header map; true when Envoy now finds a good one there. `from` may be unknown (null). */
export function repairReports(map: i32, reporting: Reporting, from: HostLoad | null, inTrailers: bool): bool {
  const binary = host.header(map, REPORT_BINARY);
  const plain = host.header(map, REPORT);
  if (binary == ABSENT && plain == ABSENT) return false;
  if (inTrailers) metrics.count(metrics.REPORTS_TRAILER);
  if (reporting.strip) metrics.count(metrics.REPORTS_STRIPPED);
  repair.useMetricNames(reporting.names, reporting.nameCount);
  if (binary != ABSENT) {
    parseBinaryHeader(binary);
    if (conclude(report.FORM_BINARY, reporting, from)) {
      if (!report.isExact()) {
        write(map);
        host.removeHeader(map, REPORT_BINARY);
      }
      return true;
    }
    host.removeHeader(map, REPORT_BINARY);
    if (plain == ABSENT) return false;
  }
  const form = parseHeader(plain);
  if (!conclude(form, reporting, from)) {
    host.removeHeader(map, REPORT);
    return false;
  }
  if (!report.isExact()) write(map);
  return true;
}

/**
 * For a policy that is sticky until hot: the utilization in the map's reports, below 0 when there is none. Nothing is
 * written: Envoy's Maglev does not read reports.
 */
export function readReport(map: i32, reporting: Reporting): f64 {
  const binary = host.header(map, REPORT_BINARY);
  const plain = binary == ABSENT ? host.header(map, REPORT) : ABSENT;
  if (binary == ABSENT && plain == ABSENT) return -1;
  if (map == MAP_RESPONSE_TRAILERS) metrics.count(metrics.REPORTS_TRAILER);
  if (reporting.strip) metrics.count(metrics.REPORTS_STRIPPED);
  repair.useMetricNames(reporting.names, reporting.nameCount);
  let form = report.FORM_BINARY;
  if (binary != ABSENT) parseBinaryHeader(binary);
  else form = parseHeader(plain);
  if (report.reason() == report.REASON_NONE) repair.ensureUtilization();
  if (!counted(form)) return -1;
  return repair.utilization();
}

/** Counts a report by what became of it; false when it was refused. */
function counted(form: u32): bool {
  if (report.reason() == report.REASON_NONE) {
    metrics.countReport(form, report.isExact() ? metrics.ACCEPTED : metrics.REPAIRED);
    return true;
  }
  metrics.countReport(form, metrics.REFUSED_RESULT);
  metrics.countRefusal(report.reason());
  return false;
}

/** Completes what was parsed, and counts it. */
function conclude(form: u32, reporting: Reporting, from: HostLoad | null): bool {
  if (report.reason() == report.REASON_NONE) repair.ensureUtilization();
  if (report.reason() != report.REASON_NONE) {
    metrics.countReport(form, metrics.REFUSED_RESULT);
    metrics.countRefusal(report.reason());
    return false;
  }
  const own = repair.ownRate();
  if (own > 0) rememberOwnRate(reporting);
  const complete = report.valueOf(report.FIELD_RPS_FRACTIONAL) > 0;
  const tooMuch = own > mostRate(repair.utilization(), reporting.medianWeight);
  if (!complete || tooMuch || !report.isExact()) repair.raiseUtilization();
  const utilization = repair.utilization();
  if (from) {
    from.utilization = utilization;
    from.weight = own / utilization;
  }
  // What a raised utilization already takes off is not taken off again.
  if (tooMuch) repair.setRate(min(own, mostRate(utilization, reporting.medianWeight)));
  else if (!complete) repair.setRate(own > 0 ? own : rateFor(reporting, from, utilization));
  metrics.countReport(form, report.isExact() ? metrics.ACCEPTED : metrics.REPAIRED);
  return true;
}

/** Replaces all values of the header by the report as TEXT. */
function write(map: i32): void {
  writer.open(arena.alloc(MAX_REPORT_OUT), MAX_REPORT_OUT);
  repair.emit();
  const text: Bytes = writer.written();
  if (writer.overflowed() || size(text) == 0) host.removeHeader(map, REPORT);
  else host.replaceHeader(map, REPORT, text);
}
