/**
 * The filter's modules as files that Envoy finds. Envoy reads a module once, so a new one needs a new path:
 * a hash of its content is in its name.
 */
import { createHash } from 'node:crypto';

export interface Module {
  /** `loadstar-pick-3f2a9c01b2.wasm`. */
  readonly file: string;
  readonly bytes: Uint8Array;
}

/** @param file As it is built: `loadstar-pick.wasm`. */
export const hashedModule = (file: string, bytes: Uint8Array): Module => ({
  file: file.replace(
    /\.wasm$/,
    `-${createHash('sha256').update(bytes).digest('hex').slice(0, HASH_DIGITS)}.wasm`,
  ),
  bytes,
});
const HASH_DIGITS = 10;

/** Whether it is one that was copied here: its name says what is in it. */
export function isHashedModule(file: string, bytes: Uint8Array): boolean {
  const at = file.length - HASH_DIGITS - '-.wasm'.length;
  return hashedModule(`${file.slice(0, at)}.wasm`, bytes).file === file;
}
