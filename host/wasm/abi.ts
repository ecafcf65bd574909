/**
 * The numbers of the proxy-wasm ABI 0.2.1 that the filter's calls need, by the names in its specification.
 */

export const Status = {
  ok: 0,
  notFound: 1,
  badArgument: 2,
  invalidMemoryAccess: 6,
  casMismatch: 8,
} as const;

export const MapType = {
  requestHeaders: 0,
  requestTrailers: 1,
  responseHeaders: 2,
  responseTrailers: 3,
} as const;

export const BufferType = { pluginConfiguration: 7 } as const;

export const MetricType = { counter: 0, gauge: 1, histogram: 2 } as const;

export const LogLevel = { trace: 0, debug: 1, info: 2, warn: 3, error: 4, critical: 5 } as const;
