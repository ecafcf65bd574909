/**
 * The names by which the filter and Envoy tell each other something; assembly/filter/texts.ts has them too.
 */

/**
 * The filter's choice for stateful_session, base64 of `ip:port`. Never accepted from a client, and never
 * shown to one.
 */
export const HINT_HEADER = 'x-loadstar-host';
export const LOAD_REPORT_HEADERS = ['endpoint-load-metrics', 'endpoint-load-metrics-bin'] as const;

/**
 * The object of a request's filter state that a policy sticky until hot gives Envoy to hash, in place of a
 * key that leaves its home. Envoy made it for its listener filter of that name, which alone reads it, and
 * only before there is a request. No client can set it.
 */
export const CHANGED_KEY = 'envoy.filters.listener.original_dst.remote_ip';
