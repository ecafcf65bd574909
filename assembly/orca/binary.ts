/**
 * The binary form: base64 of the protobuf message xds.data.orca.v3.OrcaLoadReport (github.com/cncf/xds,
 * xds/data/orca/v3/orca_load_report.proto). Unknown fields are skipped, as protobuf does.
 */
import * as arena from '../bytes/arena';
import { decode, unpaddedLength } from '../bytes/base64';
import * as protobuf from '../bytes/protobuf';
import { ABSENT, Bytes, size, view } from '../bytes/view';
import { isAscii } from './names';
import * as report from './load-report';
import { addDouble } from './value';

/** Reads base64, without a prefix, into the report. */
export function parseBinary(text: Bytes): void {
  if (size(text) == 0) return report.refuse(report.REASON_EMPTY);
  const out = arena.alloc(size(text));
  if (out == 0) return report.refuse(report.REASON_TOO_LONG);
  const length = decode(text, out);
  if (length <= 0) return report.refuse(report.REASON_BASE64);
  // Envoy takes base64 without padding only since 1.40.
  if (size(text) % 4 != 0 || unpaddedLength(text) < 0) report.inexact();
  report.allowRepeats(report.REPEATED_FIELDS | report.REPEATED_ENTRIES);
  message(view(out, <u32>length));
  if (report.reason() == report.REASON_NONE && report.length() == 0) report.refuse(report.REASON_EMPTY);
}

/** Field number of the message → field, or -1. */
function fieldOf(number: u32): i32 {
  switch (number) {
    case 1:
      return report.FIELD_CPU;
    case 2:
      return report.FIELD_MEM;
    case 6:
      return report.FIELD_RPS_FRACTIONAL;
    case 7:
      return report.FIELD_EPS;
    case 9:
      return report.FIELD_APPLICATION;
    default:
      return -1;
  }
}

/** Field number of the message → map, or -1. */
function mapOf(number: u32): i32 {
  if (number == 4) return report.FIELD_REQUEST_COST;
  if (number == 5) return report.FIELD_UTILIZATION;
  return number == 8 ? report.FIELD_NAMED : -1;
}

function message(bytes: Bytes): void {
  protobuf.open(bytes);
  while (protobuf.nextField() && report.reason() == report.REASON_NONE) {
    const number = protobuf.fieldNumber();
    const wire = protobuf.wireType();
    const field = fieldOf(number);
    const map = mapOf(number);
    if (field >= 0 && wire == protobuf.WIRE_FIXED64) {
      const value = protobuf.double();
      if (!protobuf.failed()) addDouble(field, ABSENT, value);
    } else if (number == 3 && wire == protobuf.WIRE_VARINT) {
      const value = protobuf.varint();
      if (!protobuf.failed()) addDouble(report.FIELD_RPS, ABSENT, <f64>value);
    } else if (map >= 0 && wire == protobuf.WIRE_LENGTH) {
      const inside = protobuf.bytes();
      const rest = protobuf.rest();
      if (protobuf.failed()) break;
      entry(map, inside);
      if (protobuf.failed()) break;
      protobuf.open(rest);
    } else {
      protobuf.skip();
    }
  }
  if (protobuf.failed()) report.refuse(report.REASON_PROTOBUF);
}

/** An entry of a map: a message of name (1) and value (2), each with its default when it is left out. */
function entry(map: i32, bytes: Bytes): void {
  let name = view(0, 0);
  let value: f64 = 0;
  protobuf.open(bytes);
  while (protobuf.nextField()) {
    if (protobuf.fieldNumber() == 1 && protobuf.wireType() == protobuf.WIRE_LENGTH) name = protobuf.bytes();
    else if (protobuf.fieldNumber() == 2 && protobuf.wireType() == protobuf.WIRE_FIXED64) value = protobuf.double();
    else protobuf.skip();
  }
  // Envoy refuses a message with a name that is not UTF-8. Written anew, as TEXT, the report has no such
  // name.
  if (!isAscii(name)) report.inexact();
  if (!protobuf.failed()) addDouble(<u32>map, name, value);
}
