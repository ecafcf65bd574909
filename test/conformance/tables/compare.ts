/**
 * The compiled filter with the same host sets: its tables slot by slot, and its picks for keys, against
 * Envoy's tables.
 */
import { readFileSync } from 'node:fs';
import { Vm } from '../../../host/wasm/vm.ts';
import { wasmPath } from '../../support/translate.ts';
import type { EnvoyTable } from './envoy-tables.ts';
import { addressOf, type HostSet } from './sets.ts';
import { xxh64 } from './xxh64.ts';

export class FilterTables {
  readonly #vm: Vm;
  readonly #root: number;

  constructor(sets: readonly HostSet[]) {
    this.#vm = new Vm(Vm.compile(readFileSync(wasmPath())));
    const configured = this.#vm.configure({
      configuration: JSON.stringify({
        role: 'select',
        tables: sets.map(({ size, localityWeighted, localities }) => ({
          size,
          localityWeighted,
          localities: localities.map(({ weight, hosts }) => ({
            weight,
            hosts: hosts.map((h) => [addressOf(h), h.weight]),
          })),
        })),
        policies: sets.map((_, i) => ({ cluster: `c${i}`, table: i, hash: [{ header: 'k' }] })),
      }),
    });
    if (!configured.ok) throw new Error(configured.reason);
    this.#root = configured.root;
  }

  /** How many slots of set `index` hold another host than Envoy's. */
  differingSlots(index: number, envoy: EnvoyTable): number {
    const table = this.#table(index);
    const count = Number(this.#vm.ask('loadstar_table_hosts', table));
    const number = new Map(envoy.hosts.map((host, i) => [host, i]));
    const hosts = Array.from({ length: count }, (_, i) => {
      const view = BigInt.asUintN(64, BigInt(this.#vm.ask('loadstar_table_host', table, i)));
      return number.get(this.#vm.memory.text(Number(view >> 32n), Number(view & 0xffffffffn))!);
    });
    if (Number(this.#vm.ask('loadstar_table_size', table)) !== envoy.slots.length) return envoy.slots.length;
    let differing = 0;
    for (let slot = 0; slot < envoy.slots.length; slot++) {
      // A hash below the size is its own slot.
      const host = Number(this.#vm.ask('loadstar_host_of', table, BigInt(slot), 0));
      if (hosts[host] !== envoy.slots[slot]) differing++;
    }
    return differing;
  }

  /** A request with this key through the callbacks: the host that the filter names. */
  pick(index: number, key: string): string | undefined {
    const stream = this.#vm.stream(this.#root, (path) =>
      path === 'xds.cluster_name' ? `c${index}` : undefined,
    );
    stream.onRequestHeaders([['k', key]]);
    const hint = stream.requestHeaders?.get('x-loadstar-host');
    stream.finish();
    return hint === undefined ? undefined : Buffer.from(hint, 'base64').toString('latin1');
  }

  #table(index: number): number {
    const name = Buffer.from(`c${index}`);
    this.#vm.ask('loadstar_reset');
    const where = Number(this.#vm.ask('proxy_on_memory_allocate', 8));
    if (!this.#vm.memory.give(name, where, where + 4)) throw new Error('no memory for a name');
    const at = Buffer.from(this.#vm.memory.copy(where, 4)!).readUInt32LE(0);
    const policy = Number(this.#vm.ask('loadstar_policy', this.#root, at, name.length));
    return Number(this.#vm.ask('loadstar_table', policy));
  }
}

/** Where Envoy's table sends a key: its slot is the hash modulo the size. */
export const hostInEnvoy = (envoy: EnvoyTable, key: string): string =>
  envoy.hosts[envoy.slots[Number(xxh64(Buffer.from(key, 'latin1')) % BigInt(envoy.slots.length))]!]!;

/**
 * Keys of every length from 1 to 60, so that each branch of the hash is used, beside ones as services have
 * them.
 */
export const keyAt = (i: number): string =>
  i % 4 === 0
    ? `${i}${'k'.repeat(i % 53)}`
    : i % 4 === 1
      ? `user-${i}`
      : i % 4 === 2
        ? String(i * 7919)
        : `10.0.${i % 256}.${i >> 8}`;
