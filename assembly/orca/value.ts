/** A metric's number, by the same strict rules for all forms: a wrong number would steer traffic. */
import { MAX_REPORTED_RPS, MAX_UTILIZATION } from '../bytes/caps';
import {
  NUMBER_INFINITE,
  NUMBER_MALFORMED,
  NUMBER_NAN,
  NUMBER_NEGATIVE,
  numberResult,
  parseFloat64,
} from '../bytes/number';
import { ABSENT, at, Bytes, size } from '../bytes/view';
import * as report from './load-report';

/** Adds a metric whose number is text. */
export function addText(field: u32, name: Bytes, text: Bytes): void {
  const value = parseFloat64(text);
  switch (numberResult()) {
    case NUMBER_MALFORMED:
      return report.refuse(report.REASON_NUMBER);
    case NUMBER_NAN:
      return report.refuse(report.REASON_NAN);
    case NUMBER_INFINITE:
      return report.refuse(report.REASON_INFINITE);
    case NUMBER_NEGATIVE:
      return report.refuse(report.REASON_NEGATIVE);
    default:
      // Not every parser takes a sign. Without it the text means the same.
      addChecked(field, name, value, signed(text) ? ABSENT : text);
  }
}

function signed(text: Bytes): bool {
  const c = load<u8>(at(text));
  if (size(text) == 0 || (c != 0x2b && c != 0x2d)) return false;
  report.inexact();
  return true;
}

/** Adds a metric whose number is binary. */
export function addDouble(field: u32, name: Bytes, value: f64): void {
  if (isNaN(value)) return report.refuse(report.REASON_NAN);
  if (!isFinite(value)) return report.refuse(value < 0 ? report.REASON_NEGATIVE : report.REASON_INFINITE);
  if (value < 0) return report.refuse(report.REASON_NEGATIVE);
  addChecked(field, name, value, ABSENT);
}

function addChecked(field: u32, name: Bytes, value: f64, text: Bytes): void {
  const rate = field == report.FIELD_RPS || field == report.FIELD_RPS_FRACTIONAL || field == report.FIELD_EPS;
  if (rate && value > MAX_REPORTED_RPS) return report.refuse(report.REASON_RANGE);
  const share = field <= report.FIELD_APPLICATION || field == report.FIELD_UTILIZATION;
  if (share && value > MAX_UTILIZATION) return report.refuse(report.REASON_RANGE);
  report.add(field, name, value, text);
}
