/**
 * What stands beside the load balancer in a BackendTrafficPolicy and concerns it: retry, timeout, circuitBreaker (retry_types.go,
 * timeout_types.go, circuitbreaker_types.go), with the CRD's defaults filled in.
 */
import type { PolicyCircuitBreaker, PolicyRetry, PolicyTimeout } from '../model/resources.ts';
import { duration } from './duration.ts';
import { integer, list, object, oneOf, untranslated } from './shape.ts';

const triggers = [
  '5xx',
  'gateway-error',
  'reset',
  'reset-before-request',
  'connect-failure',
  'retriable-4xx',
  'refused-stream',
  'retriable-status-codes',
  'cancelled',
  'deadline-exceeded',
  'internal',
  'resource-exhausted',
  'unavailable',
] as const;

export const retrySchema = object({
  numRetries: integer(0).optional(),
  numAttemptsPerPriority: integer(0).optional(),
  retryOn: object({
    triggers: list(oneOf(triggers)).optional(),
    httpStatusCodes: list(integer(100, 599, 'a status code')).optional(),
  }).optional(),
  perRetry: object({
    timeout: duration().optional(),
    backOff: object({ baseInterval: duration().optional(), maxInterval: duration().optional() }).optional(),
  }).optional(),
});

export function toRetry(retry: ReturnType<typeof retrySchema.parse>): PolicyRetry {
  const { numRetries, numAttemptsPerPriority, retryOn, perRetry } = retry;
  const backOff = perRetry?.backOff;
  return {
    numRetries: numRetries ?? 2,
    ...(numAttemptsPerPriority === undefined ? {} : { numAttemptsPerPriority }),
    ...(retryOn === undefined
      ? {}
      : { retryOn: { triggers: retryOn.triggers ?? [], httpStatusCodes: retryOn.httpStatusCodes ?? [] } }),
    ...(perRetry === undefined
      ? {}
      : {
          perRetry: {
            ...(perRetry.timeout === undefined ? {} : { timeoutMs: perRetry.timeout }),
            ...(backOff === undefined
              ? {}
              : {
                  backOff: {
                    ...(backOff.baseInterval === undefined ? {} : { baseIntervalMs: backOff.baseInterval }),
                    ...(backOff.maxInterval === undefined ? {} : { maxIntervalMs: backOff.maxInterval }),
                  },
                }),
          },
        }),
  };
}

export const timeoutSchema = object({
  tcp: object({ connectTimeout: duration().optional() }).optional(),
  http: object({
    requestTimeout: duration().optional(),
    connectionIdleTimeout: duration().optional(),
    maxConnectionDuration: duration().optional(),
    maxStreamDuration: duration().optional(),
    streamIdleTimeout: untranslated(),
  }).optional(),
});

export function toTimeout({ tcp, http }: ReturnType<typeof timeoutSchema.parse>): PolicyTimeout {
  return {
    ...(tcp?.connectTimeout === undefined ? {} : { tcp: { connectTimeoutMs: tcp.connectTimeout } }),
    ...(http === undefined
      ? {}
      : {
          http: {
            ...(http.requestTimeout === undefined ? {} : { requestTimeoutMs: http.requestTimeout }),
            ...(http.connectionIdleTimeout === undefined
              ? {}
              : { connectionIdleTimeoutMs: http.connectionIdleTimeout }),
            ...(http.maxConnectionDuration === undefined
              ? {}
              : { maxConnectionDurationMs: http.maxConnectionDuration }),
            ...(http.maxStreamDuration === undefined ? {} : { maxStreamDurationMs: http.maxStreamDuration }),
          },
        }),
  };
}

/** uint32, as in Envoy. */
const count = () => integer(0, 4_294_967_295);
export const circuitBreakerSchema = object({
  maxConnections: count().optional(),
  maxPendingRequests: count().optional(),
  maxParallelRequests: count().optional(),
  maxParallelRetries: count().optional(),
  maxRequestsPerConnection: count().optional(),
  perEndpoint: object({ maxConnections: count().optional() }).optional(),
  retryBudget: untranslated(),
});

export function toCircuitBreaker(
  breaker: ReturnType<typeof circuitBreakerSchema.parse>,
): PolicyCircuitBreaker {
  const { maxRequestsPerConnection, perEndpoint } = breaker;
  return {
    maxConnections: breaker.maxConnections ?? 1024,
    maxPendingRequests: breaker.maxPendingRequests ?? 1024,
    maxParallelRequests: breaker.maxParallelRequests ?? 1024,
    maxParallelRetries: breaker.maxParallelRetries ?? 1024,
    ...(maxRequestsPerConnection === undefined ? {} : { maxRequestsPerConnection }),
    ...(perEndpoint === undefined
      ? {}
      : { perEndpoint: { maxConnections: perEndpoint.maxConnections ?? 1024 } }),
  };
}
