/**
 * How long a change takes and what it costs, with a number of pools: from the file that is renamed into its
 * place to Envoy's word and to the first request at the new host; CPU time of Envoy and of `loadstar run`.
 */
import { type Backend, startBackends, stopAll } from '../../../demo/fakes/backend.ts';
import { backendOf, connections, http1 } from '../../../demo/fakes/http1.ts';
import * as build from '../../../demo/fakes/manifests.ts';
import { sleep } from '../../support/eventually.ts';
import { homesOf } from '../../support/live-homes.ts';
import { LiveRun } from '../../support/live-run.ts';
import { consistentHash, type Manifest, policy, service } from '../../support/manifests.ts';
import { cpuTime, memoryKiB } from '../support/cpu.ts';
import { quantile } from '../support/stats.ts';

export interface PoolResult {
  readonly pools: number;
  readonly changes: number;
  /** From the rename to the first request at the new host. */
  readonly effectMs: { readonly p50: number; readonly p99: number };
  /** As the printed line says: from the kernel's notice to Envoy's word. */
  readonly acknowledgedMs: { readonly p50: number; readonly p99: number };
  readonly cpuMs: { readonly envoy: number; readonly loadstar: number };
  readonly memoryMiB: { readonly envoy: number; readonly loadstar: number };
}

const PORT = 28_170;
const KEYS = 500;
const PATH = '/p0';
const byHeader = consistentHash({ type: 'Header', header: { name: 'x-key' } });

/** The first pool has these hosts, all others three of them each. */
function manifests(pools: number, all: readonly Backend[], hosts: readonly Backend[]): Manifest[] {
  const names = Array.from({ length: pools }, (_, i) => `p${i}`);
  return [
    build.gatewayClass,
    build.gateway('eg', [build.listener('http', PORT)]),
    ...names.flatMap((name, i) => [
      ...service(name, i === 0 ? hosts : all.slice(0, 3)),
      build.httpRoute(name, [build.rule(`/${name}`, { backendRefs: [build.ref(name)] })]),
      policy(name, byHeader),
    ]),
  ];
}

export async function benchPools(
  pools: number,
  changes: number,
  note: (line: string) => void,
): Promise<PoolResult> {
  const all = await startBackends([11, 12, 13, 14].map((last) => `127.0.0.${last}`));
  const three = manifests(pools, all, all.slice(0, 3));
  const four = manifests(pools, all, all);
  const newcomer = all[3] as Backend;
  // A key that goes to the new host while that is there.
  const homes = homesOf(four);
  const key = Array.from({ length: KEYS }, (_, i) => `key-${i}`).find((k) =>
    homes(PATH, k).has(newcomer.host),
  );
  const run = await LiveRun.start(three);
  const agent = connections(1);
  const arrives = async (there: boolean): Promise<number> => {
    for (;;) {
      const headers = [['x-key', key ?? '']] as const;
      const at = backendOf(await http1({ port: PORT, path: PATH, headers, agent }));
      if ((at === newcomer.name) === there) return performance.now();
    }
  };
  try {
    const effects: number[] = [];
    const acknowledged: number[] = [];
    note(`${pools} pools: ${changes} changes`);
    for (let i = 0; i < changes; i++) {
      const from = performance.now();
      const [line, at] = await Promise.all([run.change(i % 2 === 0 ? four : three), arrives(i % 2 === 0)]);
      effects.push(at - from);
      acknowledged.push(Number(/after (\d+) ms/.exec(line)?.[1]));
    }
    // From here on the first change adds the host again.
    if (changes % 2 === 1) await run.change(three);
    return {
      pools,
      changes,
      effectMs: ends(effects),
      acknowledgedMs: ends(acknowledged),
      ...(await cost(run, changes, (i) => (i % 2 === 0 ? four : three))),
    };
  } finally {
    agent.destroy();
    await run.stop();
    await stopAll(all);
  }
}

/** Without requests, less what both processes use while nothing changes. */
async function cost(run: LiveRun, changes: number, next: (i: number) => readonly Manifest[]) {
  const pids = { envoy: run.envoyPid, loadstar: run.child.pid as number };
  const measure = async (work: () => Promise<unknown>) => {
    const from = performance.now();
    const before = { envoy: cpuTime(pids.envoy).ns, loadstar: cpuTime(pids.loadstar).ns };
    await work();
    const ms = performance.now() - from;
    const used = (pid: 'envoy' | 'loadstar') => (cpuTime(pids[pid]).ns - before[pid]) / 1e6;
    return { ms, envoy: used('envoy'), loadstar: used('loadstar') };
  };
  const idle = await measure(() => sleep(3_000));
  const busy = await measure(async () => {
    for (let i = 0; i < changes; i++) await run.change(next(i));
  });
  const each = (pid: 'envoy' | 'loadstar') => (busy[pid] - (idle[pid] * busy.ms) / idle.ms) / changes;
  return {
    cpuMs: { envoy: each('envoy'), loadstar: each('loadstar') },
    memoryMiB: { envoy: residentMiB(pids.envoy), loadstar: residentMiB(pids.loadstar) },
  };
}

const residentMiB = (pid: number): number => memoryKiB(pid, 'VmRSS') / 1_024;

function ends(values: readonly number[]): { p50: number; p99: number } {
  const sorted = [...values].sort((a, b) => a - b);
  return { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99) };
}
