/** Faults, requests that are held until they are whole, and bandwidth: one filter each, set for the route. */
import type { Fault } from '../../plan/types.ts';
import { any, extension } from '../any.ts';
import { duration } from '../durations.ts';
import { percent } from '../fractions.ts';
import { disabled, type Handler, oneFilter } from './handler.ts';

const HTTP_FAULT = 'envoy.extensions.filters.http.fault.v3.HTTPFault';
export const fault: Handler = oneFilter('fault', disabled(extension(HTTP_FAULT, {})), (one) =>
  any(HTTP_FAULT, faultConfig(one)),
);

const faultConfig = ({ delay, abort }: Fault) => ({
  delay:
    delay === undefined
      ? undefined
      : { fixed_delay: duration(delay.ms), percentage: percent(delay.percentage) },
  abort:
    abort === undefined
      ? undefined
      : {
          ...(abort.kind === 'http' ? { http_status: abort.status } : { grpc_status: abort.status }),
          percentage: percent(abort.percentage),
        },
});

const bufferFilter = disabled(
  extension('envoy.extensions.filters.http.buffer.v3.Buffer', {
    // Envoy wants a size; that of the route holds.
    max_request_bytes: 4_294_967_295,
  }),
);
export const requestBuffer: Handler = oneFilter('bufferBytes', bufferFilter, (bytes) =>
  any('envoy.extensions.filters.http.buffer.v3.BufferPerRoute', { buffer: { max_request_bytes: bytes } }),
);

const BANDWIDTH = 'envoy.extensions.filters.http.bandwidth_limit.v3.BandwidthLimit';
const BANDWIDTH_STATS = 'http_bandwidth_limiter';
/** One for each direction, since a filter has one limit for both. */
const bandwidthFilters = (['request', 'response'] as const).map((side) => ({
  part: `${side}Kib` as const,
  mode: side === 'request' ? ('REQUEST' as const) : ('RESPONSE' as const),
  filter: disabled({
    ...extension(BANDWIDTH, { stat_prefix: BANDWIDTH_STATS }),
    name: `envoy.filters.http.bandwidth_limit/${side}`,
  }),
}));
export const bandwidth: Handler = {
  filters: (routes) =>
    bandwidthFilters
      .filter(({ part }) => routes.some(({ handling }) => handling?.bandwidth?.[part] !== undefined))
      .map(({ filter }) => filter),
  onRoute: ({ bandwidth: limits }) =>
    bandwidthFilters.flatMap(({ part, mode, filter }) => {
      const kib = limits?.[part];
      if (kib === undefined) return [];
      const trailers = mode === 'RESPONSE' ? limits?.trailers : undefined;
      const config = any(BANDWIDTH, {
        stat_prefix: BANDWIDTH_STATS,
        enable_mode: mode,
        limit_kbps: kib,
        enable_response_trailers: trailers === undefined ? undefined : true,
        response_trailer_prefix: trailers?.prefix,
      });
      return [[filter.name, config] as const];
    }),
};
