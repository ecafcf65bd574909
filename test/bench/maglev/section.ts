/**
 * The section `maglev`: how long the shipped module takes to build a table (hash, fill), beside plain C++.
 * The module builds a table on its first use; here it is asked for by the export that the companion uses.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Vm } from '../../../host/wasm/vm.ts';
import { fixed, table } from '../report/table.ts';
import { configure, freshVm, place } from '../support/module.ts';
import { type Spread, spread } from '../support/stats.ts';

const sizes = [65537, 655373];
const counts = [3, 10, 100, 1000];

export interface Build {
  readonly size: number;
  readonly hosts: number;
  /** Milliseconds. */
  readonly module: Spread;
  readonly cpp?: Spread;
  /** Both made the same table. */
  readonly same?: boolean;
}

export interface MaglevResult {
  readonly builds: readonly Build[];
  readonly cppSkipped?: string;
}

export function benchMaglev(quick: boolean): MaglevResult {
  const repeats = quick ? 5 : 15;
  const folder = mkdtempSync(join(tmpdir(), 'loadstar-bench-'));
  try {
    const cpp = compileCpp(folder);
    const builds = sizes.flatMap((size) =>
      counts.map((hosts): Build => {
        const ours = inModule(size, hosts, repeats);
        if (cpp.program === undefined) return { size, hosts, module: ours.times };
        const theirs = inCpp(cpp.program, size, hosts, repeats);
        const same = theirs.checksum === ours.checksum;
        return { size, hosts, module: ours.times, cpp: theirs.times, same };
      }),
    );
    return { builds, ...(cpp.reason === undefined ? {} : { cppSkipped: cpp.reason }) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** As cpp/maglev.cpp makes them. */
const address = (i: number) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}:8080`;

/**
 * One fresh VM per host set, with as many equal tables as repeats; the first builds are V8's warming up and
 * left out.
 */
function inModule(size: number, hosts: number, repeats: number): { times: Spread; checksum: number } {
  const warm = 3;
  const list = Array.from({ length: hosts }, (_, i) => [address(i), 1]);
  const tables = Array.from({ length: repeats + warm }, () => ({
    size,
    localityWeighted: false,
    localities: [{ weight: 1, hosts: list }],
  }));
  const vm = freshVm();
  const clusters = tables.map((_, i) => `c${i}`);
  const root = configure(vm, {
    role: 'select',
    tables,
    policies: clusters.map((cluster, i) => ({ cluster, table: i, hash: [{ header: 'x' }] })),
  });
  const times: number[] = [];
  let built = 0;
  for (const cluster of clusters) {
    const [at, length] = place(vm, cluster);
    const policy = vm.ask('loadstar_policy', root, at, length);
    const begin = process.hrtime.bigint();
    built = Number(vm.ask('loadstar_table', policy));
    times.push(Number(process.hrtime.bigint() - begin) / 1e6);
    if (built === 0) throw new Error(`no table of ${size} slots for ${hosts} hosts`);
  }
  return { times: spread(times.slice(warm)), checksum: checksumOf(vm, built, size) };
}

/** The same number as cpp/maglev.cpp prints for the same table. */
function checksumOf(vm: Vm, built: number, size: number): number {
  let sum = 0;
  for (let slot = 0; slot < size; slot++) {
    sum = (Math.imul(sum, 31) + Number(vm.ask('loadstar_host_of', built, BigInt(slot), 0))) | 0;
  }
  return sum >>> 0;
}

function compileCpp(folder: string): { program?: string; reason?: string } {
  const program = join(folder, 'maglev');
  const source = fileURLToPath(new URL('../cpp/maglev.cpp', import.meta.url));
  const run = spawnSync('g++', ['-O2', '-std=c++17', '-o', program, source], { encoding: 'utf8' });
  if (run.error !== undefined) return { reason: 'no g++ on this machine' };
  return run.status === 0 ? { program } : { reason: `g++ failed: ${run.stderr.trim().split('\n')[0]}` };
}

function inCpp(program: string, size: number, hosts: number, repeats: number) {
  const run = spawnSync(program, [String(size), String(hosts), String(repeats + 3)], { encoding: 'utf8' });
  const lines = run.stdout.trim().split('\n');
  const checksum = Number(lines.pop()!.split(' ')[1]);
  return { times: spread(lines.slice(3).map(Number)), checksum };
}

export function renderMaglev(result: MaglevResult): string {
  const rows = table<Build>(
    [
      { title: 'table size', of: (b) => String(b.size), right: true },
      { title: 'hosts', of: (b) => String(b.hosts), right: true },
      { title: 'module ms', of: (b) => fixed(b.module.median, 2), right: true },
      { title: 'min', of: (b) => fixed(b.module.min, 2), right: true },
      { title: 'C++ -O2 ms', of: (b) => fixed(b.cpp?.median, 2), right: true },
      { title: 'min', of: (b) => fixed(b.cpp?.min, 2), right: true },
      { title: 'ratio of minima', of: (b) => fixed(b.cpp && b.module.min / b.cpp.min, 2), right: true },
      { title: 'same table', of: (b) => (b.same === undefined ? '–' : b.same ? 'yes' : 'NO') },
    ],
    result.builds,
  );
  return result.cppSkipped === undefined ? rows : `${rows}\nC++ skipped: ${result.cppSkipped}`;
}
