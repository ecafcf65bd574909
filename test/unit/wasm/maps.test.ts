import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodePairs, encodePairs, HeaderMap } from '../../../host/wasm/maps.ts';

test('pairs are a count, all lengths, then NUL-terminated names and values', () => {
  const expected = [
    [2, 0, 0, 0], // two pairs
    [1, 0, 0, 0], // name of the first: 1 byte
    [2, 0, 0, 0], // its value: 2 bytes
    [3, 0, 0, 0], // name of the second: 3 bytes
    [0, 0, 0, 0], // its value: empty
    [0x61, 0], // a
    [0x62, 0x63, 0], // bc
    [0x78, 0x2d, 0x79, 0], // x-y
    [0], // ''
  ].flat();
  const pairs = [
    ['a', 'bc'],
    ['x-y', ''],
  ] as const;
  assert.deepEqual([...encodePairs(pairs)], expected);
  assert.deepEqual(decodePairs(Uint8Array.from(expected)), pairs);
});

test('no pairs are four zero bytes, and any byte of a value survives', () => {
  assert.deepEqual([...encodePairs([])], [0, 0, 0, 0]);
  const all = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join('');
  assert.deepEqual(decodePairs(encodePairs([['x', all]])), [['x', all]]);
});

test('bytes that are not exactly a serialised map read as none', () => {
  const good = encodePairs([['a', 'b']]);
  const refused: Record<string, Uint8Array> = {
    'shorter than the count': good.subarray(0, 3),
    'cut in the lengths': good.subarray(0, 11),
    'cut in a value': good.subarray(0, good.length - 1),
    'one byte too many': Buffer.concat([good, Buffer.from([0])]),
    'a count above the limit': Uint8Array.from([0xff, 0xff, 0xff, 0xff]),
    'a name without its NUL': good.with(13, 0x20),
    'a length past the end': good.with(8, 200),
  };
  for (const [name, bytes] of Object.entries(refused)) assert.deepEqual(decodePairs(bytes), [], name);
});

test('encode and decode are inverse', () => {
  const bytes = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((i) => String.fromCharCode(i)) });
  fc.assert(
    fc.property(fc.array(fc.tuple(bytes, bytes)), (pairs) => {
      assert.deepEqual(decodePairs(encodePairs(pairs)), pairs);
    }),
    { seed: 1 },
  );
});

test('a header map keeps repeated names, gives the first and ignores case', () => {
  const map = new HeaderMap([
    ['Cookie', 'a=1'],
    ['cookie', 'b=2'],
    ['x', ''],
  ]);
  assert.equal(map.get('COOKIE'), 'a=1');
  assert.deepEqual(map.getAll('cookie'), ['a=1', 'b=2']);
  assert.equal(map.get('x'), '', 'an empty header is there');
  assert.equal(map.get('y'), undefined, 'an absent one is not');
  map.replace('cookie', 'c=3');
  assert.deepEqual(map.pairs, [
    ['cookie', 'c=3'],
    ['x', ''],
  ]);
  map.remove('X');
  map.add('New', '1');
  assert.deepEqual(map.pairs, [
    ['cookie', 'c=3'],
    ['new', '1'],
  ]);
  assert.equal(map.byteSize, 'cookiec=3new1'.length);
});
