/**
 * The host functions of proxy-wasm ABI 0.2.1 that the filter imports, answering as Envoy 1.40 does
 * (source/extensions/ common/wasm/context.cc and proxy-wasm-cpp-host src/exports.cc): which status, and what
 * stays untouched on failure. A module that imports any other is refused.
 */
import { BufferType, LogLevel, Status } from './abi.ts';
import type { Shared } from './context.ts';
import { encodePairs, type HeaderMap } from './maps.ts';
import type { Memory } from './memory.ts';

type HostFunction = (...args: never[]) => number;

/**
 * All functions of module `env`. `memory` is asked for late: it exists only once the module is instantiated.
 */
export function hostFunctions(vm: Shared, memory: () => Memory): Record<string, HostFunction> {
  const text = (at: number, size: number): string | undefined => memory().text(at, size);
  const give = (value: string | Uint8Array, at: number, sizeAt: number): number =>
    memory().give(value, at, sizeAt) ? Status.ok : Status.invalidMemoryAccess;
  const map = (type: number): HeaderMap | undefined => vm.current.maps[type];

  /** Runs `change` on a map, with a name and a value. */
  const edit = (
    type: number,
    name: string | undefined,
    value: string | undefined,
    change: (map: HeaderMap, name: string, value: string) => void,
  ): number => {
    if (name === undefined || value === undefined) return Status.invalidMemoryAccess;
    const target = map(type);
    if (target === undefined) return Status.badArgument;
    change(target, name, value);
    return Status.ok;
  };

  return {
    proxy_log(level: number, at: number, size: number): number {
      if (level < LogLevel.trace || level > LogLevel.critical) return Status.badArgument;
      const line = text(at, size);
      if (line === undefined) return Status.invalidMemoryAccess;
      vm.log({ level, text: line });
      return Status.ok;
    },

    proxy_get_header_map_value(
      type: number,
      at: number,
      size: number,
      valueAt: number,
      sizeAt: number,
    ): number {
      const name = text(at, size);
      if (name === undefined) return Status.invalidMemoryAccess;
      const target = map(type);
      if (target === undefined) return Status.badArgument;
      const value = target.get(name);
      return value === undefined ? Status.notFound : give(value, valueAt, sizeAt);
    },
    proxy_add_header_map_value(
      type: number,
      at: number,
      size: number,
      valueAt: number,
      valueSize: number,
    ): number {
      return edit(type, text(at, size), text(valueAt, valueSize), (m, name, value) => m.add(name, value));
    },
    proxy_replace_header_map_value(
      type: number,
      at: number,
      size: number,
      valueAt: number,
      valueSize: number,
    ): number {
      return edit(type, text(at, size), text(valueAt, valueSize), (m, name, value) => m.replace(name, value));
    },
    proxy_remove_header_map_value(type: number, at: number, size: number): number {
      return edit(type, text(at, size), '', (m, name) => m.remove(name));
    },
    proxy_get_header_map_pairs(type: number, at: number, sizeAt: number): number {
      // A map that is absent reads as one without entries, and no entries as an empty value.
      const pairs = map(type)?.pairs ?? [];
      return give(pairs.length === 0 ? '' : encodePairs(pairs), at, sizeAt);
    },

    proxy_get_property(at: number, size: number, valueAt: number, sizeAt: number): number {
      const path = text(at, size);
      if (path === undefined) return Status.invalidMemoryAccess;
      const name = path.replaceAll('\0', '.');
      const value = vm.current.properties(name);
      return value === undefined ? Status.notFound : give(value, valueAt, sizeAt);
    },

    proxy_get_buffer_bytes(
      type: number,
      start: number,
      length: number,
      valueAt: number,
      sizeAt: number,
    ): number {
      const bytes = type === BufferType.pluginConfiguration ? vm.current.configuration : undefined;
      if (bytes === undefined) return Status.notFound;
      const from = start >>> 0;
      const to = Math.min(from + (length >>> 0), bytes.length);
      // Nothing to give leaves both pointers as they were.
      return to > from ? give(bytes.subarray(from, to), valueAt, sizeAt) : Status.ok;
    },

    proxy_call_foreign_function(at: number, size: number, argumentAt: number, argumentSize: number): number {
      const argument = memory().text(argumentAt, argumentSize);
      if (argument === undefined) return Status.invalidMemoryAccess;
      if (text(at, size) !== 'set_envoy_filter_state') return Status.notFound;
      const [path, value] = twoFields(argument);
      if (path === undefined || value === undefined) return Status.badArgument;
      vm.current.filterState ??= new Map();
      vm.current.filterState.set(path, value);
      return Status.ok;
    },

    proxy_define_metric(type: number, at: number, size: number, idAt: number): number {
      const name = text(at, size);
      if (name === undefined) return Status.invalidMemoryAccess;
      const id = vm.metrics.define(type, name);
      if (id === undefined) return Status.badArgument;
      return memory().writeU32(idAt, id) ? Status.ok : Status.invalidMemoryAccess;
    },
    proxy_increment_metric(id: number, by: bigint): number {
      return vm.metrics.increment(id >>> 0, by) ? Status.ok : Status.badArgument;
    },
    proxy_record_metric(id: number, value: bigint): number {
      return vm.metrics.record(id >>> 0, BigInt.asUintN(64, value)) ? Status.ok : Status.notFound;
    },

    proxy_get_shared_data(at: number, size: number, valueAt: number, sizeAt: number, casAt: number): number {
      const key = text(at, size);
      if (key === undefined) return Status.invalidMemoryAccess;
      const entry = vm.data.get(key);
      if (entry === undefined) return Status.notFound;
      const status = give(entry.value, valueAt, sizeAt);
      if (status !== Status.ok) return status;
      return memory().writeU32(casAt, entry.cas) ? Status.ok : Status.invalidMemoryAccess;
    },
    proxy_set_shared_data(at: number, size: number, valueAt: number, valueSize: number, cas: number): number {
      const key = text(at, size);
      const value = text(valueAt, valueSize);
      if (key === undefined || value === undefined) return Status.invalidMemoryAccess;
      return vm.data.set(key, value, cas >>> 0) ? Status.ok : Status.casMismatch;
    },

    proxy_set_tick_period_milliseconds(period: number): number {
      vm.ticks.set(vm.current.id, period >>> 0);
      return Status.ok;
    },
    proxy_get_current_time_nanoseconds(at: number): number {
      return memory().writeU64(at, vm.now()) ? Status.ok : Status.invalidMemoryAccess;
    },
  };
}

/** Fields 1 and 2 of a protobuf message with two short texts. */
function twoFields(message: string): [first?: string, second?: string] {
  const first = message.charCodeAt(1);
  const next = 2 + first;
  if (message.charCodeAt(0) !== 0x0a || message.charCodeAt(next) !== 0x12) return [];
  const second = message.charCodeAt(next + 1);
  if (first > 0x7f || second > 0x7f || message.length !== next + 2 + second) return [];
  return [message.slice(2, next), message.slice(next + 2)];
}
