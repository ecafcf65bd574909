/**
 * The TEXT form: `name=value` or `name:value`, separated by commas. Envoy 1.40 takes it without spaces around
 * the separator (source/common/orca/orca_parser.cc, tryParseNativeHttpEncoded); we take spaces and empty
 * parts too.
 */
import { at, Bytes, find, size, slice, trim } from '../bytes/view';
import { isCanonical, isKnown, isPlainName, nameInMap, textField } from './names';
import * as report from './load-report';
import { addText } from './value';

/** Reads the list, without its prefix, into the report. */
export function parseText(list: Bytes): void {
  const length = size(list);
  let from: u32 = 0;
  let any = false;
  while (from <= length && report.reason() == report.REASON_NONE) {
    const to = find(list, 0x2c, from);
    const part = trim(slice(list, from, to));
    if (size(part) == 0) report.inexact();
    else {
      any = true;
      pair(part);
    }
    from = to + 1;
  }
  if (!any) report.refuse(report.REASON_EMPTY);
}

function pair(part: Bytes): void {
  const split = separator(part);
  if (split == size(part)) return report.refuse(report.REASON_MALFORMED);
  const name = trim(slice(part, 0, split));
  const value = trim(slice(part, split + 1, size(part)));
  if (size(name) + 1 + size(value) != size(part)) report.inexact();
  const field = textField(name);
  // Envoy takes any name within a map. A name outside them must look like one, or any text would be a report.
  if (size(nameInMap()) == 0 || (!isKnown() && !isPlainName(name))) return report.refuse(report.REASON_NAME);
  if (!isCanonical()) report.inexact();
  addText(field, nameInMap(), value);
}

/** Position of the first `=` or `:`, or the size when there is none. */
function separator(part: Bytes): u32 {
  const length = size(part);
  for (let i: u32 = 0; i < length; i++) {
    const c = load<u8>(at(part) + i);
    if (c == 0x3d || c == 0x3a) return i;
  }
  return length;
}
