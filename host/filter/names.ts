/**
 * The header names that the filter reads and writes (assembly/filter/texts.ts has them too; a test compares),
 * and the module's options.
 */

/**
 * The filter's choice for stateful_session, base64 of `ip:port`. Never accepted from a client, and never
 * shown to one.
 */
export const HINT_HEADER = 'x-loadstar-host';
export const LOAD_REPORT_HEADERS = ['endpoint-load-metrics', 'endpoint-load-metrics-bin'] as const;

/** Who picks the host: the filter (Envoy's own policy as its fallback), or Envoy alone. */
export type Engine = 'filter' | 'native';

export interface FilterOptions {
  readonly engine: Engine;
  /** Absolute path of loadstar.wasm as Envoy sees it; not read here, and not used by the engine `native`. */
  readonly wasm: string;
  /** Those of loadstar-pick.wasm and loadstar-report.wasm, which cost less; absent: `wasm` is for all. */
  readonly roles?: { readonly pick: string; readonly report: string };
}
