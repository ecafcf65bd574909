/**
 * `npm run fleet`: what one changed host costs `loadstar serve` with many Envoys and many pools. Prints a
 * table and writes it as JSON. docs/FLEET.md has the figures.
 *   --quick            few of everything, as a check that it works
 *   --out FILE         default docs/bench/fleet.json
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Column, fixed, table } from '../report/table.ts';
import { root } from '../support/cli.ts';
import { benchFleet, type FleetResult } from './fleet.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    out: { type: 'string', default: join(root, 'docs/bench/fleet.json') },
  },
});
const sizes = values.quick
  ? { pools: [5], envoys: [4], changes: 3 }
  : { pools: [20, 500], envoys: [1, 10, 100], changes: 20 };
const note = (line: string) => process.stderr.write(`  ${line}\n`);
const load = () => loadavg().map((one) => Number(one.toFixed(1)));

const before = load();
const results: FleetResult[] = [];
for (const pools of sizes.pools)
  for (const envoys of sizes.envoys) results.push(await benchFleet(pools, envoys, sizes.changes, note));

const number = (title: string, of: (row: FleetResult) => number | undefined, digits = 0) =>
  ({ title, of: (row) => fixed(of(row), digits), right: true }) satisfies Column<FleetResult>;
const columns = [
  number('pools', ({ pools }) => pools),
  number('Envoys', ({ envoys }) => envoys),
  number('endpoints, B', ({ bytes }) => bytes.eds),
  number('filter, B', ({ bytes }) => bytes.ecds),
  number('acknowledged, ms', ({ acknowledgedMs }) => acknowledgedMs.p50),
  number('slowest', ({ acknowledgedMs }) => acknowledgedMs.max),
  number('CPU, ms', ({ cpuMs }) => cpuMs),
  number('memory, MiB', ({ memoryMiB }) => memoryMiB),
  number('all come, ms', ({ joinMs }) => joinMs),
];
process.stdout.write(`${table(columns, results)}\n`);
const machine = `${cpus()[0]?.model.trim() ?? 'CPU'} × ${cpus().length}, Linux, Node ${process.version}`;
mkdirSync(dirname(values.out), { recursive: true });
const rounded = (_: string, value: unknown) => (typeof value === 'number' ? Number(value.toFixed(1)) : value);
writeFileSync(
  values.out,
  `${JSON.stringify({ machine, load: { before, after: load() }, results }, rounded, 2)}\n`,
);
