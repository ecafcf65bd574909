/**
 * The part of the WebAssembly JavaScript API (W3C, "WebAssembly JavaScript Interface") that this folder uses.
 * Node has it as a global, but its types come only with the browser's whole library, which this project does
 * not want in scope.
 */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
    static imports(module: Module): { module: string; name: string; kind: string }[];
    static exports(module: Module): { name: string; kind: string }[];
  }
  class Memory {
    readonly buffer: ArrayBuffer;
  }
  class Instance {
    constructor(module: Module, imports?: Record<string, Record<string, unknown>>);
    readonly exports: Record<string, unknown>;
  }
  class RuntimeError extends Error {}
}
