/**
 * What Envoy's balancer makes of a report, and how a report is completed and written anew where Envoy could
 * not use it. Envoy's weight is rps_fractional / utilization
 * (load_balancing_policies/common/orca_weight_manager.cc). It logs an error for each report in which one of
 * the two is not above 0.
 */
import { MIN_UTILIZATION } from '../bytes/caps';
import { ABSENT, Bytes, equal, isOneOf } from '../bytes/view';
import * as writer from '../bytes/writer';
import { isPlainName, nameInMap, spelling, textField } from './names';
import * as report from './load-report';

/** An array of the policy's metric names, each a view. */
let names: usize = 0;
let nameCount: u32 = 0;

/** Sets the names from which the cluster's policy computes utilization, until they are set again. */
export function useMetricNames(pointer: usize, count: u32): void {
  names = pointer;
  nameCount = count;
}

/**
 * Largest value among the policy's metrics, as Orca::getMaxUtilization; -1 when the report has none of them.
 */
function configured(): f64 {
  let most: f64 = -1;
  for (let i: u32 = 0; i < nameCount; i++) {
    const field = textField(load<u64>(names + i * 8));
    const name = nameInMap();
    for (let j: u32 = 0; j < report.length(); j++) {
      const metric = report.metric(j);
      if (metric.field != field || (field >= report.FIELD_NAMED && !equal(metric.name, name))) continue;
      if (metric.value > most) most = metric.value;
    }
  }
  return most;
}

/** In Envoy's order: the policy's metrics, application, cpu. The first above 0 counts. */
export function utilization(): f64 {
  const most = configured();
  if (most > 0) return most;
  const application = report.valueOf(report.FIELD_APPLICATION);
  return application > 0 ? application : report.valueOf(report.FIELD_CPU);
}

/** Whether the report has a utilization, even 0. */
function hasUtilization(): bool {
  return configured() >= 0 || report.has(report.FIELD_APPLICATION) || report.has(report.FIELD_CPU);
}

/**
 * Makes sure that Envoy finds a utilization above 0. A report of 0 means an idle host and becomes
 * MIN_UTILIZATION. Where none of Envoy's own fields is there, a model server's share of used cache counts,
 * which vLLM and Triton report. A number of requests never does. Refuses a report that has none of this.
 */
export function ensureUtilization(): void {
  if (utilization() > 0) return;
  report.inexact();
  let value: f64 = hasUtilization() ? 0 : -1;
  if (value < 0) value = cacheShare();
  if (value < 0) return report.refuse(report.REASON_NO_UTILIZATION);
  report.set(report.FIELD_APPLICATION, max(value, MIN_UTILIZATION));
}

/** Raises a utilization between 0 and MIN_UTILIZATION to it, wherever Envoy looks for one. */
export function raiseUtilization(): void {
  for (let i: u32 = 0; i < report.length(); i++) {
    const metric = report.metric(i);
    if (!(metric.value > 0 && metric.value < MIN_UTILIZATION)) continue;
    if (metric.field > report.FIELD_APPLICATION && !isConfigured(metric.field, metric.name)) continue;
    metric.value = MIN_UTILIZATION;
    metric.text = ABSENT;
    report.inexact();
  }
}

/** Share of a model server's cache in use, or -1. */
function cacheShare(): f64 {
  let most: f64 = -1;
  for (let i: u32 = 0; i < report.length(); i++) {
    const metric = report.metric(i);
    if (metric.field != report.FIELD_NAMED && metric.field != report.FIELD_UTILIZATION) continue;
    if (isCacheName(metric.name) && metric.value <= 1 && metric.value > most) most = metric.value;
  }
  return most;
}

function isCacheName(name: Bytes): bool {
  return isOneOf(name, 'kv_cache_usage_perc kv_cache_utilization gpu_cache_usage_perc');
}

/** The rate that the report itself gives, or 0. The deprecated integer counts too, which Envoy ignores. */
export function ownRate(): f64 {
  const rate = report.valueOf(report.FIELD_RPS_FRACTIONAL);
  return rate > 0 ? rate : report.valueOf(report.FIELD_RPS);
}

/** Puts a rate where Envoy looks for it. */
export function setRate(rate: f64): void {
  report.inexact();
  report.set(report.FIELD_RPS_FRACTIONAL, rate);
}

/**
 * Writes the report to the open writer as TEXT that every Envoy since 1.33 takes: `:` separates, and a metric
 * of `utilization.` is written only when the policy reads it, since older parsers know no such name. A name
 * that TEXT cannot carry is left out, and so are request costs and the deprecated rate.
 */
export function emit(): void {
  writer.text('TEXT ');
  let first = true;
  for (let i: u32 = 0; i < report.length(); i++) {
    const metric = report.metric(i);
    if (!written(metric.field, metric.name)) continue;
    if (!first) writer.byte(0x2c);
    first = false;
    writer.text(spelling(metric.field));
    if (metric.field >= report.FIELD_NAMED) {
      writer.byte(0x2e);
      writer.bytes(metric.name);
    }
    writer.byte(0x3a);
    if (metric.text != ABSENT) writer.bytes(metric.text);
    else writer.float(metric.value);
  }
}

function written(field: u32, name: Bytes): bool {
  if (field < report.FIELD_RPS) return true;
  if (field == report.FIELD_NAMED) return isPlainName(name);
  return field == report.FIELD_UTILIZATION && isPlainName(name) && isConfigured(field, name);
}

function isConfigured(field: u32, name: Bytes): bool {
  for (let i: u32 = 0; i < nameCount; i++) {
    if (textField(load<u64>(names + i * 8)) == field && equal(nameInMap(), name)) return true;
  }
  return false;
}
