/**
 * Hosts that come and go, in a real Envoy that is told by our own discovery server: what its memory becomes,
 * and what an update of its configuration costs it.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { answer, RawBackend } from '../../demo/fakes/raw-backend.ts';
import { get, RawLoad } from '../../demo/fakes/raw-load.ts';
import { any } from '../../host/envoy/any.ts';
import type { Resources } from '../../host/xds/resources.ts';
import { cpuTime, memoryKiB } from '../bench/support/cpu.ts';
import { LiveEnvoy } from '../support/live-envoy.ts';
import {
  consistentHash,
  gateway,
  httpRoute,
  type Manifest,
  policy,
  service,
  untilHot,
} from '../support/manifests.ts';

export interface Memory {
  readonly changes: number;
  /** Resident memory of Envoy, in bytes. */
  readonly resident: number;
  /** Linear memory of all its VMs together, in bytes. */
  readonly linear: number;
}

export const VARIANTS = ['filter', 'native', 'idle'] as const;
export type Variant = (typeof VARIANTS)[number];

export interface ChangesOptions {
  readonly changes: number;
  /** So many different addresses come and go; after that the first one comes again. */
  readonly addresses: number;
  /** Memory is looked at after so many changes. */
  readonly every: number;
  readonly wasm?: string;
  /** Beside ours, the same changes to a plain Envoy (`native`), or with `idleFilter` in place of ours. */
  readonly variant?: Variant;
  readonly progress?: (memory: Memory) => void;
}

export interface ChangesResult {
  readonly memory: readonly Memory[];
  /** Answers by status. */
  readonly statuses: Readonly<Record<number, number>>;
  /** The filter's statistics at the end. */
  readonly stats: Readonly<Record<string, number>>;
  readonly seconds: number;
}

const STAY = 8;
/** Hosts that come and go: 127.32.0.1 and on. Those that stay are 127.0.0.11 and on. */
const guest = (n: number): string => `127.${32 + (n >> 16)}.${(n >> 8) & 255}.${n & 255 || 256 - 1}`;
const byHeader = consistentHash({ type: 'Header', header: { name: 'x-key' } });
const report = answer('endpoint-load-metrics: TEXT cpu_utilization=0.4');

/** Three pools with the same hosts: picked, sticky until hot, balanced by utilization. */
function threePools(port: number, addresses: readonly string[]): Manifest[] {
  return [
    ...gateway(),
    ...service(
      'backend',
      addresses.map((address) => ({ address, port })),
    ),
    ...['picked', 'sticky', 'load'].map((name) => httpRoute({ name })),
    policy('picked', byHeader),
    untilHot(policy('sticky', byHeader), '0.8'),
    policy('load', {
      loadBalancer: {
        type: 'BackendUtilization',
        backendUtilization: { blackoutPeriod: '1s', weightUpdatePeriod: '500ms' },
      },
    }),
  ];
}

const requestsTo = (paths: readonly string[], keys: number): Buffer[] =>
  Array.from({ length: keys }, (_, key) =>
    paths.map((path) => get(path, 'host: www.example.com', `x-key: k${key}`)),
  ).flat();

/**
 * A filter of Envoy's own that does nothing, updated as often as ours: what an update costs Envoy itself. Its
 * configuration differs where that of ours does.
 */
function idleFilters(resources: Resources): Resources {
  const idle = [...resources.ecds].map(([name, filter]) => {
    const value = createHash('sha256').update(JSON.stringify(filter)).digest('hex');
    const typed_config = any('envoy.extensions.filters.http.header_mutation.v3.HeaderMutation', {
      mutations: { response_mutations: [{ remove: `x-${value}` }] },
    });
    return [name, { name, typed_config }] as const;
  });
  return { ...resources, ecds: new Map(idle) };
}

/** Each change adds a host, or removes the one before; requests go on between them. */
export async function hostChanges(options: ChangesOptions): Promise<ChangesResult> {
  const backend = await RawBackend.start([{ address: '0.0.0.0', port: 0, answer: () => report }]);
  const port = backend.hosts[0]!.port;
  const stay = Array.from({ length: STAY }, (_, i) => `127.0.0.${11 + i}`);
  const begin = Date.now();
  const live = await LiveEnvoy.start(threePools(port, stay), {
    wasm: options.wasm,
    engine: options.variant === 'native' ? 'native' : 'filter',
    instead: options.variant === 'idle' ? idleFilters : undefined,
  });
  let load: RawLoad | undefined;
  try {
    const { envoy } = live;
    load = await RawLoad.open(envoy.port(), 16, requestsTo(['/picked', '/sticky', '/load'], 101));
    const memory: Memory[] = [];
    const statuses: Record<number, number> = {};
    const look = (changes: number): void => {
      const now = {
        changes,
        resident: memoryKiB(envoy.pid, 'VmRSS') * 1024,
        linear: linearMemory(envoy.pid),
      };
      memory.push(now);
      options.progress?.(now);
    };
    look(0);
    for (let change = 1; change <= options.changes; change++) {
      const comes = change % 2 === 1;
      const address = guest(((change - 1) / 2) % options.addresses);
      await live.publish(threePools(port, comes ? [...stay, address] : stay));
      const shot = await load.shot({ count: 90 });
      for (const [status, n] of Object.entries(shot.statuses))
        statuses[Number(status)] = (statuses[Number(status)] ?? 0) + n;
      if (change % options.every === 0) look(change);
    }
    const stats = await envoy.admin.filterStats();
    return { memory, statuses, stats, seconds: (Date.now() - begin) / 1000 };
  } finally {
    load?.close();
    await live.stop();
    await backend.stop();
  }
}

export interface CpuOptions {
  readonly pools: number;
  readonly hosts: number;
  readonly updates: number;
  readonly wasm?: string;
}

/** Milliseconds of Envoy's CPU per update in which one of many busy pools changes, less the requests' own. */
export async function updateCost({ pools, hosts, updates, wasm }: CpuOptions): Promise<number[]> {
  const backend = await RawBackend.start([{ address: '0.0.0.0', port: 0, answer: () => answer() }]);
  const port = backend.hosts[0]!.port;
  const names = Array.from({ length: pools }, (_, i) => `p${i}`);
  const manifests = (last: number): Manifest[] => [
    ...gateway(),
    ...names.flatMap((name, pool) => [
      ...service(
        `s-${name}`,
        Array.from({ length: hosts }, (_, i) => ({
          address: pool === 0 && i === 0 ? guest(last) : `127.${64 + pool}.0.${1 + i}`,
          port,
        })),
      ),
      httpRoute({ name, path: `/${name}/`, backends: { [`s-${name}`]: 1 } }),
      policy(name, byHeader),
    ]),
  ];
  const live = await LiveEnvoy.start(manifests(1), { wasm });
  let load: RawLoad | undefined;
  try {
    const { envoy } = live;
    // Several connections, so that every worker gets a request of every pool.
    load = await RawLoad.open(
      envoy.port(),
      16,
      requestsTo(
        names.map((name) => `/${name}/`),
        1,
      ),
    );
    const count = pools * 16;
    const shoot = async (): Promise<number> => {
      const before = cpuTime(envoy.pid).ns;
      const { statuses } = await load!.shot({ count });
      if (statuses[200] !== count) throw new Error(JSON.stringify(statuses));
      return (cpuTime(envoy.pid).ns - before) / 1e6;
    };
    for (let i = 0; i < 5; i++) await shoot();
    const costs: number[] = [];
    for (let update = 0; update < updates; update++) {
      const alone = await shoot();
      const before = cpuTime(envoy.pid).ns;
      await live.publish(manifests(2 + update));
      const published = (cpuTime(envoy.pid).ns - before) / 1e6;
      costs.push(published + (await shoot()) - alone);
    }
    return costs.sort((a, b) => a - b);
  } finally {
    load?.close();
    await live.stop();
    await backend.stop();
  }
}

/**
 * Linear memory of a process's VMs. V8 reserves gigabytes for each, of which the first part is in use: a
 * writable mapping, and right after it one that nobody may touch.
 */
function linearMemory(pid: number): number {
  let sum = 0;
  let before: { readonly end: number; readonly size: number } | undefined;
  for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
    const [range = '', mode = '', , , inode] = line.split(/\s+/);
    const [from = 0, to = 0] = range.split('-').map((hex) => Number.parseInt(hex, 16));
    if (mode === '---p' && before?.end === from && to - from > 2 ** 31) sum += before.size;
    before =
      mode === 'rw-p' && inode === '0' && (to - from) % 65_536 === 0
        ? { end: to, size: to - from }
        : undefined;
  }
  return sum;
}
