/**
 * The compiled filter as a balancer: a VM for each worker, as in Envoy, with shared data and a timer each.
 */
import { readFileSync } from 'node:fs';
import { CHANGED_KEY, HINT_HEADER } from '../../host/filter/header-names.ts';
import { tableOf } from '../../host/filter/slot-table.ts';
import { SharedData } from '../../host/wasm/context.ts';
import { Vm } from '../../host/wasm/vm.ts';
import type { Agenda } from './agenda.ts';
import type { Balancer } from './balancers.ts';

const shipped = new URL('../../dist/loadstar.wasm', import.meta.url).pathname;
const modules = new Map<string, WebAssembly.Module>();

function moduleAt(path: string): WebAssembly.Module {
  const module = modules.get(path) ?? Vm.compile(readFileSync(path));
  modules.set(path, module);
  return module;
}

const REASON = 'x-why';
/** The defaults of the annotations. */
const sticky = { target: 0.8, bound: 2.5, hops: 8 };

function configuration(names: readonly string[], more: object): string {
  const list = names.map((name) => [name, 1]);
  return JSON.stringify({
    role: 'select',
    tables: [{ size: 65_537, localities: [{ hosts: list }] }],
    policies: [{ cluster: CLUSTER, table: 0, hash: [{ header: 'x-key' }], ...more }],
  });
}

const properties = (path: string) => (path === 'xds.cluster_name' ? CLUSTER : undefined);
const CLUSTER = 'c';

function start(path: string, now: () => bigint, sharedData: SharedData, text: string) {
  const vm = new Vm(moduleAt(path), { now, sharedData });
  const configured = vm.configure({ configuration: text });
  if (!configured.ok) throw new Error(configured.reason);
  return { vm, root: configured.root };
}

const hinted = (hint: string): string => Buffer.from(hint, 'base64').toString('latin1');

function numberOf(host: string, hosts: ReadonlyMap<string, number>): number {
  const number = hosts.get(host);
  if (number === undefined) throw new Error(`the filter gives no host: ${host}`);
  return number;
}

const numbers = (names: readonly string[]): ReadonlyMap<string, number> =>
  new Map(names.map((name, i) => [name, i]));

export interface Keys {
  /** Addresses of the hosts. */
  readonly names: readonly string[];
  readonly keyName: (key: number) => string;
}

export interface FilterOptions extends Keys {
  readonly workers: number;
  /** Another build of the filter, to compare with. */
  readonly wasm?: string;
  /** Ask why keys leave home. Then the filter watches every request, and decides by a little more. */
  readonly why?: boolean;
}

/** The home of each key: what the filter picks without a policy that is sticky until hot. */
export function homesOf(keys: number, { names, keyName }: Keys): number[] {
  const { vm, root } = start(shipped, () => 0n, new SharedData(), configuration(names, {}));
  const byName = numbers(names);
  return Array.from({ length: keys }, (_, key) => {
    const stream = vm.stream(root, properties);
    stream.onRequestHeaders([['x-key', keyName(key)]]);
    stream.finish();
    return numberOf(hinted(stream.requestHeaders?.get(HINT_HEADER) ?? ''), byName);
  });
}

const START_NS = 1_700_000_000_000_000_000n;

export function untilHot(
  agenda: Agenda,
  { names, workers, keyName, wasm = shipped, why = false }: FilterOptions,
): Balancer {
  const sharedData = new SharedData();
  const now = (): bigint => START_NS + BigInt(Math.round(agenda.now * 1e6));
  const byName = numbers(names);
  const vms = Array.from({ length: workers }, (_, i) => {
    const one = start(
      wasm,
      now,
      sharedData,
      configuration(names, { sticky: { ...sticky, ...(why ? { reasonHeader: REASON } : {}) } }),
    );
    const table = tableOf(one.vm, one.root, CLUSTER)!;
    const period = one.vm.tickPeriod(one.root);
    agenda.every(period, (period * (i + 1)) / (workers + 1), () => one.vm.tick(one.root));
    return { ...one, table };
  });
  return {
    send: (worker, key) => {
      const { vm, root, table } = vms[worker % workers]!;
      let host = '';
      const stream = vm.stream(root, (path) => (path === 'upstream.address' ? host : properties(path)));
      stream.onRequestHeaders([['x-key', keyName(key)]]);
      // Builds before the key was changed name the host.
      const hint = stream.requestHeaders?.get(HINT_HEADER);
      const hashed = stream.filterState(CHANGED_KEY) ?? keyName(key);
      host = hint === undefined ? table.hostOf(hashed) : hinted(hint);
      return {
        host: numberOf(host, byName),
        answered: (report) => {
          const headers: [string, string][] = [[':status', '200']];
          if (report !== undefined) headers.push(['endpoint-load-metrics', report]);
          stream.onResponseHeaders(headers, false);
          return stream.responseHeaders?.get(REASON)?.split('home=')[1];
        },
        ended: () => stream.finish(),
      };
    },
  };
}
