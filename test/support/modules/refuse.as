// Stands in for the filter where a test needs one that takes no configuration: it says so in one critical line. Built by
// ../assemble.ts, never shipped.

// @ts-ignore: decorator
@external("env", "proxy_log") declare function log(level: u32, at: usize, size: usize): u32;

// "refused by the test"
const line = memory.data<u8>([
  0x72, 0x65, 0x66, 0x75, 0x73, 0x65, 0x64, 0x20, 0x62, 0x79, 0x20, 0x74, 0x68, 0x65, 0x20, 0x74, 0x65, 0x73, 0x74,
]);

export function proxy_abi_version_0_2_1(): void {}
export function malloc(size: usize): usize { return heap.alloc(size); }
export function proxy_on_context_create(id: u32, parent: u32): void {}
export function proxy_on_configure(id: u32, size: u32): u32 {
  log(5, line, 19);
  return 0;
}
