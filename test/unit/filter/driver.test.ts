/**
 * The compiled filter as explain and simulate use it: keys in, hosts out, and what it tells about how it came
 * to them.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { SelectConfig } from '../../../host/filter/config.ts';
import { Filter, requestForKey } from '../../../host/filter/driver.ts';
import type { HashKey } from '../../../host/plan/types.ts';
import { KeyCollector, numberedKey } from '../../../host/simulate/keys.ts';
import { wasmPath } from '../../support/translate.ts';

const module = Filter.compile(readFileSync(wasmPath()));
const hosts = ['127.0.0.1:80', '127.0.0.2:80', '127.0.0.3:80'];
const config = (hash: SelectConfig['policies'][number]['hash'], size = 65_537): SelectConfig => ({
  role: 'select',
  tables: [
    {
      size,
      localityWeighted: true,
      localities: [{ weight: 1, hosts: hosts.map((host) => [host, 1] as const) }],
    },
  ],
  policies: [{ cluster: 'c', table: 0, hash }],
});
const parts: readonly [HashKey, SelectConfig['policies'][number]['hash'][number]][] = [
  [{ kind: 'header', name: 'x-key' }, { header: 'x-key' }],
  [{ kind: 'cookie', name: 'k', attributes: [] }, { cookie: 'k' }],
  [{ kind: 'query', name: 'k' }, { query: 'k' }],
  [{ kind: 'source-ip' }, { source: 'ip' }],
];

for (const [key, part] of parts) {
  test(`1,000 full requests by ${key.kind} go where the table says`, () => {
    const filter = new Filter(module, config([part]));
    const table = filter.table('c')!;
    const keys = Array.from({ length: 1_000 }, (_, i) => numberedKey(key.kind, i));
    const told = [...table.pick(keys)].map((i) => table.hosts[i]);
    assert.deepEqual(
      keys.map((value) => filter.pick('c', requestForKey(key, value)).host),
      told,
    );
    assert.equal(new Set(told).size, 3);
  });
}

test('the published hash of a key, its slot, and the next attempts', () => {
  const filter = new Filter(module, config([{ header: 'x-key' }], 251));
  const pick = filter.pick('c', requestForKey({ kind: 'header', name: 'x-key' }, 'abc'));
  // xxHash's own vector: XXH64("abc", 0).
  assert.equal(pick.hash, 0x44bc2cf5ad770999n);
  const table = filter.table('c')!;
  assert.equal(table.attempt(pick.hash!, 0).host, pick.host);
  assert.equal(table.attempt(pick.hash!, 0).slot, Number(pick.hash! % 251n));
  // maglev_lb.cc: hash ^= ~0 - attempt + 1.
  const third = BigInt.asUintN(64, pick.hash! ^ (0xffffffffffffffffn - 2n));
  assert.deepEqual(
    [table.attempt(pick.hash!, 3).hash, table.attempt(pick.hash!, 3).slot],
    [third, Number(third % 251n)],
  );
});

test('parts of a key: absent, of the request, generated, joined', () => {
  const filter = new Filter(
    module,
    config([{ header: 'a' }, { header: 'b' }, { cookie: 'c', set: 'Max-Age=60; Secure; HttpOnly' }]),
  );
  const base = requestForKey({ kind: 'header', name: 'b' }, 'x');
  const { parts: found, hash, setCookie } = filter.pick('c', base);
  assert.deepEqual(
    found.map(({ from }) => from),
    ['absent', 'request', 'generated'],
  );
  assert.equal(found[1]?.value, 'x');
  // Rotated by one bit, then xor (source/common/http/hash_policy.cc).
  const rotated = BigInt.asUintN(64, (found[1]!.hash << 1n) | (found[1]!.hash >> 63n));
  assert.equal(hash, rotated ^ found[2]!.hash);
  assert.deepEqual(setCookie, [`c="${found[2]!.value}"; Max-Age=60; Secure; HttpOnly`]);
});

test('a cookie that the filter does not make: no host, whatever else the request has', () => {
  const filter = new Filter(module, config([{ header: 'a' }, { cookie: 'c' }]));
  const {
    host,
    hash,
    parts: found,
    setCookie,
  } = filter.pick('c', requestForKey({ kind: 'header', name: 'a' }, 'x'));
  assert.deepEqual([host, hash, setCookie], [undefined, undefined, []]);
  assert.deepEqual(
    found.map(({ from }) => from),
    ['request', 'absent'],
  );
});

test('no key, no host; an unknown cluster has no table', () => {
  const filter = new Filter(module, config([{ header: 'a' }]));
  const { host, hash } = filter.pick('c', requestForKey({ kind: 'header', name: 'b' }, 'x'));
  assert.deepEqual([host, hash], [undefined, undefined]);
  assert.equal(filter.table('other'), undefined);
});

test('keys of any bytes and lengths', () => {
  const filter = new Filter(module, config([{ header: 'x-key' }]));
  const keys = ['', 'é'.repeat(3), '\xff\x00\x01', 'k'.repeat(70_000), 'plain'];
  assert.equal(filter.table('c')!.pick(keys).length, keys.length);
  assert.equal(
    filter.table('c')!.hosts[filter.table('c')!.pick(['plain'])[0]!],
    filter.pick('c', requestForKey({ kind: 'header', name: 'x-key' }, 'plain')).host,
  );
});

test('a configuration that the filter refuses is an exception with its reason', () => {
  assert.throws(
    () => new Filter(module, config([{ header: 'a' }], 65_536)),
    /refuses its configuration: .*prime/,
  );
});

test('keys out of lines: named group, first group, whole match, whole line', () => {
  const list = (lines: string[], pattern?: RegExp) => {
    const collector = new KeyCollector(pattern);
    for (const line of lines) collector.add(line);
    const { keys, counts, skipped } = collector.list();
    return [keys, [...counts], skipped];
  };
  assert.deepEqual(list(['a', ' b ', 'a', '']), [['a', 'b'], [2, 1], 0]);
  assert.deepEqual(list(['x=1 y=2', 'y=3'], /x=(\d)/u), [['1'], [1], 1]);
  assert.deepEqual(list(['x=1 y=2'], /x=(\d) y=(?<key>\d)/u), [['2'], [1], 0]);
  assert.deepEqual(list(['id7'], /\d/u), [['7'], [1], 0]);
  assert.deepEqual(list(['k=é'], /k=(.+)/u), [['\xc3\xa9'], [1], 0]);
});
