/**
 * Whole Maglev tables as a real Envoy prints them against the filter's: the short form of
 * `npm run conformance`.
 */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { FilterTables, hostInEnvoy, keyAt } from './tables/compare.ts';
import { type EnvoyTable, envoyTables } from './tables/envoy-tables.ts';
import { hostSets } from './tables/sets.ts';
import { xxh64 } from './tables/xxh64.ts';

const sets = hostSets([1, 2, 7, 33, 200], false);
let tables: EnvoyTable[];
let filter: FilterTables;

before(async () => {
  tables = await envoyTables(sets);
  filter = new FilterTables(sets);
});

test('every slot of every table holds the same host', (t) => {
  const differing = sets.flatMap((set, i) => {
    const count = filter.differingSlots(i, tables[i]!);
    return count === 0 ? [] : [`${set.name}: ${count} slots`];
  });
  t.diagnostic(`${sets.length} tables, ${sets.reduce((sum, set) => sum + set.size, 0)} slots`);
  assert.deepEqual(differing, []);
});

test('60,000 keys through the callbacks go where Envoy’s tables send them', () => {
  const differing: string[] = [];
  for (let i = 0; i < 60_000; i++) {
    const set = i % sets.length;
    if (filter.pick(set, keyAt(i)) !== hostInEnvoy(tables[set]!, keyAt(i)))
      differing.push(`${sets[set]!.name}: ${keyAt(i)}`);
  }
  assert.deepEqual(differing, []);
});

test('the comparison sees one slot that differs', () => {
  const index = sets.findIndex(
    (set) => set.size === 251 && set.localities.flatMap(({ hosts }) => hosts).length > 2,
  );
  const table = tables[index]!;
  const slots = table.slots.slice();
  slots[17] = (slots[17]! + 1) % table.hosts.length;
  assert.equal(filter.differingSlots(index, { hosts: table.hosts, slots }), 1);
});

test('the hash that is not allowed with Envoy’s tables is XXH64', () => {
  // Test vectors of the specification's own sanity check, and of Envoy's (test/common/common/hash_test.cc:
  // "foo").
  assert.equal(xxh64(Buffer.alloc(0)), 0xef46db3751d8e999n);
  assert.equal(xxh64(Buffer.from('foo')), 0x33bf00a859c4ba3fn);
  assert.equal(xxh64(Buffer.from('a'.repeat(100))), xxh64(Buffer.from('a'.repeat(100))));
});
