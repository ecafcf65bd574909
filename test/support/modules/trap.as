// Stands in for the filter where a test needs its VM to die: takes any configuration, does nothing, and traps on a request (or a
// response) that carries the header x-test-trap. Built by ../assemble.ts, never shipped.

// @ts-ignore: decorator
@external("env", "proxy_get_header_map_value") declare function get(type: u32, k: usize, n: usize, v: usize, s: usize): u32;

const out = memory.data(8);
const name = memory.data<u8>([0x78, 0x2d, 0x74, 0x65, 0x73, 0x74, 0x2d, 0x74, 0x72, 0x61, 0x70]);

export function proxy_abi_version_0_2_1(): void {}
export function malloc(size: usize): usize { return heap.alloc(size); }
export function proxy_on_vm_start(id: u32, size: u32): u32 { return 1; }
export function proxy_on_configure(id: u32, size: u32): u32 { return 1; }
export function proxy_on_context_create(id: u32, parent: u32): void {}

function trapWhenAsked(map: u32): u32 {
  if (get(map, name, 11, out, out + 4) == 0) unreachable();
  return 0;
}

export function proxy_on_request_headers(id: u32, n: u32, end: u32): u32 { return trapWhenAsked(0); }
export function proxy_on_response_headers(id: u32, n: u32, end: u32): u32 { return trapWhenAsked(2); }
