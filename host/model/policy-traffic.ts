/**
 * The fields of BackendTrafficPolicy beside the load balancer, with defaults filled in. Durations are
 * milliseconds. What a pool takes over as it is (CircuitBreaker, OutlierDetection, DnsLookup, TcpKeepalive,
 * Http2, Preconnect) is part of the plan too.
 */

export interface PolicyRetry {
  readonly numRetries: number;
  readonly numAttemptsPerPriority?: number;
  readonly retryOn?: { readonly triggers: readonly string[]; readonly httpStatusCodes: readonly number[] };
  readonly perRetry?: {
    readonly timeoutMs?: number;
    readonly backOff?: { readonly baseIntervalMs?: number; readonly maxIntervalMs?: number };
  };
}
export interface PolicyTimeout {
  readonly tcp?: { readonly connectTimeoutMs?: number };
  readonly http?: {
    readonly requestTimeoutMs?: number;
    readonly connectionIdleTimeoutMs?: number;
    readonly maxConnectionDurationMs?: number;
    readonly maxStreamDurationMs?: number;
    readonly streamIdleTimeoutMs?: number;
  };
}

/** Bytes to send or to expect: text, or binary as base64. */
export interface Payload {
  readonly kind: 'text' | 'binary';
  readonly value: string;
}
/** Methods of requests that Envoy checks health with. */
export type CheckMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE' | 'OPTIONS' | 'TRACE' | 'PATCH';
export interface PolicyHealthCheck {
  /** Percent of healthy hosts below which health is ignored. */
  readonly panicThreshold?: number;
  readonly active?: {
    readonly timeoutMs: number;
    readonly intervalMs: number;
    readonly initialJitterMs?: number;
    readonly unhealthyThreshold: number;
    readonly healthyThreshold: number;
    /** Asked on this port instead of the endpoint's. */
    readonly port?: number;
    readonly checker:
      | {
          readonly type: 'HTTP';
          readonly path: string;
          readonly method?: CheckMethod;
          readonly hostname?: string;
          readonly expectedStatuses: readonly number[];
          readonly expectedResponse?: Payload;
          readonly retriableStatuses: readonly number[];
          readonly requestBody?: Payload;
        }
      | { readonly type: 'TCP'; readonly send?: Payload; readonly receive?: Payload }
      | { readonly type: 'GRPC'; readonly service?: string };
  };
  readonly passive?: OutlierDetection;
}
export interface OutlierDetection {
  readonly splitExternalLocalOriginErrors: boolean;
  readonly consecutiveLocalOriginFailures?: number;
  readonly consecutiveGatewayErrors?: number;
  readonly consecutive5xx?: number;
  readonly intervalMs?: number;
  readonly baseEjectionMs?: number;
  readonly maxEjectionPercent?: number;
  readonly failurePercentageThreshold?: number;
  readonly alwaysEjectOne?: boolean;
}
export interface CircuitBreaker {
  readonly maxConnections?: number;
  readonly maxPendingRequests?: number;
  readonly maxParallelRequests?: number;
  readonly maxParallelRetries: number;
  readonly perHostMaxConnections?: number;
  /** Instead of maxParallelRetries: a share of the requests under way. */
  readonly retryBudget?: { readonly percent: number; readonly minConcurrency?: number };
}
export interface PolicyConnection {
  readonly bufferLimitBytes?: number;
  readonly preconnect?: Preconnect;
}
/** Of the PROXY protocol. */
export type ProxyVersion = 'V1' | 'V2';
/** Connections opened in advance, as a multiple of what the active requests need; 1: none in advance. */
export interface Preconnect {
  readonly perHostRatio?: number;
  readonly predictiveRatio?: number;
}
export interface DnsLookup {
  readonly refreshMs?: number;
  /** Records are kept for their TTL; undefined: true. */
  readonly respectTtl?: boolean;
  /** Undefined: Envoy Gateway's, IPv4 preferred. */
  readonly family?: 'IPv4' | 'IPv6' | 'IPv4Preferred' | 'IPv6Preferred' | 'IPv4AndIPv6';
}
/** Whole seconds, as the options of a socket. */
export interface TcpKeepalive {
  readonly probes?: number;
  readonly idleSeconds?: number;
  readonly intervalSeconds?: number;
}
export interface Http2 {
  readonly streamWindowBytes?: number;
  readonly connectionWindowBytes?: number;
  readonly maxStreams?: number;
  /** A malformed message ends only its stream, not the connection. */
  readonly resetStreamOnError?: boolean;
  readonly ping?: {
    readonly timeoutMs: number;
    readonly intervalMs?: number;
    readonly jitterPercent?: number;
    readonly idleMs?: number;
  };
}
