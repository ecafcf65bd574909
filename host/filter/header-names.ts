/** The header names that the filter reads and writes; assembly/filter/texts.ts has them too. */

/**
 * The filter's choice for stateful_session, base64 of `ip:port`. Never accepted from a client, and never
 * shown to one.
 */
export const HINT_HEADER = 'x-loadstar-host';
export const LOAD_REPORT_HEADERS = ['endpoint-load-metrics', 'endpoint-load-metrics-bin'] as const;
