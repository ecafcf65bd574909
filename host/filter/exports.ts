/** Numbers and bytes to and from the exports that show how the filter picked (assembly/filter/inspect.ts). */
import type { Vm } from '../wasm/vm.ts';

export const unsigned = (value: number | bigint): bigint => BigInt.asUintN(64, BigInt(value));

/** Text of a view: the address in the upper half, the length in the lower (assembly/bytes/view.ts). */
export function viewText(vm: Vm, view: number | bigint): string {
  const bits = unsigned(view);
  return vm.memory.text(Number(bits >> 32n), Number(bits & 0xffffffffn)) ?? '';
}

/** Copies bytes into the module: address and length. */
export function give(vm: Vm, bytes: Uint8Array): [address: number, size: number] {
  const where = Number(vm.ask('proxy_on_memory_allocate', 8));
  if (!vm.memory.give(bytes, where, where + 4)) throw new Error('the module has no memory for its input');
  const words = vm.memory.copy(where, 8)!;
  const view = new DataView(words.buffer, words.byteOffset, 8);
  return [view.getUint32(0, true), view.getUint32(4, true)];
}
