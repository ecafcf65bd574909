/**
 * The compiled filter in its selecting role, run in Node: full requests through its callbacks, and the
 * exports that show how it picked (assembly/filter/inspect.ts). Every pick comes from the callbacks. If an
 * export names another host, an exception is thrown.
 */

import type { HashKey, Pool } from '../plan/types.ts';
import type { Pair } from '../wasm/maps.ts';
import { Vm } from '../wasm/vm.ts';
import { renderFilterConfig, type SelectConfig } from './config.ts';
import { give, unsigned, viewText } from './exports.ts';
import { CHANGED_KEY, HINT_HEADER } from './header-names.ts';
import { clockedVm, reportLoads } from './shed.ts';
import { type FilterTable, tableOf } from './slot-table.ts';

/** A request as the filter sees it. Text is byte strings (one character, one byte). */
export interface FilterRequest {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly headers: readonly Pair[];
  /** Addresses with port, as Envoy prints them. */
  readonly source: string;
  readonly destination: string;
}

export interface KeyPart {
  readonly from: 'absent' | 'request' | 'generated';
  /** What is hashed; empty when absent. */
  readonly value: string;
  readonly hash: bigint;
}

export interface Pick {
  /** Undefined: no hint is given, Envoy's own policy chooses (at random where there is no key). */
  readonly host: string | undefined;
  readonly parts: readonly KeyPart[];
  readonly hash: bigint | undefined;
  /** set-cookie lines of the response. */
  readonly setCookie: readonly string[];
}

/** The filters of one module, one for each configuration: many requests use the same ones. */
export class Filters {
  readonly #module: WebAssembly.Module;
  readonly #byConfig = new Map<string, Filter>();

  constructor(module: WebAssembly.Module) {
    this.#module = module;
  }

  of(config: SelectConfig): Filter {
    const text = renderFilterConfig(config);
    let filter = this.#byConfig.get(text);
    if (filter === undefined) {
      filter = new Filter(this.#module, config);
      this.#byConfig.set(text, filter);
    }
    return filter;
  }

  /**
   * A new filter whose cluster has had these loads for a while (see shed.ts). It is not shared, because it
   * keeps what it has seen.
   */
  loaded(config: SelectConfig, pool: Pool, utilization: ReadonlyMap<string, number>): Filter {
    return new Filter(this.#module, config, { pool, utilization });
  }
}

interface Loads {
  readonly pool: Pool;
  readonly utilization: ReadonlyMap<string, number>;
}

/** One configuration of the filter. Costs a VM: some milliseconds, and the tables at first use. */
export class Filter {
  readonly #vm: Vm;
  readonly #root: number;
  /** Clusters whose keys go to a host by their hash, or by that of a changed key. */
  readonly #sticky: ReadonlySet<string>;
  /** Host → share of its keys that it gives away; empty without loads. */
  readonly shed: ReadonlyMap<string, number> = new Map();

  /** Throws when the module refuses the configuration, which is a bug of ours: the plan was checked. */
  constructor(module: WebAssembly.Module, config: SelectConfig, loads?: Loads) {
    const clocked = clockedVm(module);
    this.#vm = clocked.vm;
    const configured = this.#vm.configure({ configuration: renderFilterConfig(config) });
    if (!configured.ok) throw new Error(`the filter refuses its configuration: ${configured.reason}`);
    this.#root = configured.root;
    this.#sticky = new Set(config.policies.flatMap((one) => (one.sticky === undefined ? [] : [one.cluster])));
    const hosts = loads && this.table(loads.pool.name)?.hosts;
    if (loads !== undefined && hosts !== undefined)
      this.shed = reportLoads(clocked, this.#root, loads.pool, hosts, loads.utilization);
  }

  static compile(wasm: Uint8Array): WebAssembly.Module {
    return Vm.compile(wasm);
  }

  /** One request for a cluster, from its headers to the end of its response. */
  pick(cluster: string, request: FilterRequest): Pick {
    const properties: Readonly<Record<string, string>> = {
      'xds.cluster_name': cluster,
      'source.address': request.source,
      'destination.address': request.destination,
    };
    const stream = this.#vm.stream(this.#root, (path) => properties[path]);
    const pseudo: Pair[] = [
      [':method', request.method],
      [':path', request.path],
      [':authority', request.host],
      [':scheme', 'http'],
    ];
    stream.onRequestHeaders([...pseudo, ...request.headers]);
    const hint = stream.requestHeaders?.get(HINT_HEADER);
    // A route may set a header of that name; what stood there before is no hint.
    const given = request.headers.find(([name]) => name === HINT_HEADER)?.[1];
    const hinted =
      hint === undefined || hint === given ? undefined : Buffer.from(hint, 'base64').toString('latin1');
    const policy = this.#ask('loadstar_policy', this.#root, ...this.#give(cluster));
    const { parts, hash } = policy === 0 ? { parts: [], hash: undefined } : this.#key(stream.id, policy);
    const host = this.#sticky.has(cluster)
      ? this.#lookedUp(cluster, stream.filterState(CHANGED_KEY), hash)
      : hinted;
    stream.onResponseHeaders([[':status', '200']]);
    const setCookie = stream.responseHeaders?.getAll('set-cookie') ?? [];
    stream.finish();
    this.#agrees(cluster, hash, host);
    return { host, parts, hash, setCookie };
  }

  /** The table of a cluster; undefined when the filter has none, or it is empty. */
  table(cluster: string): FilterTable | undefined {
    return tableOf(this.#vm, this.#root, cluster);
  }

  #key(stream: number, policy: number): { parts: KeyPart[]; hash: bigint | undefined } {
    const parts: KeyPart[] = [];
    let joined: bigint | undefined;
    const count = this.#ask('loadstar_key_count', policy);
    let picks = true;
    for (let i = 0; i < count; i++) {
      const found = this.#ask('loadstar_key', stream, policy, i);
      if (found === 0 || found === 3) {
        // Where a cookie is missing, Envoy's own policy makes it and chooses.
        if (found === 3) picks = false;
        parts.push({ from: 'absent', value: '', hash: 0n });
        continue;
      }
      const hash = unsigned(this.#vm.ask('loadstar_key_hash'));
      const value = viewText(this.#vm, this.#vm.ask('loadstar_key_value'));
      parts.push({ from: found === 2 ? 'generated' : 'request', value, hash });
      joined = unsigned(this.#vm.ask('loadstar_combine', joined ?? 0n, joined === undefined ? 0 : 1, hash));
    }
    return { parts, hash: picks ? joined : undefined };
  }

  /** The host that Envoy finds by itself, by the key or by what the filter gave it in its place. */
  #lookedUp(cluster: string, changed: string | undefined, hash: bigint | undefined): string | undefined {
    const table = this.table(cluster);
    if (table === undefined || hash === undefined) return undefined;
    return changed === undefined ? table.attempt(hash, 0).host : table.hostOf(changed);
  }

  #agrees(cluster: string, hash: bigint | undefined, host: string | undefined): void {
    // With loads, a key may be away from its home.
    if (this.shed.size > 0) return;
    const table = hash === undefined ? undefined : this.table(cluster);
    const told = table === undefined || hash === undefined ? undefined : table.attempt(hash, 0).host;
    if (told !== host) throw new Error(`the filter picks ${host} and tells ${told} for ${cluster}`);
  }

  #ask(name: string, ...args: (number | bigint)[]): number {
    return Number(this.#vm.ask(name, ...args));
  }

  #give(text: string): [number, number] {
    return give(this.#vm, Buffer.from(text, 'latin1'));
  }
}

/**
 * Headers and addresses of a request that has `key` as the value of a policy's first part and none of the
 * others.
 */
export function requestForKey(kind: HashKey, key: string): FilterRequest {
  const base = { method: 'GET', host: 'simulate', destination: '127.0.0.1:80' };
  const client = '127.0.0.1:40000';
  switch (kind.kind) {
    case 'header':
      return { ...base, path: '/', headers: [[kind.name, key]], source: client };
    case 'cookie':
      return { ...base, path: '/', headers: [['cookie', `${kind.name}=${key}`]], source: client };
    case 'query':
      return { ...base, path: `/?${kind.name}=${key}`, headers: [], source: client };
    case 'source-ip':
      return {
        ...base,
        path: '/',
        headers: [],
        source: key.includes(':') ? `[${key}]:40000` : `${key}:40000`,
      };
  }
}
