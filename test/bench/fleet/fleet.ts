/**
 * What one changed host costs a server of many Envoys: bytes to each, CPU time, and the time until all of
 * them have acknowledged it. Three are real, the others small clients.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as build from '../../../demo/fakes/manifests.ts';
import { configurationOf } from '../../../host/live/configuration.ts';
import { translate } from '../../../host/translate.ts';
import { KINDS, type Kind } from '../../../host/xds/registry.ts';
import { envoyBinary } from '../../support/binary.ts';
import { eventually, sleep } from '../../support/eventually.ts';
import { ServeProcess } from '../../support/fleet.ts';
import { consistentHash, type Manifest, policy, render, service } from '../../support/manifests.ts';
import { type Names, SmallClient } from '../../support/small-client.ts';
import { cli, wasmPath } from '../../support/translate.ts';
import { cpuTime, memoryKiB } from '../support/cpu.ts';
import { quantile } from '../support/stats.ts';

export interface FleetResult {
  readonly pools: number;
  readonly envoys: number;
  /** Of them. */
  readonly real: number;
  readonly changes: number;
  /** To each Envoy, of each kind, for one host that is added or removed. */
  readonly bytes: Partial<Record<Kind, number>>;
  readonly acknowledgedMs: { readonly p50: number; readonly max: number };
  /** Of the server. */
  readonly cpuMs: number;
  readonly memoryMiB: number;
  /** Until a fleet that comes at once has everything. */
  readonly joinMs: number;
}

/** Each real one needs a network of its own to listen in. */
const mayUnshare = spawnSync('unshare', ['-rn', 'true']).status === 0;
const REAL = mayUnshare ? 3 : 1;
const PORT = 28_495;
const byHeader = consistentHash({ type: 'Header', header: { name: 'x-key' } });
const host = (last: number) => ({ address: `10.1.0.${last}`, port: 3000 });
const three = [1, 2, 3].map(host);

/** All pools but the hosts of the first, which change. */
const fixed = (names: readonly string[]): Manifest[] => [
  build.gatewayClass,
  build.gateway('eg', [build.listener('http', PORT)]),
  ...names.flatMap((name, i) => [
    ...(i === 0 ? [] : service(name, three)),
    build.httpRoute(name, [build.rule(`/${name}`, { backendRefs: [build.ref(name)] })]),
    policy(name, byHeader),
  ]),
];
const changing = (i: number) => service('p0', i % 2 === 0 ? three : [...three, host(4)]);

export async function benchFleet(
  pools: number,
  envoys: number,
  changes: number,
  note: (line: string) => void,
): Promise<FleetResult> {
  note(`${pools} pools, ${envoys} Envoys: ${changes} changes`);
  const folder = mkdtempSync(join(tmpdir(), 'loadstar-fleet-bench-'));
  const socket = join(folder, 'xds.sock');
  const input = join(folder, 'input');
  const write = (i: number) => {
    writeFileSync(join(folder, 'next'), render(changing(i)));
    renameSync(join(folder, 'next'), join(input, 'p0.yaml'));
  };
  const all = Array.from({ length: pools }, (_, i) => `p${i}`);
  mkdirSync(input);
  writeFileSync(join(input, 'all.yaml'), render(fixed(all)));
  write(0);
  const server = await ServeProcess.start(`unix:${socket}`, ['-f', input]);
  const real = Math.min(REAL, envoys);
  const children: ChildProcess[] = [];
  const clients: SmallClient[] = [];
  try {
    const started = performance.now();
    for (let i = 0; i < real; i++) children.push(await realEnvoy(`real-${i}`, socket, folder));
    const names = namesOf([...fixed(all), ...changing(0)]);
    for (let i = real; i < envoys; i++)
      clients.push(new SmallClient(`small-${i}`, 'loadstar', socket, names));
    await current(socket, envoys);
    const joinMs = performance.now() - started;

    // The first change has what is done once.
    await change(server, write, 1);
    await change(server, write, 2);
    for (const client of clients) client.reset();
    const idle = await cpuOf(server.pid, () => sleep(2_000));
    const times: number[] = [];
    const busy = await cpuOf(server.pid, async () => {
      for (let i = 0; i < changes; i++) times.push(await change(server, write, i + 3));
    });
    times.sort((a, b) => a - b);
    const [first] = clients;
    const bytes = KINDS.flatMap((kind) => {
      const count = first?.bytes.get(kind);
      return count === undefined ? [] : [[kind, Math.round(count / changes)] as const];
    });
    return {
      ...{ pools, envoys, real, changes },
      bytes: Object.fromEntries(bytes),
      acknowledgedMs: { p50: quantile(times, 0.5), max: times.at(-1)! },
      cpuMs: (busy.cpu - (idle.cpu * busy.ms) / idle.ms) / changes,
      memoryMiB: memoryKiB(server.pid, 'VmRSS') / 1_024,
      joinMs,
    };
  } finally {
    for (const client of clients) client.close();
    for (const child of children) child.kill('SIGKILL');
    await server.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function change(server: ServeProcess, write: (i: number) => void, i: number): Promise<number> {
  const from = server.out.length;
  write(i);
  return Number(/after (\d+) ms/.exec(await server.said(/acknowledged after \d+ ms/, from))?.[1]);
}

/** In a network of its own: all of them listen on the same port. */
async function realEnvoy(id: string, socket: string, folder: string): Promise<ChildProcess> {
  const file = join(folder, `${id}.yaml`);
  const made = await cli(['bootstrap', '--xds', `unix:${socket}`, '--node', id, '-o', file]);
  if (made.code !== 0) throw new Error(made.stderr);
  const envoy = [await envoyBinary(), '-c', file, '--disable-hot-restart', '--concurrency', '1', '-l', 'off'];
  const [program, ...args] = mayUnshare ? ['unshare', '-rn', ...envoy] : envoy;
  return spawn(program!, args, { stdio: 'ignore' });
}

function namesOf(manifests: readonly Manifest[]): Names {
  const options = {
    ...({
      engine: 'filter',
      wasm: wasmPath(),
      admin: { address: '127.0.0.1', port: 0 },
      live: true,
    } as const),
    strict: false,
  };
  const { plan } = translate([{ file: 'all.yaml', text: render(manifests) }], options);
  const { resources } = configurationOf(plan, options);
  const names = KINDS.map((kind) => [kind, [...resources[kind].keys()]] as const);
  return Object.fromEntries(names) as unknown as Names;
}

const current = (socket: string, envoys: number): Promise<void> =>
  eventually(
    'all are current',
    async () => {
      const { stdout, stderr } = await cli(['status', '--server', `unix:${socket}`, '--format', 'json']);
      if (stdout === '') throw new Error(stderr);
      const found = (JSON.parse(stdout) as { envoys: { current: boolean }[] }).envoys;
      const good = found.filter((one) => one.current).length;
      if (good < envoys) throw new Error(`${good} of ${envoys} (${found.length} have come)`);
    },
    120_000,
    100,
  );

async function cpuOf(pid: number, work: () => Promise<unknown>): Promise<{ cpu: number; ms: number }> {
  const [from, before] = [performance.now(), cpuTime(pid).ns];
  await work();
  return { cpu: (cpuTime(pid).ns - before) / 1e6, ms: performance.now() - from };
}
