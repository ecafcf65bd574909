/** The numbers of proxy-wasm ABI 0.2.1 that cross the border, by the names its specification gives them. */

export const Status = {
  ok: 0,
  notFound: 1,
  badArgument: 2,
  serializationFailure: 3,
  parseFailure: 4,
  invalidMemoryAccess: 6,
  empty: 7,
  casMismatch: 8,
  internalFailure: 10,
} as const;

export const MapType = {
  requestHeaders: 0,
  requestTrailers: 1,
  responseHeaders: 2,
  responseTrailers: 3,
} as const;

export const BufferType = { vmConfiguration: 6, pluginConfiguration: 7 } as const;

export const MetricType = { counter: 0, gauge: 1, histogram: 2 } as const;

/** What a headers callback answers; anything but `continue` stops the chain of filters. */
export const Action = { continue: 0, stopIteration: 1 } as const;

export const LogLevel = { trace: 0, debug: 1, info: 2, warn: 3, error: 4, critical: 5 } as const;
