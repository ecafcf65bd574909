/**
 * What a module's host calls act upon: the context whose callback is running, and what all contexts of the VM
 * share. host.ts reads and writes these; stream.ts and vm.ts set them up.
 */
import type { HeaderMap } from './maps.ts';
import type { Metrics } from './metrics.ts';

/**
 * Path parts joined by dots (`xds.cluster_name`) → bytes, or undefined when the host has no such property.
 */
export type Properties = (path: string) => string | Uint8Array | undefined;

/** One root or stream context while it lives. */
export interface Context {
  readonly id: number;
  /** By MapType; undefined: not there in this phase (the ABI answers BAD_ARGUMENT). */
  readonly maps: (HeaderMap | undefined)[];
  readonly properties: Properties;
  /** Objects that the module has set, as the text they are made from. */
  filterState?: Map<string, string>;
  /** Only while a root context is configured. */
  configuration?: Uint8Array;
}

export interface LogLine {
  /** See LogLevel. */
  readonly level: number;
  readonly text: string;
}

/** Shared by every VM of one `vm_id` in a process, as Envoy's shared data is. */
export class SharedData {
  readonly #values = new Map<string, { value: string; cas: number }>();
  #next = 1;

  get(key: string): { readonly value: string; readonly cas: number } | undefined {
    return this.#values.get(key);
  }

  /** False: `cas` is neither 0 nor the current one. */
  set(key: string, value: string, cas: number): boolean {
    const current = this.#values.get(key);
    if (current !== undefined && cas !== 0 && cas !== current.cas) return false;
    this.#values.set(key, { value, cas: this.#next++ });
    return true;
  }
}

/** The part of a VM that its host calls see. */
export interface Shared {
  /** The context of the callback that runs now. */
  current: Context;
  readonly metrics: Metrics;
  readonly data: SharedData;
  readonly log: (line: LogLine) => void;
  /** Nanoseconds since 1970. */
  readonly now: () => bigint;
  /** As the module asked for, by root context id, in milliseconds; 0: none. */
  readonly ticks: Map<number, number>;
}
