/** What the host needs of any module. */
import * as arena from '../bytes/arena';

/** Its name says the version of the ABI. */
export function proxy_abi_version_0_2_1(): void {}

/** The host puts the values it returns here. */
export function proxy_on_memory_allocate(size: u32): usize {
  return arena.alloc(size);
}
