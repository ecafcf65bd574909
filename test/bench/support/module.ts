/** The compiled filter in Node, through the companion's own proxy-wasm host: what ships, without Envoy. */
import { readFileSync } from 'node:fs';
import { Vm } from '../../../host/wasm/vm.ts';
import { wasmFile } from './cli.ts';

let compiled: WebAssembly.Module | undefined;

export const moduleBytes = (): Buffer => readFileSync(wasmFile);

/** A fresh VM of dist/loadstar.wasm. */
export function freshVm(): Vm {
  compiled ??= Vm.compile(moduleBytes());
  return new Vm(compiled);
}

/** Configures a plugin; throws when the module refuses it. Returns the root's id. */
export function configure(vm: Vm, configuration: object): number {
  const answer = vm.configure({ configuration: JSON.stringify(configuration) });
  if (!answer.ok) throw new Error(`the filter refuses its configuration: ${answer.reason}`);
  return answer.root;
}

/** Puts text into the module's arena; its address and length. It is there until the next callback. */
export function place(vm: Vm, text: string): [address: number, length: number] {
  const cells = Number(vm.ask('proxy_on_memory_allocate', 8));
  if (!vm.memory.give(text, cells, cells + 4)) throw new Error('the module has no memory left');
  return [Buffer.from(vm.memory.copy(cells, 4)!).readUInt32LE(), text.length];
}
