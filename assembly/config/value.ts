/**
 * Single values of a configuration: read, checked, copied to the region. On failure the caller names the
 * field.
 */
import { MAX_CONFIG_NAME } from '../bytes/caps';
import * as json from '../bytes/json';
import { NUMBER_OK, numberResult, parseFloat64, parseUnsigned } from '../bytes/number';
import * as region from '../bytes/region';
import { ABSENT, at, Bytes, copyTo, lower, size } from '../bytes/view';

/** A string of 1 to MAX_CONFIG_NAME bytes, or ABSENT. A view of the configuration's text. */
export function name(): Bytes {
  const value = text();
  return size(value) == 0 ? ABSENT : value;
}

/** A string of at most MAX_CONFIG_NAME bytes, or ABSENT. */
export function text(): Bytes {
  if (json.kind() != json.KIND_STRING) return ABSENT;
  const value = json.stringValue();
  return json.failed() || size(value) > MAX_CONFIG_NAME ? ABSENT : value;
}

/** A whole number from 0 to `most`, or U64.MAX_VALUE. */
export function whole(most: u64): u64 {
  if (json.kind() != json.KIND_NUMBER) return u64.MAX_VALUE;
  const value = json.number();
  return json.failed() ? u64.MAX_VALUE : parseUnsigned(value, most);
}

/** A number that is not negative, or -1. */
export function decimal(): f64 {
  if (json.kind() != json.KIND_NUMBER) return -1;
  const text = json.number();
  if (json.failed()) return -1;
  const value = parseFloat64(text);
  return numberResult() == NUMBER_OK ? value : -1;
}

/** True, false, or -1. */
export function flag(): i32 {
  const kind = json.kind();
  if (kind != json.KIND_TRUE && kind != json.KIND_FALSE) return -1;
  const value = json.boolean();
  return json.failed() ? -1 : <i32>value;
}

/** A copy in the region; ABSENT when the region is full. */
export function keep(value: Bytes): Bytes {
  const to = region.alloc(max<usize>(1, size(value)));
  return to == 0 ? ABSENT : copyTo(to, value);
}

/** The same in lower case, as Envoy keeps header names. */
export function keepLower(value: Bytes): Bytes {
  const copy = keep(value);
  for (let i: u32 = 0; i < size(copy); i++) store<u8>(at(copy) + i, lower(load<u8>(at(copy) + i)));
  return copy;
}
