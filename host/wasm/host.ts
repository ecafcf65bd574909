/**
 * The host functions of proxy-wasm ABI 0.2.1 that a filter without calls of its own may import, answering as Envoy 1.40
 * does (source/extensions/common/wasm/context.cc and proxy-wasm-cpp-host src/exports.cc): which status, what is left
 * untouched on failure. Network calls, queues and bodies are not here; importing them refuses the module.
 */
import { BufferType, LogLevel, Status } from './abi.ts';
import type { Shared } from './context.ts';
import { decodePairs, encodePairs, type HeaderMap } from './maps.ts';
import type { Memory } from './memory.ts';

type HostFunction = (...args: never[]) => number;

/** All functions of module `env`. `memory` is asked for late: it exists only once the module is instantiated. */
export function hostFunctions(vm: Shared, memory: () => Memory): Record<string, HostFunction> {
  const text = (at: number, size: number): string | undefined => memory().text(at, size);
  const give = (value: string | Uint8Array, at: number, sizeAt: number): number =>
    memory().give(value, at, sizeAt) ? Status.ok : Status.invalidMemoryAccess;
  const map = (type: number): HeaderMap | undefined => vm.current.maps[type];

  /** Runs `change` on a map with a name and, unless it is undefined by arity, a value. */
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

  const buffer = (type: number): Uint8Array | undefined => {
    if (type === BufferType.pluginConfiguration) return vm.current.configuration;
    if (type === BufferType.vmConfiguration) return vm.current.vmConfiguration;
    return undefined;
  };

  return {
    proxy_log(level: number, at: number, size: number): number {
      if (level < LogLevel.trace || level > LogLevel.critical) return Status.badArgument;
      const line = text(at, size);
      if (line === undefined) return Status.invalidMemoryAccess;
      vm.log({ level, text: line });
      return Status.ok;
    },
    proxy_get_log_level(at: number): number {
      return memory().writeU32(at, LogLevel.trace) ? Status.ok : Status.invalidMemoryAccess;
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
    proxy_set_header_map_pairs(type: number, at: number, size: number): number {
      const bytes = memory().copy(at, size);
      if (bytes === undefined) return Status.invalidMemoryAccess;
      const target = map(type);
      if (target === undefined) return Status.badArgument;
      target.reset(decodePairs(bytes));
      return Status.ok;
    },
    proxy_get_header_map_size(type: number, at: number): number {
      const target = map(type);
      if (target === undefined) return Status.badArgument;
      return memory().writeU32(at, target.byteSize) ? Status.ok : Status.invalidMemoryAccess;
    },

    proxy_get_property(at: number, size: number, valueAt: number, sizeAt: number): number {
      const path = text(at, size);
      if (path === undefined) return Status.invalidMemoryAccess;
      const name = path.replaceAll('\0', '.');
      const value = vm.current.set.get(name) ?? vm.current.properties(name);
      return value === undefined ? Status.notFound : give(value, valueAt, sizeAt);
    },
    proxy_set_property(at: number, size: number, valueAt: number, valueSize: number): number {
      const path = text(at, size);
      const value = text(valueAt, valueSize);
      if (path === undefined || value === undefined) return Status.invalidMemoryAccess;
      vm.current.set.set(path.replaceAll('\0', '.'), value);
      return Status.ok;
    },

    proxy_get_buffer_bytes(
      type: number,
      start: number,
      length: number,
      valueAt: number,
      sizeAt: number,
    ): number {
      const bytes = buffer(type);
      if (bytes === undefined) return Status.notFound;
      const from = start >>> 0;
      const to = Math.min(from + (length >>> 0), bytes.length);
      // Nothing to give leaves both pointers as they were.
      return to > from ? give(bytes.subarray(from, to), valueAt, sizeAt) : Status.ok;
    },
    proxy_get_buffer_status(type: number, lengthAt: number, flagsAt: number): number {
      const bytes = buffer(type);
      if (bytes === undefined) return Status.notFound;
      const good = memory().writeU32(lengthAt, bytes.length) && memory().writeU32(flagsAt, 0);
      return good ? Status.ok : Status.invalidMemoryAccess;
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
    proxy_get_metric(id: number, at: number): number {
      const value = vm.metrics.get(id >>> 0);
      if (value === undefined) return Status.notFound;
      return memory().writeU64(at, value) ? Status.ok : Status.invalidMemoryAccess;
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

    proxy_set_effective_context(id: number): number {
      const context = vm.contexts.get(id);
      if (context === undefined) return Status.badArgument;
      vm.current = context;
      return Status.ok;
    },
    proxy_clear_route_cache(): number {
      vm.current.routeCleared++;
      return Status.ok;
    },
    proxy_send_local_response(
      status: number,
      detailsAt: number,
      detailsSize: number,
      bodyAt: number,
      bodySize: number,
      pairsAt: number,
      pairsSize: number,
    ): number {
      const details = text(detailsAt, detailsSize);
      const body = text(bodyAt, bodySize);
      const pairs = memory().copy(pairsAt, pairsSize);
      if (details === undefined || body === undefined || pairs === undefined)
        return Status.invalidMemoryAccess;
      vm.current.localResponse = { status, details, body, headers: decodePairs(pairs) };
      return Status.ok;
    },
    proxy_call_foreign_function(at: number, size: number): number {
      const name = text(at, size);
      if (name === undefined) return Status.invalidMemoryAccess;
      if (name !== 'clear_route_cache') return Status.notFound;
      vm.current.routeCleared++;
      return Status.ok;
    },
    proxy_continue_stream(): number {
      return Status.ok;
    },
    proxy_done(): number {
      return Status.ok;
    },
  };
}
