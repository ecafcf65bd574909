/**
 * A simulation: requests by Envoy's balancer (a model) to hosts (models), whose reports pass through the
 * compiled filter, one VM for each worker, with shared data as Envoy has it.
 */
import { readFileSync } from 'node:fs';
import { SharedData } from '../../host/wasm/context.ts';
import { Vm } from '../../host/wasm/vm.ts';
import { Random } from '../fuzz/random.ts';
import { UPDATE, Weights, Worker } from './envoy.ts';
import { COUNT_SECONDS, type HostOptions, SimulatedHost } from './hosts.ts';

export interface Scenario {
  readonly hosts: readonly HostOptions[];
  /** Requests per second of all Envoys together, at a time. */
  readonly rate: number | ((second: number) => number);
  readonly seconds: number;
  /** What changes, by second: new options of hosts by number; null: the host leaves. */
  readonly changes?: Readonly<Record<number, Readonly<Record<number, HostOptions | null>>>>;
  readonly workers?: number;
  readonly envoys?: number;
  /** Parts of the traffic of each Envoy; default: equal. */
  readonly split?: readonly number[];
  readonly metricNames?: readonly string[];
  /** Requests come by chance, not evenly. */
  readonly poisson?: boolean;
  /**
   * All workers tick at the same moment, and each is late by chance, by up to so many seconds. Default: they
   * take turns and are never late.
   */
  readonly late?: number;
  /** Without the filter: what native Envoy makes of the reports. */
  readonly native?: boolean;
}

/** One second of a run. */
export interface Second {
  /** Of the requests, by host. */
  readonly shares: readonly number[];
  readonly rates: readonly number[];
}

export interface Result {
  readonly seconds: readonly Second[];
  readonly hosts: readonly SimulatedHost[];
  /** Bytes of the last report of each host, as Envoy read it. */
  readonly last: ReadonlyMap<string, string>;
}

interface Site {
  readonly weights: Weights;
  readonly workers: { worker: Worker; vm: Vm; root: number; nextTick: number }[];
}

const modules = new Map<string, WebAssembly.Module>();
const shipped = new URL('../../dist/loadstar.wasm', import.meta.url).pathname;

const number = (text: string, name: string): number =>
  Number(new RegExp(`(?:TEXT |,)${name.replaceAll('.', '\\.')}[:=]([^,]+)`).exec(text)?.[1] ?? 0);

export function run(scenario: Scenario, seed: number, path = shipped): Result {
  const module = modules.get(path) ?? Vm.compile(readFileSync(path));
  modules.set(path, module);
  const random = new Random(seed);
  let now = 0;
  const hosts = scenario.hosts.map((options, i) => new SimulatedHost(`10.0.0.${i + 1}:80`, options, random));
  const byName = new Map(hosts.map((host) => [host.name, host]));
  const present = new Set(byName.keys());

  const lateness = (): number =>
    scenario.late === undefined ? 0 : (scenario.late * random.below(1_000_000)) / 1_000_000;
  const metricNames = scenario.metricNames ?? [];
  const sites: Site[] = Array.from({ length: scenario.envoys ?? 1 }, (_, site) => {
    const weights = new Weights();
    weights.set([...present]);
    const sharedData = new SharedData();
    const workers = Array.from({ length: scenario.workers ?? 1 }, (_, i) => {
      const vm = new Vm(module, {
        // Workers start some microseconds one after the other.
        now: () => 1_700_000_000_000_000_000n + BigInt(Math.round(now * 1e9) + i * 37_000),
        sharedData,
      });
      const configured = vm.configure({
        configuration: JSON.stringify({ role: 'report', cluster: 'c', strip: true, metricNames }),
      });
      if (!configured.ok) throw new Error(configured.reason);
      return {
        worker: new Worker(weights, random),
        vm,
        root: configured.root,
        nextTick: 1 + (scenario.late === undefined ? i * 0.21 + site * 0.13 : lateness()),
      };
    });
    return { weights, workers };
  });
  const split = scenario.split ?? sites.map(() => 1 / sites.length);
  const last = new Map<string, string>();

  const request = (): void => {
    let part = random.below(1_000_000) / 1_000_000;
    let s = 0;
    while (s < sites.length - 1 && part >= split[s]!) part -= split[s++]!;
    const site = sites[s]!;
    const { worker, vm, root } = site.workers[random.below(site.workers.length)]!;
    const name = worker.pick();
    const host = byName.get(name)!;
    host.request();
    let report = host.report();
    if (report === undefined) return;
    if (scenario.native !== true) {
      const stream = vm.stream(root, (path) => (path === 'upstream.address' ? name : undefined));
      stream.onResponseHeaders([
        [':status', '200'],
        ['endpoint-load-metrics', report],
      ]);
      report = stream.responseHeaders!.get('endpoint-load-metrics') ?? '';
      stream.finish();
    }
    last.set(name, report);
    const named = Math.max(0, ...metricNames.map((metric) => number(report!, metric)));
    const utilization =
      named || number(report, 'application_utilization') || number(report, 'cpu_utilization');
    site.weights.report(name, number(report, 'rps_fractional'), utilization, now);
  };

  const seconds: Second[] = [];
  let nextRequest = 0;
  let nextUpdate = UPDATE * 0.5;
  let nextCount = COUNT_SECONDS;
  for (let second = 0; second < scenario.seconds; second++) {
    for (const [i, options] of Object.entries(scenario.changes?.[second] ?? {})) {
      const host = hosts[Number(i)]!;
      if (options === null) present.delete(host.name);
      else {
        host.options = options;
        present.add(host.name);
      }
      for (const site of sites) {
        site.weights.set([...present]);
        site.weights.update(now);
        for (const { worker } of site.workers) worker.refresh();
      }
    }
    const rate = typeof scenario.rate === 'number' ? scenario.rate : scenario.rate(second);
    while (true) {
      const next = Math.min(
        nextRequest,
        nextUpdate,
        nextCount,
        ...sites.flatMap(({ workers }) => workers.map(({ nextTick }) => nextTick)),
      );
      if (next >= second + 1) break;
      now = next;
      if (next === nextRequest) {
        request();
        const gap = scenario.poisson === true ? -Math.log(1 - random.below(1_000_000) / 1_000_000) : 1;
        nextRequest += gap / rate;
      } else if (next === nextUpdate) {
        for (const site of sites) {
          site.weights.update(now);
          for (const { worker } of site.workers) worker.refresh();
        }
        nextUpdate += UPDATE;
      } else if (next === nextCount) {
        for (const host of hosts) host.count();
        nextCount += COUNT_SECONDS;
      } else {
        for (const site of sites)
          for (const one of site.workers)
            if (one.nextTick === next) {
              one.vm.tick(one.root);
              one.nextTick += one.vm.tickPeriod(one.root) / 1000 + lateness();
            }
      }
    }
    const rates = hosts.map(({ requests }) => requests);
    const all = rates.reduce((sum, one) => sum + one, 0);
    seconds.push({ rates, shares: rates.map((one) => one / Math.max(1, all)) });
    for (const host of hosts) host.requests = 0;
  }
  return { seconds, hosts, last };
}
