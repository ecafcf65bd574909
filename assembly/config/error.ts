/**
 * Why a configuration is refused: one line that names the field, for the log. The first error stays. Each `#`
 * in a path or a message stands for a number; they are given in their order.
 */
import { MAX_ERROR_LINE, MAX_QUOTED } from '../bytes/caps';
import { at, Bytes, size, view } from '../bytes/view';
import * as writer from '../bytes/writer';

/** Why a field is refused that finds no room in the region of its configuration. */
export const TOO_LARGE: string = 'is too large for the memory reserved';

const line: usize = memory.data(MAX_ERROR_LINE);
let length: u32 = 0;
/** Numbers of the line that are written. */
let numbers: u32 = 0;

export function clearError(): void {
  length = 0;
}

/** The line; empty when nothing is wrong. */
export function errorLine(): Bytes {
  return view(line, length);
}

/** Refuses the field at `path`. Always false, for `return refuse(…)`. */
export function refuse(path: string, message: string, a: u32 = 0, b: u32 = 0, c: u32 = 0): bool {
  if (length != 0) return false;
  writer.open(line, MAX_ERROR_LINE);
  writer.text('loadstar: configuration refused: ');
  numbers = 0;
  write(path, a, b, c);
  writer.text(': ');
  write(message, a, b, c);
  length = size(writer.written());
  return false;
}

function write(text: string, a: u32, b: u32, c: u32): void {
  for (let i = 0; i < text.length; i++) {
    const character = load<u8>(changetype<usize>(text) + (<usize>i << 1));
    if (character == 0x23) writer.decimal(<u64>(numbers == 0 ? a : numbers == 1 ? b : c));
    else writer.byte(character);
    if (character == 0x23) numbers++;
  }
}

/** The same for an unknown field, or a host that is given twice: the message then ends with the value. */
export function refuseValue(path: string, message: string, value: Bytes, a: u32 = 0, b: u32 = 0): bool {
  if (length != 0) return false;
  refuse(path, message, a, b);
  writer.open(line + length, MAX_ERROR_LINE - length);
  writer.text(' "');
  // What a user wrote may be long, or hold bytes that a log should not.
  for (let i: u32 = 0; i < min(size(value), MAX_QUOTED); i++) {
    const c = load<u8>(at(value) + i);
    writer.byte(c < 0x20 || c == 0x7f ? 0x3f : c);
  }
  writer.byte(0x22);
  length += size(writer.written());
  return false;
}
