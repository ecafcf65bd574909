/**
 * What stands beside the load balancer in a BackendTrafficPolicy and concerns it: retry, timeout, circuitBreaker, connection
 * (retry_types.go, timeout_types.go, circuitbreaker_types.go, connection_types.go), with the CRD's defaults filled in.
 */
import type {
  PolicyCircuitBreaker,
  PolicyConnection,
  PolicyRetry,
  PolicyTimeout,
} from '../../model/resources.ts';
import { duration, parseDuration } from '../words/duration.ts';
import { asObject, type Report } from '../words/findings.ts';
import { integer, leaf, list, object, oneOf, uint32, untranslated } from '../words/shape.ts';

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
  numRetries: uint32().optional(),
  numAttemptsPerPriority: integer(0, 2_147_483_647).optional(),
  retryOn: object({
    triggers: list(oneOf(triggers)).optional(),
    httpStatusCodes: list(integer(100, 599, 'a status code')).optional(),
  }).optional(),
  perRetry: object({
    timeout: duration().optional(),
    backOff: object({
      baseInterval: duration(true).optional(),
      maxInterval: duration(true).optional(),
    }).optional(),
  }).optional(),
});

/** Envoy wants max_interval not below base_interval (route_components.proto, RetryBackOff), which is 25 ms when not said. */
export function checkRetry(raw: unknown, report: Report): void {
  const backOff = asObject(asObject(asObject(raw)?.perRetry)?.backOff);
  if (typeof backOff?.baseInterval !== 'string' || typeof backOff.maxInterval !== 'string') return;
  const [base, max] = [parseDuration(backOff.baseInterval), parseDuration(backOff.maxInterval)];
  if (base === undefined || max === undefined || max >= base) return;
  report.error(['spec', 'retry', 'perRetry', 'backOff', 'maxInterval'], {
    code: 'value-out-of-range',
    message: `maxInterval must be at least baseInterval, ${backOff.baseInterval}, not ${backOff.maxInterval}.`,
    value: backOff.maxInterval,
    rule: 'The longest wait between tries must not be below the first.',
  });
}

/** Of all requests under way: more than 100 percent is refused by Envoy. */
export function checkBudget(raw: unknown, report: Report): void {
  const percent = asObject(asObject(asObject(raw)?.retryBudget)?.percent);
  const { numerator, denominator = 100 } = percent ?? {};
  if (typeof numerator !== 'number' || typeof denominator !== 'number' || numerator <= denominator) return;
  report.error(['spec', 'circuitBreaker', 'retryBudget', 'percent', 'numerator'], {
    code: 'value-out-of-range',
    message: `numerator must be at most the denominator, ${denominator}, not ${numerator}.`,
    value: numerator,
    rule: 'A retry budget is a share of the requests under way: numerator / denominator (100 where absent).',
  });
}

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
  tcp: object({ connectTimeout: duration(true).optional() }).optional(),
  http: object({
    requestTimeout: duration().optional(),
    connectionIdleTimeout: duration().optional(),
    maxConnectionDuration: duration().optional(),
    maxStreamDuration: duration().optional(),
    streamIdleTimeout: duration().optional(),
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
            ...(http.streamIdleTimeout === undefined ? {} : { streamIdleTimeoutMs: http.streamIdleTimeout }),
          },
        }),
  };
}

export const circuitBreakerSchema = object({
  maxConnections: uint32().optional(),
  maxPendingRequests: uint32().optional(),
  maxParallelRequests: uint32().optional(),
  maxParallelRetries: uint32().optional(),
  maxRequestsPerConnection: uint32().optional(),
  perEndpoint: object({ maxConnections: uint32().optional() }).optional(),
  retryBudget: object({
    percent: object({ numerator: uint32(), denominator: integer(1, 2_147_483_647).optional() }),
    minRetryConcurrency: uint32().optional(),
  }).optional(),
});

export function toCircuitBreaker(
  breaker: ReturnType<typeof circuitBreakerSchema.parse>,
): PolicyCircuitBreaker {
  const { maxRequestsPerConnection, perEndpoint, retryBudget } = breaker;
  return {
    maxConnections: breaker.maxConnections ?? 1024,
    maxPendingRequests: breaker.maxPendingRequests ?? 1024,
    maxParallelRequests: breaker.maxParallelRequests ?? 1024,
    maxParallelRetries: breaker.maxParallelRetries ?? 1024,
    ...(maxRequestsPerConnection === undefined ? {} : { maxRequestsPerConnection }),
    ...(perEndpoint === undefined
      ? {}
      : { perEndpoint: { maxConnections: perEndpoint.maxConnections ?? 1024 } }),
    ...(retryBudget === undefined ? {} : { retryBudget: toRetryBudget(retryBudget) }),
  };
}

type RetryBudget = NonNullable<ReturnType<typeof circuitBreakerSchema.parse>['retryBudget']>;
const toRetryBudget = ({ percent, minRetryConcurrency }: RetryBudget) => ({
  percent: (percent.numerator / (percent.denominator ?? 100)) * 100,
  ...(minRetryConcurrency === undefined ? {} : { minRetryConcurrency }),
});

/** Envoy takes ratios from 1 to 3 (cluster.proto, PreconnectPolicy); more would cost the whole configuration. */
const ratio = () => integer(100, 300, 'a percentage');
export const connectionSchema = object({
  bufferLimit: quantity().optional(),
  socketBufferLimit: untranslated(),
  preconnect: object({
    perEndpointPercent: ratio().optional(),
    predictivePercent: ratio().optional(),
  }).optional(),
});

export function toConnection({
  bufferLimit,
  preconnect,
}: ReturnType<typeof connectionSchema.parse>): PolicyConnection {
  return {
    ...(bufferLimit === undefined ? {} : { bufferLimitBytes: bufferLimit }),
    ...(preconnect === undefined ? {} : { preconnect }),
  };
}

/** A Kubernetes quantity of bytes: 32768, 64Ki, 20M; without bounds, one that fits Envoy's uint32. */
export function quantity(
  min = 1,
  max = 4_294_967_295,
  rule = 'a quantity of bytes below 4Gi, as 32768, 64Ki or 1Mi',
) {
  return leaf<number>({
    rule,
    code: 'value-out-of-range',
    read: (value) => {
      const [, digits, unit = ''] = /^([1-9][0-9]*)([EPTGM]i?|Ki|k)?$/.exec(String(value)) ?? [];
      const power = ' kMGTPE'.indexOf(unit.charAt(0).replace('K', 'k') || ' ');
      const bytes = Number(digits) * (unit.endsWith('i') ? 1024 : 1000) ** power;
      return bytes >= min && bytes <= max ? bytes : undefined;
    },
  });
}
