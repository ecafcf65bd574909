/**
 * Why a configuration is refused: one line that names the field, for the log. The first error stays. `#` in a path
 * stands for a number, in order.
 */
import { at, Bytes, size, view } from '../bytes/view';
import * as writer from '../bytes/writer';

const line: usize = memory.data(512);
let length: u32 = 0;

export function clearError(): void {
  length = 0;
}

/** The line, empty when nothing is wrong. */
export function errorLine(): Bytes {
  return view(line, length);
}

/** Refuses the field at `path`. Always false, for `return refuse(…)`. */
export function refuse(path: string, message: string, a: u32 = 0, b: u32 = 0, c: u32 = 0): bool {
  if (length != 0) return false;
  writer.open(line, 512);
  writer.text('loadstar: configuration refused: ');
  let numbers = 0;
  for (let i = 0; i < path.length; i++) {
    const character = load<u8>(changetype<usize>(path) + (<usize>i << 1));
    if (character == 0x23) writer.decimal(<u64>(numbers == 0 ? a : numbers == 1 ? b : c));
    else writer.byte(character);
    if (character == 0x23) numbers++;
  }
  writer.text(': ');
  writer.text(message);
  length = size(writer.written());
  return false;
}

/** The same for a field that is not known, or a host that is given twice: `message` then ends with the value. */
export function refuseValue(path: string, message: string, value: Bytes, a: u32 = 0, b: u32 = 0): bool {
  if (length != 0) return false;
  refuse(path, message, a, b);
  writer.open(line + length, 512 - length);
  writer.text(' "');
  // What a user wrote may be long, or hold bytes that a log should not.
  for (let i: u32 = 0; i < min<u32>(size(value), 100); i++) {
    const c = load<u8>(at(value) + i);
    writer.byte(c < 0x20 || c == 0x7f ? 0x3f : c);
  }
  writer.byte(0x22);
  length += size(writer.written());
  return false;
}
