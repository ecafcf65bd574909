/**
 * From the value of a header to a report: which form it is, then that form's reader. Envoy wants `TEXT `,
 * `JSON ` or `BIN ` in capitals. We take any case, and without a prefix the first character decides.
 */
import { MAX_REPORT_BYTES } from '../bytes/caps';
import { at, Bytes, isSpace, lower, size, slice, startsWithText, trim } from '../bytes/view';
import { parseBinary } from './binary';
import { parseJson } from './json';
import * as report from './load-report';
import { parseText } from './text';

/** Reads the value of `endpoint-load-metrics`; answers its form. `report.reason` says whether it is good. */
export function parseHeader(value: Bytes): u32 {
  report.clear();
  const text = trim(value);
  if (size(text) != size(value)) report.inexact();
  const form = formOf(text);
  const body = prefixLength(text, form);
  if (body == 0) report.inexact();
  else if (!exactPrefix(text, form)) report.inexact();
  if (size(value) > MAX_REPORT_BYTES) {
    report.refuse(report.REASON_TOO_LONG);
    return form;
  }
  const rest = trim(slice(text, body, size(text)));
  if (size(text) == 0) report.refuse(report.REASON_EMPTY);
  else if (form == report.FORM_JSON) parseJson(rest);
  else if (form == report.FORM_BINARY) parseBinary(rest);
  else parseText(rest);
  return form;
}

/** Reads the value of `endpoint-load-metrics-bin`: base64 without a prefix, though we take one with it. */
export function parseBinaryHeader(value: Bytes): void {
  report.clear();
  const text = trim(value);
  if (size(text) != size(value)) report.inexact();
  if (size(value) > MAX_REPORT_BYTES) return report.refuse(report.REASON_TOO_LONG);
  const body = prefixLength(text, report.FORM_BINARY);
  if (body != 0) report.inexact();
  parseBinary(trim(slice(text, body, size(text))));
}

function formOf(text: Bytes): u32 {
  if (prefixLength(text, report.FORM_JSON) > 0) return report.FORM_JSON;
  if (prefixLength(text, report.FORM_BINARY) > 0) return report.FORM_BINARY;
  return size(text) > 0 && load<u8>(at(text)) == 0x7b ? report.FORM_JSON : report.FORM_TEXT;
}

function word(form: u32): string {
  return form == report.FORM_JSON ? 'json' : form == report.FORM_BINARY ? 'bin' : 'text';
}

/** Length of the form's prefix, if the text begins with it and a space. Else 0. */
function prefixLength(text: Bytes, form: u32): u32 {
  const prefix = word(form);
  const length = <u32>prefix.length;
  if (size(text) <= length || !isSpace(load<u8>(at(text) + length))) return 0;
  for (let i: u32 = 0; i < length; i++) {
    if (<u16>lower(load<u8>(at(text) + i)) != load<u16>(changetype<usize>(prefix) + (<usize>i << 1))) return 0;
  }
  return length;
}

/** Whether Envoy takes the prefix: in capitals, with exactly one space. */
function exactPrefix(text: Bytes, form: u32): bool {
  const capitals = form == report.FORM_JSON ? 'JSON ' : form == report.FORM_BINARY ? 'BIN ' : 'TEXT ';
  const length = <u32>capitals.length;
  return startsWithText(text, capitals) && size(text) > length && !isSpace(load<u8>(at(text) + length));
}
