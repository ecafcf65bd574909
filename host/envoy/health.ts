/**
 * Active health checks, outlier detection and circuit breakers of a pool, with Envoy Gateway's defaults and
 * shapes.
 */
import { given } from '../basics/collections.ts';
import type { CircuitBreaker, HealthCheck, OutlierDetection } from '../plan/types.ts';
import type { CircuitBreakersJson, OutlierDetectionJson } from '../proto/cluster_pb.js';
import type { HealthCheck_PayloadJson, HealthCheckJson } from '../proto/core_pb.js';
import type { Endpoint_HealthCheckConfigJson } from '../proto/endpoint_pb.js';
import type { Int64RangeJson } from '../proto/type_pb.js';
import { duration, optionalDuration } from './durations.ts';

/** core.v3.HealthCheck. Over TLS gRPC is agreed on by ALPN, which Envoy's checks otherwise leave out. */
export function healthCheck(check: HealthCheck, tls: boolean): HealthCheckJson {
  return {
    timeout: duration(check.timeoutMs),
    interval: duration(check.intervalMs),
    // For clusters without traffic Envoy checks once a minute by default, which suits large meshes. Here the
    // first requests would meet hosts that died within that minute. Envoy Gateway keeps the default.
    no_traffic_interval: duration(check.intervalMs),
    initial_jitter: optionalDuration(check.initialJitterMs),
    unhealthy_threshold: check.unhealthyThreshold,
    healthy_threshold: check.healthyThreshold,
    ...checker(check.check),
    tls_options: tls && check.check.kind === 'grpc' ? { alpn_protocols: ['h2'] } : undefined,
  };
}

function checker(check: HealthCheck['check']): HealthCheckJson {
  switch (check.kind) {
    case 'http':
      return {
        http_health_check: {
          host: check.host,
          path: check.path,
          method: check.method,
          expected_statuses: ranges(check.statuses),
          retriable_statuses: ranges(check.retriableStatuses),
          send: check.send === undefined ? undefined : payload(check.send),
          receive: check.body === undefined ? undefined : [payload(check.body)],
        },
      };
    case 'tcp':
      return {
        tcp_health_check: {
          send: check.send === undefined ? undefined : payload(check.send),
          receive: check.receive === undefined ? undefined : [payload(check.receive)],
        },
      };
    case 'grpc':
      return { grpc_health_check: { service_name: check.service } };
  }
}

/** Envoy wants text as hex; binary is base64 in the manifest and in Envoy's JSON alike. */
function payload(body: {
  readonly kind: 'text' | 'binary';
  readonly value: string;
}): HealthCheck_PayloadJson {
  return body.kind === 'text'
    ? { text: Buffer.from(body.value, 'utf8').toString('hex') }
    : { binary: body.value };
}

/**
 * Endpoint.HealthCheckConfig: another port than the one of requests, and the Host or :authority to ask for,
 * which is the endpoint's hostname unless the policy names one.
 */
export function endpointHealthCheck(
  check: HealthCheck | undefined,
  hostname: string | undefined,
): Endpoint_HealthCheckConfigJson | undefined {
  if (check === undefined) return undefined;
  const host = check.hostNamed ? undefined : hostname;
  return host === undefined && check.port === undefined
    ? undefined
    : { hostname: host, port_value: check.port };
}

const ranges = (statuses: readonly number[]): Int64RangeJson[] | undefined =>
  statuses.length > 0 ? statusRanges(statuses) : undefined;

/** Statuses as half-open ranges: [200, 201, 404] → 200..202, 404..405. */
export function statusRanges(statuses: readonly number[]): { start: number; end: number }[] {
  const ranges: { start: number; end: number }[] = [];
  for (const status of [...new Set(statuses)].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && last.end === status) last.end += 1;
    else ranges.push({ start: status, end: status + 1 });
  }
  return ranges;
}

/**
 * cluster.v3.OutlierDetection. Gateway failures and failure percentage count only with their `enforcing_*` at
 * 100.
 */
export function outlierDetection(outlier: OutlierDetection): OutlierDetectionJson {
  return {
    split_external_local_origin_errors: outlier.splitExternalLocalOriginErrors || undefined,
    consecutive_5xx: outlier.consecutive5xx,
    consecutive_gateway_failure: outlier.consecutiveGatewayErrors,
    enforcing_consecutive_gateway_failure: outlier.consecutiveGatewayErrors === undefined ? undefined : 100,
    consecutive_local_origin_failure: outlier.consecutiveLocalOriginFailures,
    interval: optionalDuration(outlier.intervalMs),
    base_ejection_time: optionalDuration(outlier.baseEjectionMs),
    max_ejection_percent: outlier.maxEjectionPercent,
    failure_percentage_threshold: outlier.failurePercentageThreshold,
    enforcing_failure_percentage: outlier.failurePercentageThreshold === undefined ? undefined : 100,
    always_eject_one_host: outlier.alwaysEjectOne,
  };
}

/** cluster.v3.CircuitBreakers. */
export const circuitBreakers = (breaker: CircuitBreaker): CircuitBreakersJson => ({
  thresholds: [
    {
      max_connections: breaker.maxConnections,
      max_pending_requests: breaker.maxPendingRequests,
      max_requests: breaker.maxParallelRequests,
      max_retries: breaker.maxParallelRetries,
      retry_budget: given(breaker.retryBudget, retryBudget),
    },
  ],
  per_host_thresholds: given(breaker.perHostMaxConnections, (max) => [{ max_connections: max }]),
});

/** Envoy's own default of 3 is left out of the configuration. */
const retryBudget = ({ percent, minConcurrency }: NonNullable<CircuitBreaker['retryBudget']>) => ({
  budget_percent: { value: percent },
  min_retry_concurrency: minConcurrency === 3 ? undefined : minConcurrency,
});
