import { view } from '../bytes/view';
import { combine } from '../hash/combine';
import { xxh64 } from '../hash/xxh64';
import { bytesOf } from './support';

/** The buffer of xxHash's own sanity check (cli/xsum_sanity_check.c). */
function sanity(length: u32): u64 {
  const to = __alloc(length + 1);
  let generator: u64 = 2654435761;
  for (let i: u32 = 0; i < length; i++) {
    store<u8>(to + i, <u8>(generator >> 56));
    generator *= 11400714785074694797;
  }
  return view(to, length);
}

describe('xxh64', () => {
  test('gives the vectors of xxHash itself, with and without seed', () => {
    const prime: u64 = 2654435761;
    expect(xxh64(sanity(0), 0)).toBe(0xef46db3751d8e999);
    expect(xxh64(sanity(0), prime)).toBe(0xac75fda2929b17ef);
    expect(xxh64(sanity(1), 0)).toBe(0xe934a84adb052768);
    expect(xxh64(sanity(1), prime)).toBe(0x5014607643a9b4c3);
    expect(xxh64(sanity(4), 0)).toBe(0x9136a0dca57457ee);
    expect(xxh64(sanity(14), 0)).toBe(0x8282dcc4994e35c8);
    expect(xxh64(sanity(14), prime)).toBe(0xc3bd6bf63deb6df0);
    expect(xxh64(sanity(222), 0)).toBe(0xb641ae8cb691c174);
    expect(xxh64(sanity(222), prime)).toBe(0x20cb8ab7ae10c14a);
  });

  test('gives the values of Envoy (test/common/common/hash_test.cc)', () => {
    expect(xxh64(bytesOf('foo'), 0)).toBe(3728699739546630719);
    expect(xxh64(bytesOf('bar'), 0)).toBe(5234164152756840025);
    expect(xxh64(bytesOf(''), 0)).toBe(17241709254077376921);
  });

  test('two strings: the hash of the first seeds the second, as in Envoy', () => {
    expect(xxh64(bytesOf('bar'), xxh64(bytesOf('foo'), 0))).toBe(17745830980996999794);
  });
});

describe('combine', () => {
  test('rotates what there is, so that equal parts do not cancel each other', () => {
    expect(combine(0, false, 5)).toBe(5);
    expect(combine(5, true, 5)).toBe(15);
    expect(combine(0x8000000000000000, true, 0)).toBe(1);
  });
});
