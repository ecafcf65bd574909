/**
 * What a policy says beside loadBalancer: health checks, outlier detection, circuit breakers and connection limits of a
 * pool; retries and timeouts of a route (where the route's own fields come first).
 */
import type {
  BackendTrafficPolicySpec,
  PolicyCircuitBreaker,
  PolicyConnection,
  PolicyHealthCheck,
  PolicyRetry,
  RouteRule,
} from '../../model/resources.ts';
import type {
  CircuitBreaker,
  ForwardAction,
  HealthCheck,
  OutlierDetection,
  Pool,
  Preconnect,
  Retry,
} from '../types.ts';

type PoolTraffic = Pick<
  Pool,
  | 'connectTimeoutMs'
  | 'healthCheck'
  | 'outlierDetection'
  | 'panicThreshold'
  | 'circuitBreaker'
  | 'idleTimeoutMs'
  | 'maxConnectionDurationMs'
  | 'maxRequestsPerConnection'
  | 'bufferBytes'
  | 'preconnect'
>;

/** `host`: asked for by HTTP health checks that name none. */
export function poolTraffic(spec: BackendTrafficPolicySpec | undefined, host: string): PoolTraffic {
  if (spec === undefined) return {};
  const { healthCheck, circuitBreaker, timeout, connection } = spec;
  return {
    connectTimeoutMs: timeout?.tcp?.connectTimeoutMs,
    healthCheck: healthCheck?.active === undefined ? undefined : activeCheck(healthCheck.active, host),
    outlierDetection: healthCheck?.passive === undefined ? undefined : passiveCheck(healthCheck.passive),
    panicThreshold: healthCheck?.panicThreshold,
    circuitBreaker: circuitBreaker === undefined ? undefined : breaker(circuitBreaker),
    idleTimeoutMs: timeout?.http?.connectionIdleTimeoutMs,
    maxConnectionDurationMs: timeout?.http?.maxConnectionDurationMs,
    maxRequestsPerConnection: circuitBreaker?.maxRequestsPerConnection,
    bufferBytes: connection?.bufferLimitBytes,
    preconnect: connection?.preconnect === undefined ? undefined : preconnect(connection.preconnect),
  };
}

function preconnect({
  perEndpointPercent,
  predictivePercent,
}: NonNullable<PolicyConnection['preconnect']>): Preconnect | undefined {
  const ratio = (percent: number | undefined) => (percent === undefined ? undefined : percent / 100);
  if (perEndpointPercent === undefined && predictivePercent === undefined) return undefined;
  return { perHostRatio: ratio(perEndpointPercent), predictiveRatio: ratio(predictivePercent) };
}

function activeCheck(active: NonNullable<PolicyHealthCheck['active']>, host: string): HealthCheck {
  const { checker, ...rest } = active;
  const common = { ...rest, hostNamed: checker.type === 'HTTP' && checker.hostname !== undefined };
  switch (checker.type) {
    case 'HTTP': {
      const statuses = ascending(checker.expectedStatuses);
      return {
        ...common,
        check: {
          kind: 'http',
          host: checker.hostname ?? host,
          path: checker.path,
          method: checker.method?.toUpperCase(),
          statuses: statuses.length > 0 ? statuses : [200],
          retriableStatuses: ascending(checker.retriableStatuses),
          send: payload(checker.requestBody),
          body: payload(checker.expectedResponse),
        },
      };
    }
    case 'TCP':
      return {
        ...common,
        check: { kind: 'tcp', send: payload(checker.send), receive: payload(checker.receive) },
      };
    case 'GRPC':
      return { ...common, check: { kind: 'grpc', service: checker.service } };
  }
}

const ascending = (statuses: readonly number[]): number[] => [...new Set(statuses)].sort((a, b) => a - b);

type Payload = { readonly type: 'Text' | 'Binary'; readonly value: string } | undefined;
const payload = (p: Payload) =>
  p === undefined
    ? undefined
    : { kind: p.type === 'Text' ? ('text' as const) : ('binary' as const), value: p.value };

const passiveCheck = (p: NonNullable<PolicyHealthCheck['passive']>): OutlierDetection => ({
  splitExternalLocalOriginErrors: p.splitExternalLocalOriginErrors,
  consecutiveLocalOriginFailures: p.consecutiveLocalOriginFailures,
  consecutiveGatewayErrors: p.consecutiveGatewayErrors,
  consecutive5xx: p.consecutive5XxErrors,
  intervalMs: p.intervalMs,
  baseEjectionMs: p.baseEjectionTimeMs,
  maxEjectionPercent: p.maxEjectionPercent,
  failurePercentageThreshold: p.failurePercentageThreshold,
  alwaysEjectOne: p.alwaysEjectOneEndpoint,
});

const breaker = (c: PolicyCircuitBreaker): CircuitBreaker => ({
  maxConnections: c.maxConnections,
  maxPendingRequests: c.maxPendingRequests,
  maxParallelRequests: c.maxParallelRequests,
  maxParallelRetries: c.maxParallelRetries,
  perHostMaxConnections: c.perEndpoint?.maxConnections,
  retryBudget:
    c.retryBudget === undefined
      ? undefined
      : { percent: c.retryBudget.percent, minConcurrency: c.retryBudget.minRetryConcurrency },
});

const HOUR_MS = 3_600_000;

/**
 * The route's timeouts come before the policy's. Without an idle timeout of the policy (streamIdleTimeout), a request timeout
 * lifts Envoy's to at least its length.
 */
export function routeTimeouts(
  rule: RouteRule<unknown>,
  spec: BackendTrafficPolicySpec | undefined,
): ForwardAction['timeouts'] {
  // With retries, backendRequest is the time of one try.
  const own =
    rule.retry === undefined
      ? (rule.timeouts?.backendRequestMs ?? rule.timeouts?.requestMs)
      : rule.timeouts?.requestMs;
  const requestMs = own ?? spec?.timeout?.http?.requestTimeoutMs;
  const maxStreamMs = spec?.timeout?.http?.maxStreamDurationMs;
  const streamIdleMs = spec?.timeout?.http?.streamIdleTimeoutMs;
  if (requestMs === undefined) return { idleMs: streamIdleMs, maxStreamMs };
  const lifted = requestMs === 0 ? 0 : Math.max(HOUR_MS, requestMs);
  return { requestMs, idleMs: streamIdleMs ?? lifted, maxStreamMs };
}

const DEFAULT_RETRY_ON = [
  'connect-failure',
  'refused-stream',
  'unavailable',
  'cancelled',
  'retriable-status-codes',
];
const DEFAULT_RETRY_CODES = [503];
const DEFAULT_RETRIES = 2;

/** The rule's retry replaces the policy's as a whole; neither: no retries. */
export function routeRetry(
  rule: RouteRule<unknown>,
  spec: BackendTrafficPolicySpec | undefined,
): Retry | undefined {
  if (rule.retry !== undefined) {
    const { codes, attempts, backoffMs } = rule.retry;
    return {
      on: DEFAULT_RETRY_ON,
      statusCodes: codes.length > 0 ? codes : DEFAULT_RETRY_CODES,
      attempts: attempts ?? DEFAULT_RETRIES,
      perTryTimeoutMs: rule.timeouts?.backendRequestMs,
      backoff: backoffMs === undefined ? undefined : { baseMs: backoffMs },
    };
  }
  return spec?.retry === undefined ? undefined : policyRetry(spec.retry);
}

function policyRetry({ numRetries, numAttemptsPerPriority, retryOn, perRetry }: PolicyRetry): Retry {
  const { baseIntervalMs, maxIntervalMs } = perRetry?.backOff ?? {};
  return {
    on: retryOn !== undefined && retryOn.triggers.length > 0 ? retryOn.triggers : DEFAULT_RETRY_ON,
    statusCodes: retryOn === undefined ? DEFAULT_RETRY_CODES : ascending(retryOn.httpStatusCodes),
    attempts: numRetries ?? DEFAULT_RETRIES,
    attemptsPerPriority:
      numAttemptsPerPriority === undefined || numAttemptsPerPriority === 0
        ? undefined
        : numAttemptsPerPriority,
    perTryTimeoutMs: perRetry?.timeoutMs,
    backoff:
      baseIntervalMs === undefined && maxIntervalMs === undefined
        ? undefined
        : { baseMs: baseIntervalMs, maxMs: maxIntervalMs },
  };
}
