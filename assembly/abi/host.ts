/**
 * Calls of the host (Envoy) in terms of views. A value that the host returns is in the arena of the callback.
 * What it refuses is ABSENT, 0 or a status; no call of this file fails in another way.
 */
import {
  proxy_add_header_map_value,
  proxy_call_foreign_function,
  proxy_define_metric,
  proxy_get_buffer_bytes,
  proxy_get_current_time_nanoseconds,
  proxy_get_header_map_pairs,
  proxy_get_header_map_value,
  proxy_get_property,
  proxy_get_shared_data,
  proxy_increment_metric,
  proxy_log,
  proxy_record_metric,
  proxy_remove_header_map_value,
  proxy_replace_header_map_value,
  proxy_set_shared_data,
  proxy_set_tick_period_milliseconds,
} from '@solo-io/proxy-runtime/assembly/imports';
import { ABSENT, at, Bytes, size, view } from '../bytes/view';
import { BUFFER_PLUGIN_CONFIGURATION, STATUS_OK } from './enums';

/** Here the host writes an address, a size or a number. */
const outPointer: usize = memory.data(8, 8);
const outSize: usize = memory.data(8, 8);

/** The host gives the address 0 for an empty value. A view of it must still differ from ABSENT. */
function taken(): Bytes {
  const length = load<u32>(outSize);
  return length == 0 ? view(outSize, 0) : view(load<u32>(outPointer), length);
}

/** The plugin's configuration, or ABSENT. */
export function configuration(length: u32): Bytes {
  // Where there is nothing to give the host writes neither, and they would describe the value before.
  store<u32>(outSize, 0);
  const status = proxy_get_buffer_bytes(BUFFER_PLUGIN_CONFIGURATION, 0, length, outPointer, outSize);
  return status == STATUS_OK ? taken() : ABSENT;
}

/** All pairs of a header map, serialised (see bytes/pairs). */
export function headerPairs(map: i32): Bytes {
  return proxy_get_header_map_pairs(map, outPointer, outSize) == STATUS_OK ? taken() : ABSENT;
}

/** The first value of a header. */
export function header(map: i32, name: Bytes): Bytes {
  const status = proxy_get_header_map_value(map, at(name), size(name), outPointer, outSize);
  return status == STATUS_OK ? taken() : ABSENT;
}

export function replaceHeader(map: i32, name: Bytes, value: Bytes): void {
  proxy_replace_header_map_value(map, at(name), size(name), at(value), size(value));
}

export function addHeader(map: i32, name: Bytes, value: Bytes): void {
  proxy_add_header_map_value(map, at(name), size(name), at(value), size(value));
}

export function removeHeader(map: i32, name: Bytes): void {
  proxy_remove_header_map_value(map, at(name), size(name));
}

/** A property; the parts of its path are separated by NUL. */
export function property(path: Bytes): Bytes {
  const status = proxy_get_property(at(path), size(path), outPointer, outSize);
  return status == STATUS_OK ? taken() : ABSENT;
}

/** Calls a function that is Envoy's own. Answers the host's status. */
export function call(name: Bytes, argument: Bytes): u32 {
  return proxy_call_foreign_function(at(name), size(name), at(argument), size(argument), outPointer, outSize);
}

export function log(level: usize, message: Bytes): void {
  proxy_log(level, at(message), size(message));
}

/** Nanoseconds since 1970. */
export function now(): u64 {
  store<u64>(outPointer, 0);
  proxy_get_current_time_nanoseconds(outPointer);
  return load<u64>(outPointer);
}

export function tickEvery(milliseconds: u32): void {
  proxy_set_tick_period_milliseconds(milliseconds);
}

/** The id of a metric; the same name gives the same statistic. 0 when the host refuses. */
export function defineMetric(type: i32, name: Bytes): u32 {
  store<u32>(outPointer, 0);
  const status = proxy_define_metric(type, at(name), size(name), outPointer);
  return status == STATUS_OK ? load<u32>(outPointer) : 0;
}

export function increment(metric: u32): void {
  proxy_increment_metric(metric, 1);
}

/** Adds to a counter or a gauge; to a gauge also less than 0. */
export function addTo(metric: u32, by: i64): void {
  proxy_increment_metric(metric, by);
}

export function record(metric: u32, value: u64): void {
  proxy_record_metric(metric, value);
}

/** Data that all workers share. `sharedVersion` then answers the version to pass to `setShared`. */
export function shared(key: Bytes): Bytes {
  store<u32>(outSize, 0, 4);
  const status = proxy_get_shared_data(at(key), size(key), outPointer, outSize, outSize + 4);
  return status == STATUS_OK ? taken() : ABSENT;
}

export function sharedVersion(): u32 {
  return load<u32>(outSize, 4);
}

/** Writes if nobody else has since `version`. Answers the host's status. */
export function setShared(key: Bytes, value: Bytes, version: u32): u32 {
  return proxy_set_shared_data(at(key), size(key), at(value), size(value), version);
}
