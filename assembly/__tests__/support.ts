/** Shared by the specs: text to bytes and back, and memory beside that of the specs' own runtime. */
import * as arena from '../bytes/arena';
import * as heap from '../bytes/heap';
import { at, Bytes, size, view } from '../bytes/view';

const ROOM: usize = 8388608;
let ready: bool = false;

/** Call first in a spec whose subject uses the arena or the heap. */
export function prepare(): void {
  if (!ready) heap.adopt(__alloc(ROOM), ROOM);
  ready = true;
  arena.reset();
}

/** The text's bytes (UTF-8), in memory that is never freed. */
export function bytesOf(text: string): Bytes {
  const length = String.UTF8.byteLength(text);
  const to = __alloc(length + 1);
  String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, to);
  return view(to, length);
}

export function textOf(bytes: Bytes): string {
  return String.UTF8.decodeUnsafe(at(bytes), size(bytes));
}

/** A header map as the host serialises it, from name, value, name, value. */
export function pairsOf(flat: string[]): Bytes {
  const count = flat.length / 2;
  let total = 4;
  for (let i = 0; i < flat.length; i++) total += 5 + String.UTF8.byteLength(flat[i]);
  const to = __alloc(total);
  store<u32>(to, count);
  let data = to + 4 + count * 8;
  for (let i = 0; i < flat.length; i++) {
    const text = bytesOf(flat[i]);
    store<u32>(to + 4 + i * 4, size(text));
    memory.copy(data, at(text), size(text));
    store<u8>(data + size(text), 0);
    data += size(text) + 1;
  }
  return view(to, <u32>(data - to));
}
