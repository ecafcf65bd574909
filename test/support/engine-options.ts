/** What is translated with where no file is written: no admin port of one's own, and nothing is strict. */
const COMMON = { admin: { address: '127.0.0.1', port: 0 }, zone: undefined, strict: false } as const;

/** By Envoy's own policies alone. */
export const nativeOptions = { ...COMMON, engine: 'native', wasm: '' } as const;

/**
 * As `loadstar run` has it. @param wasm Path of the filter's module; nothing looks for it before Envoy does.
 */
export const liveFilterOptions = (wasm = '/loadstar.wasm') =>
  ({ ...COMMON, engine: 'filter', wasm, live: true }) as const;
