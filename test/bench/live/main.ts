/**
 * `npm run live`: what `loadstar run` does to requests while its input changes, and how fast and at what cost
 * it is. Prints tables and writes them as JSON. docs/LIVE.md has the figures.
 *   --quick            a few changes, as a check that it works
 *   --envoy VERSION    an older Envoy, fetched once; or the path of a binary
 *   --out FILE         default docs/bench/live.json; other versions in it are kept
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { envoyBinary } from '../../support/binary.ts';
import { type Column, table } from '../report/table.ts';
import { root } from '../support/cli.ts';
import { benchPools, type PoolResult } from './pools.ts';
import { benchStorm, type StormResult } from './storm.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    envoy: { type: 'string' },
    out: { type: 'string', default: join(root, 'docs/bench/live.json') },
  },
});
const sizes = values.quick
  ? { pools: [20], changes: 3, rounds: 2, rate: 100 }
  : { pools: [20, 500], changes: 50, rounds: 200, rate: 500 };

if (values.envoy !== undefined) {
  const isVersion = /^\d+\.\d+\.\d+$/.test(values.envoy);
  // @ts-expect-error: a script without types.
  const { envoyOf } = (await import('../../../scripts/envoys.mjs')) as { envoyOf(version: string): string };
  process.env.ENVOY_PATH = isVersion ? envoyOf(values.envoy) : values.envoy;
}
const envoy = await envoyBinary();
const note = (line: string) => process.stderr.write(`  ${line}\n`);
const load = () => loadavg().map((one) => Number(one.toFixed(1)));

const before = load();
const storm = await benchStorm(sizes.rounds, sizes.rate, note);
const pools: PoolResult[] = [];
for (const count of sizes.pools) pools.push(await benchPools(count, sizes.changes, note));
const version = values.envoy ?? versionOf(envoy);
const machine = `${cpus()[0]?.model.trim() ?? 'CPU'} × ${cpus().length}, Linux, Node ${process.version}`;

process.stdout.write(`\nEnvoy ${version}\n\n${stormTable(storm)}\n\n${poolTable(pools)}\n`);
mkdirSync(dirname(values.out), { recursive: true });
const known = existsSync(values.out) ? (JSON.parse(readFileSync(values.out, 'utf8')) as object) : {};
const result = { machine, load: { before, after: load() }, rate: sizes.rate, storm, pools };
writeFileSync(values.out, `${JSON.stringify({ ...known, [version]: result }, rounded, 2)}\n`);
process.exit(storm.some(({ failed, wrong, drained }) => failed + wrong + drained > 0) ? 1 : 0);

function versionOf(binary: string): string {
  return /envoy-(\d+\.\d+\.\d+)/.exec(binary)?.[1] ?? binary;
}

function stormTable(rows: readonly StormResult[]): string {
  const counts = ['changes', 'requests', 'rate', 'failed', 'wrong', 'drained'] as const;
  const columns = counts.map((of) => column<StormResult>(of, (r) => String(r[of])));
  return table([{ title: 'what', of: ({ what }) => what }, ...columns], rows);
}

function poolTable(rows: readonly PoolResult[]): string {
  const ms = ({ p50, p99 }: PoolResult['effectMs']) => `${p50.toFixed(0)} / ${p99.toFixed(0)}`;
  const both = ({ envoy, loadstar }: PoolResult['cpuMs']) => `${envoy.toFixed(1)} / ${loadstar.toFixed(0)}`;
  return table(
    [
      column<PoolResult>('pools', (r) => String(r.pools)),
      column<PoolResult>('changes', (r) => String(r.changes)),
      column<PoolResult>('in effect, ms (p50 / p99)', (r) => ms(r.effectMs)),
      column<PoolResult>('acknowledged, ms (p50 / p99)', (r) => ms(r.acknowledgedMs)),
      column<PoolResult>('CPU, ms (Envoy / loadstar)', (r) => both(r.cpuMs)),
      column<PoolResult>('memory, MiB (Envoy / loadstar)', (r) => both(r.memoryMiB)),
    ],
    rows,
  );
}

function column<T>(title: string, of: (row: T) => string): Column<T> {
  return { title, of, right: true };
}

/** Four significant digits: more would only be noise in a diff. */
function rounded(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
}
