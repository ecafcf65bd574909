/** gRPC's frames, however the bytes are cut. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frame, GrpcError, Unframer } from '../../../host/xds/frames.ts';

const texts = ['one', '', 'x'.repeat(70_000), 'last'];
const wire = Buffer.concat(texts.map((text) => frame(Buffer.from(text))));

for (const size of [1, 4, 5, 6, 7_919, wire.length]) {
  test(`messages come whole out of pieces of ${size} bytes`, () => {
    const unframer = new Unframer(100_000);
    const found: string[] = [];
    for (let at = 0; at < wire.length; at += size)
      for (const message of unframer.push(wire.subarray(at, at + size))) found.push(String(message));
    assert.deepEqual(found, texts);
  });
}

test('half a frame gives nothing', () => {
  assert.deepEqual([...new Unframer(100).push(frame(Buffer.from('whole')).subarray(0, 7))], []);
});

test('a message over the bound and a compressed one are refused by their head alone', () => {
  const head = (flags: number, length: number) => Buffer.from([flags, 0, 0, length >> 8, length & 255]);
  assert.deepEqual([...new Unframer(256).push(head(0, 256))], []);
  assert.throws(() => [...new Unframer(256).push(head(0, 257))], { name: 'GrpcError', code: 8 });
  assert.throws(
    () => [...new Unframer(256).push(head(1, 1))],
    (error: GrpcError) => error instanceof GrpcError && error.code === 12,
  );
});
