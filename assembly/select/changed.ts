/**
 * Changed keys: what Envoy hashes in place of a key that leaves its home. Of each key there is a row of them,
 * numbered from 1, the same in all workers and at all times; each has a host by Maglev like any key.
 *
 * Envoy takes one as an object of its filter state, made from text. Of the kinds of objects that a hash
 * policy can read, those that every Envoy from 1.36 has are addresses, hashed by their text. So a changed key
 * looks like an IPv4 address with a port. It is none: nobody connects to it.
 */
import { Bytes, size, view } from '../bytes/view';
import * as writer from '../bytes/writer';
import { xxh64 } from '../hash/xxh64';
import { mix } from '../hash/mix';

/** `255.255.255.255:65535` */
const ROOM: u32 = 21;
const room: usize = memory.data(ROOM);

/** Valid until the next one is asked for. */
export function changedKey(hash: u64, change: u32): Bytes {
  const bits = mix(hash + <u64>change);
  writer.open(room, ROOM);
  for (let i = 0; i < 4; i++) {
    if (i > 0) writer.byte(0x2e);
    writer.decimal((bits >> (<u64>i << 3)) & 0xff);
  }
  writer.byte(0x3a);
  writer.decimal((bits >> 32) & 0xffff);
  return view(room, size(writer.written()));
}

/** What Envoy looks up: for 0 the hash of the key itself. */
export function changedHash(hash: u64, change: u32): u64 {
  return change == 0 ? hash : xxh64(changedKey(hash, change), 0);
}
