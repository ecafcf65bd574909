/**
 * A load report while it is read and written: the fields of xds.data.orca.v3.OrcaLoadReport that Envoy's
 * balancer and its statistics use, and which of them are present. A number keeps its own text where it had
 * one, so that it is written as it came. There is one report at a time; nothing here allocates.
 */
import { MAX_METRIC_NAME, MAX_METRICS } from '../bytes/caps';
import { ABSENT, Bytes, equal, size } from '../bytes/view';

/** Why a report is refused: `loadstar_reports_refused_<reason>_total` counts each. */
export const REASON_NONE: u32 = 0;
export const REASON_EMPTY: u32 = 1;
export const REASON_TOO_LONG: u32 = 2;
export const REASON_TOO_MANY: u32 = 3;
export const REASON_TOO_DEEP: u32 = 4;
export const REASON_MALFORMED: u32 = 5;
export const REASON_NAME: u32 = 6;
export const REASON_NUMBER: u32 = 7;
export const REASON_NAN: u32 = 8;
export const REASON_INFINITE: u32 = 9;
export const REASON_NEGATIVE: u32 = 10;
export const REASON_RANGE: u32 = 11;
export const REASON_DUPLICATE: u32 = 12;
export const REASON_BASE64: u32 = 13;
export const REASON_PROTOBUF: u32 = 14;
export const REASON_NO_UTILIZATION: u32 = 15;
export const REASONS: u32 = 16;

export const FORM_TEXT: u32 = 0;
export const FORM_JSON: u32 = 1;
export const FORM_BINARY: u32 = 2;

/** What a metric is. The maps come last: their metrics have names. */
export const FIELD_CPU: u32 = 0;
export const FIELD_MEM: u32 = 1;
export const FIELD_APPLICATION: u32 = 2;
export const FIELD_EPS: u32 = 3;
export const FIELD_RPS_FRACTIONAL: u32 = 4;
/** The deprecated integer, which Envoy's balancer does not read. */
export const FIELD_RPS: u32 = 5;
export const FIELD_NAMED: u32 = 6;
export const FIELD_UTILIZATION: u32 = 7;
export const FIELD_REQUEST_COST: u32 = 8;

@unmanaged
class Metric {
  field: u32;
  /** Of a map's entry; ABSENT for a field. */
  name: Bytes;
  value: f64;
  /** The number as it was written, or ABSENT. */
  text: Bytes;
}

const METRIC_BYTES: u32 = <u32>offsetof<Metric>();
/** Metrics of a report, and two that `set` may add: the utilization and the rate. */
const metrics: usize = memory.data((MAX_METRICS + 2) * METRIC_BYTES, 8);

let count: u32 = 0;
/** Fields (not maps) that are there: a bit each. */
let present: u32 = 0;
/** What may come twice; the last one counts. Anything else is refused the second time. */
export const REPEATED_FIELDS: u32 = 1;
export const REPEATED_ENTRIES: u32 = 2;
let repeats: u32 = 0;
/** Envoy would read the report as we do. */
let exact: bool = true;
let why: u32 = 0;

export function clear(): void {
  count = present = why = repeats = 0;
  exact = true;
}

/** Lets a form repeat what Envoy lets it repeat, until `clear`. */
export function allowRepeats(what: u32): void {
  repeats = what;
}

/** Refuses the report. The first reason stays. */
export function refuse(reason: u32): void {
  if (why == REASON_NONE) why = reason;
}

export function reason(): u32 {
  return why;
}

/** Marks a report that is understood, but that Envoy would not read as we do. */
export function inexact(): void {
  exact = false;
}

export function isExact(): bool {
  return exact;
}

export function length(): u32 {
  return count;
}

export function metric(index: u32): Metric {
  return changetype<Metric>(metrics + index * METRIC_BYTES);
}

/**
 * Adds a metric. Refuses more than the caps allow, and a second one of the same field and name unless
 * `allowRepeats` has allowed it.
 */
export function add(field: u32, name: Bytes, value: f64, text: Bytes): void {
  if (size(name) > MAX_METRIC_NAME) return refuse(REASON_NAME);
  let i: u32 = 0;
  while (i < count && (metric(i).field != field || (field >= FIELD_NAMED && !equal(metric(i).name, name)))) i++;
  if (i < count && !(repeats & (field < FIELD_NAMED ? REPEATED_FIELDS : REPEATED_ENTRIES))) {
    return refuse(REASON_DUPLICATE);
  }
  if (i == MAX_METRICS) return refuse(REASON_TOO_MANY);
  put(i, field, name, value, text);
}

function put(index: u32, field: u32, name: Bytes, value: f64, text: Bytes): void {
  if (index == count) count++;
  if (field < FIELD_NAMED) present |= 1 << field;
  const entry = metric(index);
  entry.field = field;
  entry.name = name;
  entry.value = value;
  entry.text = text;
}

/** Whether a field (not a map) is there. */
export function has(field: u32): bool {
  return (present & (1 << field)) != 0;
}

/** Value of a field; 0 when it is not there, as in proto3. */
export function valueOf(field: u32): f64 {
  if (!has(field)) return 0;
  for (let i: u32 = 0; i < count; i++) {
    if (metric(i).field == field) return metric(i).value;
  }
  return 0;
}

/** Sets a field to a number of ours, in place of what was there. */
export function set(field: u32, value: f64): void {
  let i: u32 = 0;
  while (i < count && metric(i).field != field) i++;
  put(i, field, ABSENT, value, ABSENT);
}
