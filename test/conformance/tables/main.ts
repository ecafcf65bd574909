/**
 * npm run conformance -- [--keys 1000000] [--small]
 *
 * Whole Maglev tables of a real Envoy against the filter's, slot by slot, then keys through the filter's
 * callbacks against Envoy's tables. `--small` leaves out the largest table. Ends with 1 when anything
 * differs.
 */
import { parseArgs } from 'node:util';
import { FilterTables, hostInEnvoy, keyAt } from './compare.ts';
import { type EnvoyTable, envoyTables } from './envoy-tables.ts';
import { hostSets } from './sets.ts';

const { values } = parseArgs({
  options: { keys: { type: 'string', default: '1000000' }, small: { type: 'boolean', default: false } },
});
const counts = [1, 2, 3, 4, 5, 7, 10, 16, 25, 33, 50, 64, 100, 128, 150, 199, 200];
const sets = hostSets(counts, !values.small);

const started = Date.now();
const tables: EnvoyTable[] = [];
// Some at a time: the log of a large table has millions of lines.
for (let from = 0; from < sets.length; from += 60)
  tables.push(...(await envoyTables(sets.slice(from, from + 60))));
console.log(`${sets.length} host sets, tables from Envoy after ${seconds(started)} s`);

const filter = new FilterTables(sets);
const bySize = new Map<number, { tables: number; slots: number; differing: number }>();
for (const [i, set] of sets.entries()) {
  const sum = bySize.get(set.size) ?? { tables: 0, slots: 0, differing: 0 };
  const differing = filter.differingSlots(i, tables[i]!);
  if (differing > 0) console.log(`${set.name}: ${differing} slots differ`);
  bySize.set(set.size, {
    tables: sum.tables + 1,
    slots: sum.slots + set.size,
    differing: sum.differing + differing,
  });
}
console.log('table size   tables       slots   differing');
for (const [size, sum] of bySize)
  console.log(
    `${String(size).padStart(10)} ${String(sum.tables).padStart(8)} ${String(sum.slots).padStart(11)} ${String(sum.differing).padStart(11)}`,
  );

const keys = Number(values.keys);
let differing = 0;
for (let i = 0; i < keys; i++) {
  const set = i % sets.length;
  const key = keyAt(i);
  const named = filter.pick(set, key);
  if (named === hostInEnvoy(tables[set]!, key)) continue;
  if (differing++ < 10)
    console.log(`${sets[set]!.name}: key ${key}: filter ${named}, Envoy ${hostInEnvoy(tables[set]!, key)}`);
}
console.log(
  `${keys} keys through the filter's callbacks: ${differing} differ from Envoy's table; ${seconds(started)} s in all`,
);
process.exitCode = differing > 0 || [...bySize.values()].some((sum) => sum.differing > 0) ? 1 : 0;

function seconds(since: number): string {
  return ((Date.now() - since) / 1000).toFixed(1);
}
