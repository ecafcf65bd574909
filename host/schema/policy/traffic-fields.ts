/**
 * The fields of a BackendTrafficPolicy that concern balancing, other than loadBalancer: retry, timeout,
 * circuitBreaker, connection (retry_types.go, timeout_types.go, circuitbreaker_types.go,
 * connection_types.go), with the CRD's defaults filled in.
 */
import { given } from '../../basics/collections.ts';
import { POLICY_DEFAULTS } from '../../model/policy-defaults.ts';
import type { CircuitBreaker, PolicyConnection, PolicyRetry, PolicyTimeout } from '../../model/resources.ts';
import { duration, parseDuration } from '../words/duration.ts';
import { asObject, type Report } from '../words/findings.ts';
import { checkFraction } from '../words/fraction.ts';
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

/**
 * Envoy wants max_interval not below base_interval (route_components.proto, RetryBackOff), which is 25 ms by
 * default.
 */
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

/** The denominator of a retry budget that names none. */
const WHOLE = POLICY_DEFAULTS.circuitBreaker.retryBudget.percent.denominator;

/** Of all requests under way: more than 100 percent is refused by Envoy. */
export function checkBudget(raw: unknown, report: Report): void {
  const percent = asObject(asObject(raw)?.retryBudget)?.percent;
  const rule = `A retry budget is a share of the requests under way: numerator / denominator (${WHOLE} where absent).`;
  checkFraction(percent, ['spec', 'circuitBreaker', 'retryBudget', 'percent'], report, rule, WHOLE);
}

export function toRetry(retry: ReturnType<typeof retrySchema.parse>): PolicyRetry {
  const { numRetries, numAttemptsPerPriority, retryOn, perRetry } = retry;
  return {
    numRetries: numRetries ?? POLICY_DEFAULTS.retry.numRetries,
    numAttemptsPerPriority,
    retryOn: given(retryOn, ({ triggers = [], httpStatusCodes = [] }) => ({ triggers, httpStatusCodes })),
    perRetry: given(perRetry, ({ timeout, backOff }) => ({
      timeoutMs: timeout,
      backOff: given(backOff, ({ baseInterval, maxInterval }) => ({
        baseIntervalMs: baseInterval,
        maxIntervalMs: maxInterval,
      })),
    })),
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

export const toTimeout = ({ tcp, http }: ReturnType<typeof timeoutSchema.parse>): PolicyTimeout => ({
  tcp: given(tcp, ({ connectTimeout }) => ({ connectTimeoutMs: connectTimeout })),
  http: given(http, (times) => ({
    requestTimeoutMs: times.requestTimeout,
    connectionIdleTimeoutMs: times.connectionIdleTimeout,
    maxConnectionDurationMs: times.maxConnectionDuration,
    maxStreamDurationMs: times.maxStreamDuration,
    streamIdleTimeoutMs: times.streamIdleTimeout,
  })),
});

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

export function toCircuitBreaker(breaker: ReturnType<typeof circuitBreakerSchema.parse>): CircuitBreaker {
  const usual = POLICY_DEFAULTS.circuitBreaker;
  const { perEndpoint, retryBudget } = breaker;
  return {
    maxConnections: breaker.maxConnections ?? usual.maxConnections,
    maxPendingRequests: breaker.maxPendingRequests ?? usual.maxPendingRequests,
    maxParallelRequests: breaker.maxParallelRequests ?? usual.maxParallelRequests,
    maxParallelRetries: breaker.maxParallelRetries ?? usual.maxParallelRetries,
    perHostMaxConnections: given(
      perEndpoint,
      ({ maxConnections }) => maxConnections ?? usual.perEndpoint.maxConnections,
    ),
    retryBudget: given(retryBudget, ({ percent: { numerator, denominator = WHOLE }, ...budget }) => ({
      percent: (numerator / denominator) * 100,
      minConcurrency: budget.minRetryConcurrency,
    })),
  };
}

/**
 * Envoy takes ratios from 1 to 3 (cluster.proto, PreconnectPolicy); with more, Envoy refuses the whole
 * configuration.
 */
const ratio = () => integer(100, 300, 'a percentage');
export const connectionSchema = object({
  bufferLimit: quantity().optional(),
  socketBufferLimit: untranslated(),
  preconnect: object({
    perEndpointPercent: ratio().optional(),
    predictivePercent: ratio().optional(),
  }).optional(),
});

export const toConnection = ({
  bufferLimit,
  preconnect,
}: ReturnType<typeof connectionSchema.parse>): PolicyConnection => ({
  bufferLimitBytes: bufferLimit,
  preconnect: given(preconnect, ({ perEndpointPercent, predictivePercent }) =>
    perEndpointPercent === undefined && predictivePercent === undefined
      ? undefined
      : {
          perHostRatio: given(perEndpointPercent, (percent) => percent / 100),
          predictiveRatio: given(predictivePercent, (percent) => percent / 100),
        },
  ),
});

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
