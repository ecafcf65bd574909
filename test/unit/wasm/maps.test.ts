import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodePairs, HeaderMap } from '../../../host/wasm/maps.ts';

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
});

/** The same layout read by other code: a count, then the two lengths of each, then the texts. */
function decode(bytes: Uint8Array): [string, string][] {
  const input = Buffer.from(bytes);
  const count = input.readUInt32LE(0);
  let at = 4 + 8 * count;
  const text = (length: number): string => {
    const value = input.toString('latin1', at, at + length);
    assert.equal(input[at + length], 0, 'a NUL after each');
    at += length + 1;
    return value;
  };
  const pairs = Array.from({ length: count }, (_, i): [string, string] => [
    text(input.readUInt32LE(4 + 8 * i)),
    text(input.readUInt32LE(8 + 8 * i)),
  ]);
  assert.equal(at, input.length);
  return pairs;
}

test('no pairs are four zero bytes, and any byte of a name or value survives', () => {
  assert.deepEqual([...encodePairs([])], [0, 0, 0, 0]);
  const bytes = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((i) => String.fromCharCode(i)) });
  fc.assert(
    fc.property(fc.array(fc.tuple(bytes, bytes)), (pairs) => {
      assert.deepEqual(decode(encodePairs(pairs)), pairs);
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
});
