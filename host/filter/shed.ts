/**
 * What a sticky policy does with given loads, computed by the compiled filter: each host has one request in
 * flight and reports its load for a while (hosts without a given load report that they are idle); then the
 * key is picked.
 */

import type { Pool } from '../plan/types.ts';
import type { Pair } from '../wasm/maps.ts';
import { Vm } from '../wasm/vm.ts';

/** How long the hosts report, in ticks of the filter. */
export const REPORTED_SECONDS = 10;
const TICK_NS = 250_000_000n;
const START_NS = 1_000_000_000n;

/** A VM with its own clock. */
export function clockedVm(module: WebAssembly.Module): { vm: Vm; advance: () => void } {
  let now = START_NS;
  const vm = new Vm(module, { now: () => now });
  return {
    vm,
    advance: () => {
      now += TICK_NS;
    },
  };
}

/**
 * Puts the loads into the VM of a configuration of role `select`.
 * @returns Host → share of its keys that it gives away, 0 to 1.
 */
export function reportLoads(
  { vm, advance }: ReturnType<typeof clockedVm>,
  root: number,
  pool: Pool,
  hosts: readonly string[],
  utilization: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  // Without a key the filter picks no host, and Envoy tells it the one that has answered.
  const answered = (host: string, ...headers: Pair[]) => {
    const known: Readonly<Record<string, string>> = {
      'xds.cluster_name': pool.name,
      'upstream.address': host,
    };
    const stream = vm.stream(root, (path) => known[path]);
    stream.onRequestHeaders([]);
    stream.onResponseHeaders([[':status', '200'], ...headers]);
    return stream;
  };
  const underWay = hosts.map((host) => answered(host));
  for (let tick = 0; tick < REPORTED_SECONDS * 4; tick++) {
    for (const host of hosts) {
      const report = `TEXT application_utilization=${utilization.get(host) ?? 0}`;
      answered(host, ['endpoint-load-metrics', report]).finish();
    }
    advance();
    vm.tick(root);
  }
  for (const stream of underWay) stream.finish();
  return new Map(
    hosts.map((host) => {
      const name = `loadstar_host_shed_permille.cluster.${pool.name}.host.${host}`;
      return [host, (vm.metrics.value(name) ?? 0) / 1_000];
    }),
  );
}
