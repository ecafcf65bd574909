/** The numbers of the proxy-wasm ABI 0.2.1 (github.com/proxy-wasm/spec) that this filter uses. */

export const ACTION_CONTINUE: u32 = 0;

export const STATUS_OK: u32 = 0;

export const MAP_REQUEST_HEADERS: i32 = 0;
export const MAP_RESPONSE_HEADERS: i32 = 2;
export const MAP_RESPONSE_TRAILERS: i32 = 3;

export const BUFFER_PLUGIN_CONFIGURATION: i32 = 7;

export const LOG_DEBUG: usize = 1;
export const LOG_CRITICAL: usize = 5;

export const METRIC_COUNTER: i32 = 0;
export const METRIC_GAUGE: i32 = 1;
