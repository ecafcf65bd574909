// A filter that does nothing: what a wasm filter costs by being there. For the bench.

export function proxy_abi_version_0_2_1(): void {}
export function malloc(size: usize): usize { return heap.alloc(size); }
export function proxy_on_configure(id: u32, size: u32): u32 { return 1; }
