/** How Envoy is told to pick: by which engine, with which modules. */

/** Who picks the host: the filter (Envoy's own policy as its fallback), or Envoy alone. */
export type Engine = 'filter' | 'native';

export interface FilterOptions {
  readonly engine: Engine;
  /** Absolute path of loadstar.wasm as Envoy sees it; not read here, and not used by the engine `native`. */
  readonly wasm: string;
  /** Those of loadstar-pick.wasm and loadstar-report.wasm, which cost less; absent: `wasm` is for all. */
  readonly roles?: { readonly pick: string; readonly report: string };
}
