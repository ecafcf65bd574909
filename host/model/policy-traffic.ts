/** The fields of BackendTrafficPolicy beside the load balancer. */

export interface PolicyRetry {
  readonly numRetries?: number;
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
export interface PolicyHealthCheck {
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
          readonly method?: string;
          readonly hostname?: string;
          readonly expectedStatuses: readonly number[];
          readonly expectedResponse?: { readonly type: 'Text' | 'Binary'; readonly value: string };
          readonly retriableStatuses: readonly number[];
          readonly requestBody?: { readonly type: 'Text' | 'Binary'; readonly value: string };
        }
      | {
          readonly type: 'TCP';
          readonly send?: { readonly type: 'Text' | 'Binary'; readonly value: string };
          readonly receive?: { readonly type: 'Text' | 'Binary'; readonly value: string };
        }
      | { readonly type: 'GRPC'; readonly service?: string };
  };
  readonly passive?: {
    readonly splitExternalLocalOriginErrors: boolean;
    readonly consecutiveLocalOriginFailures?: number;
    readonly consecutiveGatewayErrors?: number;
    readonly consecutive5XxErrors?: number;
    readonly intervalMs?: number;
    readonly baseEjectionTimeMs?: number;
    readonly maxEjectionPercent?: number;
    readonly failurePercentageThreshold?: number;
    readonly alwaysEjectOneEndpoint?: boolean;
  };
}
export interface PolicyCircuitBreaker {
  readonly maxConnections?: number;
  readonly maxPendingRequests?: number;
  readonly maxParallelRequests?: number;
  readonly maxParallelRetries?: number;
  readonly maxRequestsPerConnection?: number;
  readonly perEndpoint?: { readonly maxConnections?: number };
  readonly retryBudget?: {
    /** Of the active and pending requests. */
    readonly percent: number;
    readonly minRetryConcurrency?: number;
  };
}
export interface PolicyConnection {
  readonly bufferLimitBytes?: number;
  /** Percent of what the active requests need: 100 is none ahead. */
  readonly preconnect?: { readonly perEndpointPercent?: number; readonly predictivePercent?: number };
}
export interface PolicyDns {
  readonly refreshMs?: number;
  readonly respectDnsTtl?: boolean;
  readonly lookupFamily?: 'IPv4' | 'IPv6' | 'IPv4Preferred' | 'IPv6Preferred' | 'IPv4AndIPv6';
}
export interface PolicyTcpKeepalive {
  readonly probes?: number;
  readonly idleTimeMs?: number;
  readonly intervalMs?: number;
}
export interface PolicyHttp2 {
  /** Bytes. */
  readonly initialStreamWindowSize?: number;
  readonly initialConnectionWindowSize?: number;
  readonly maxConcurrentStreams?: number;
  readonly onInvalidMessage?: 'TerminateConnection' | 'TerminateStream';
  readonly connectionKeepalive?: {
    readonly timeoutMs: number;
    readonly intervalMs?: number;
    readonly intervalJitterPercent?: number;
    readonly idleIntervalMs?: number;
  };
}
