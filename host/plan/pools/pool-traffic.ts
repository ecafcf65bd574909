/**
 * The fields of a policy other than loadBalancer: health checks, outlier detection, circuit breakers and
 * connection limits of a pool; retries and timeouts of a route (where the route's own fields come first).
 */
import { given } from '../../basics/collections.ts';
import { POLICY_DEFAULTS } from '../../model/policy-defaults.ts';
import type {
  BackendTrafficPolicySpec,
  CircuitBreaker,
  PolicyHealthCheck,
  PolicyRetry,
  RouteRule,
} from '../../model/resources.ts';
import type { ForwardAction, HealthCheck, Pool, Retry } from '../types.ts';

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
  | 'admission'
  | 'proxyProtocol'
>;

/**
 * What holds without a circuitBreaker too: Envoy's own default of 3 retries would starve a rolling restart.
 */
const NO_BREAKER: CircuitBreaker = { maxParallelRetries: POLICY_DEFAULTS.circuitBreaker.maxParallelRetries };

/** `host`: the Host of HTTP health checks that name none; undefined: the pool's name. */
export function poolTraffic(
  spec: BackendTrafficPolicySpec | undefined,
  host: string | undefined,
): PoolTraffic {
  const { healthCheck, timeout, connection } = spec ?? {};
  return {
    connectTimeoutMs: timeout?.tcp?.connectTimeoutMs,
    healthCheck: given(healthCheck?.active, (active) => activeCheck(active, host)),
    outlierDetection: healthCheck?.passive,
    panicThreshold: healthCheck?.panicThreshold,
    circuitBreaker: spec?.circuitBreaker ?? NO_BREAKER,
    idleTimeoutMs: timeout?.http?.connectionIdleTimeoutMs,
    maxConnectionDurationMs: timeout?.http?.maxConnectionDurationMs,
    maxRequestsPerConnection: spec?.maxRequestsPerConnection,
    bufferBytes: connection?.bufferLimitBytes,
    preconnect: connection?.preconnect,
    admission: spec?.admission,
    proxyProtocol: spec?.proxyProtocol,
  };
}

function activeCheck(
  active: NonNullable<PolicyHealthCheck['active']>,
  host: string | undefined,
): HealthCheck {
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
          method: checker.method,
          statuses: statuses.length > 0 ? statuses : [200],
          retriableStatuses: ascending(checker.retriableStatuses),
          send: checker.requestBody,
          body: checker.expectedResponse,
        },
      };
    }
    case 'TCP':
      return { ...common, check: { kind: 'tcp', send: checker.send, receive: checker.receive } };
    case 'GRPC':
      return { ...common, check: { kind: 'grpc', service: checker.service } };
  }
}

const ascending = (statuses: readonly number[]): number[] => [...new Set(statuses)].sort((a, b) => a - b);

const HOUR_MS = 3_600_000;

/**
 * The route's timeouts come before the policy's. If the policy sets no idle timeout (streamIdleTimeout),
 * Envoy's is raised to at least the request timeout.
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

/** WebSocket, unless requests are held until they are whole, or the policy says what. */
export const routeUpgrades = (spec: BackendTrafficPolicySpec | undefined): readonly string[] =>
  spec?.httpUpgrade ?? (spec?.handling?.bufferBytes === undefined ? ['websocket'] : []);

const DEFAULT_RETRY_ON = [
  'connect-failure',
  'refused-stream',
  'unavailable',
  'cancelled',
  'retriable-status-codes',
];
const DEFAULT_RETRY_CODES = [503];

/**
 * A rule's own retry: Gateway API wants a connection that breaks and a try that takes too long retried as
 * well (HTTPRouteRetry, GEP-1731: "connection errors"); Envoy's word for both is reset. Envoy Gateway leaves
 * it out, for policies and rules alike.
 */
const RULE_RETRY_ON = [...DEFAULT_RETRY_ON, 'reset'];

/** The rule's retry replaces the policy's as a whole. If neither is set, there are no retries. */
export function routeRetry(
  rule: RouteRule<unknown>,
  spec: BackendTrafficPolicySpec | undefined,
): Retry | undefined {
  if (rule.retry !== undefined) {
    const { codes, attempts, backoffMs } = rule.retry;
    return {
      on: RULE_RETRY_ON,
      statusCodes: codes.length > 0 ? codes : DEFAULT_RETRY_CODES,
      attempts,
      perTryTimeoutMs: rule.timeouts?.backendRequestMs,
      backoff: given(backoffMs, (baseMs) => ({ baseMs })),
    };
  }
  return given(spec?.retry, policyRetry);
}

function policyRetry({ numRetries, numAttemptsPerPriority, retryOn, perRetry }: PolicyRetry): Retry {
  const { baseIntervalMs, maxIntervalMs } = perRetry?.backOff ?? {};
  return {
    on: retryOn !== undefined && retryOn.triggers.length > 0 ? retryOn.triggers : DEFAULT_RETRY_ON,
    statusCodes: retryOn === undefined ? DEFAULT_RETRY_CODES : ascending(retryOn.httpStatusCodes),
    attempts: numRetries,
    // 0 is as if not given.
    attemptsPerPriority: numAttemptsPerPriority || undefined,
    perTryTimeoutMs: perRetry?.timeoutMs,
    backoff:
      baseIntervalMs === undefined && maxIntervalMs === undefined
        ? undefined
        : { baseMs: baseIntervalMs, maxMs: maxIntervalMs },
  };
}
