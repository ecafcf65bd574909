/** The Maglev tables of the compiled filter, run in Node: which host has a hash, and who comes after it. */
import type { Vm } from '../wasm/vm.ts';
import { give, unsigned, viewText } from './exports.ts';

export interface Attempt {
  /** 0: the first choice; n: the n-th attempt of Envoy to find another host. */
  readonly attempt: number;
  readonly hash: bigint;
  readonly slot: number;
  readonly host: string;
}

/** The table of a cluster; undefined when the configuration has none for it, or it is empty. */
export function tableOf(vm: Vm, root: number, cluster: string): FilterTable | undefined {
  const policy = Number(vm.ask('loadstar_policy', root, ...give(vm, Buffer.from(cluster, 'latin1'))));
  const table = policy === 0 ? 0 : Number(vm.ask('loadstar_table', policy));
  return table === 0 ? undefined : new FilterTable(vm, table);
}

/** The Maglev table of one cluster, in the module's memory. */
export class FilterTable {
  readonly #vm: Vm;
  readonly #table: number;
  readonly size: number;
  /** By number, sorted by address. */
  readonly hosts: readonly string[];

  constructor(vm: Vm, table: number) {
    this.#vm = vm;
    this.#table = table;
    this.size = Number(vm.ask('loadstar_table_size', table));
    const count = Number(vm.ask('loadstar_table_hosts', table));
    this.hosts = Array.from({ length: count }, (_, i) =>
      viewText(vm, vm.ask('loadstar_table_host', table, i)),
    );
  }

  attempt(hash: bigint, attempt: number): Attempt {
    const tried = unsigned(this.#vm.ask('loadstar_attempt_hash', hash, attempt));
    const host = this.hosts[Number(this.#vm.ask('loadstar_host_of', this.#table, hash, attempt))]!;
    return { attempt, hash: tried, slot: Number(tried % BigInt(this.size)), host };
  }

  /** Where changed key n of a key goes; 0: the key itself. */
  change(hash: bigint, change: number): Attempt {
    const changed = unsigned(this.#vm.ask('loadstar_changed_hash', hash, change));
    return { ...this.attempt(changed, 0), attempt: change };
  }

  /** The host of a key that is hashed alone. */
  hostOf(key: string): string {
    return this.hosts[this.pick([key])[0]!]!;
  }

  /** Numbers of the hosts of keys, each hashed alone. */
  pick(keys: readonly string[]): Uint32Array {
    this.#vm.ask('loadstar_reset');
    const size = keys.reduce((sum, key) => sum + 4 + key.length, 0);
    const packed = Buffer.allocUnsafe(size);
    let at = 0;
    for (const key of keys) {
      at = packed.writeUInt32LE(key.length, at);
      at += packed.write(key, at, 'latin1');
    }
    const [address] = give(this.#vm, packed);
    const out = Number(this.#vm.ask('proxy_on_memory_allocate', Math.max(4, keys.length * 4)));
    this.#vm.ask('loadstar_hosts_of_keys', this.#table, address, keys.length, out);
    const bytes = this.#vm.memory.copy(out, keys.length * 4);
    if (bytes === undefined) throw new Error('the module has no memory for the keys');
    return new Uint32Array(bytes.buffer, bytes.byteOffset, keys.length);
  }
}
