// Imports a function that proxy-wasm does not have: a host must refuse it by name.

// @ts-ignore: decorator
@external("env", "proxy_no_such_function") declare function nothing(): u32;

export function proxy_abi_version_0_2_1(): void {}
export function malloc(size: usize): usize { return heap.alloc(size); }
export function proxy_on_configure(id: u32, size: u32): u32 { return nothing(); }
