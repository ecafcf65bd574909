/**
 * The JSON form: the protobuf JSON of OrcaLoadReport. Envoy refuses unknown fields. We take short names and
 * numbers in strings, and read an unknown number as a named metric. An unknown field of another kind is
 * refused.
 */
import * as json from '../bytes/json';
import { ABSENT, Bytes, size, trim } from '../bytes/view';
import { isAscii, isCanonical, isKnown, mapField, nameInMap, plainField } from './names';
import * as report from './load-report';
import { addText } from './value';

/** Reads the object, without its prefix, into the report. */
export function parseJson(text: Bytes): void {
  json.open(text);
  // Of a field that comes twice, the last one counts. A name twice in a map: Envoy refuses the report.
  report.allowRepeats(report.REPEATED_FIELDS);
  json.beginObject();
  while (json.nextKey() && report.reason() == report.REASON_NONE) member(json.key());
  if (report.reason() != report.REASON_NONE) return;
  if (json.failed() || !json.atEnd()) {
    return report.refuse(json.nestedTooDeep() ? report.REASON_TOO_DEEP : report.REASON_MALFORMED);
  }
  if (report.length() == 0) report.refuse(report.REASON_EMPTY);
}

function member(key: Bytes): void {
  const kind = json.kind();
  if (kind == json.KIND_OBJECT) {
    const field = mapField(key);
    if (!isKnown()) return report.refuse(report.REASON_NAME);
    if (!isCanonical()) report.inexact();
    return entries(field);
  }
  const field = plainField(key);
  if (!isCanonical()) report.inexact();
  number(field, isKnown() ? ABSENT : nameInMap());
}

function entries(field: u32): void {
  json.beginObject();
  while (json.nextKey() && report.reason() == report.REASON_NONE) number(field, json.key());
}

/** Reads a number, or a number in quotes. null means that the field is not there. */
function number(field: u32, name: Bytes): void {
  const kind = json.kind();
  if (kind == json.KIND_NULL) {
    json.literal('null');
    return report.inexact();
  }
  if (kind != json.KIND_NUMBER && kind != json.KIND_STRING) return report.refuse(report.REASON_NUMBER);
  if (kind == json.KIND_STRING) report.inexact();
  const text = kind == json.KIND_NUMBER ? json.number() : trim(json.stringValue());
  if (json.failed()) return;
  if (!isAscii(name)) report.inexact();
  if (size(text) == 0) return report.refuse(report.REASON_NUMBER);
  addText(field, name, text);
}
