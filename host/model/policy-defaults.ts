/**
 * The defaults of BackendTrafficPolicy's CRD (Envoy Gateway v1.9), in the API's own words: the one place
 * where they are written. The readers of the schema, mergeType and docs/API.md take them from here. A leaf
 * holds where the object exists and lacks it.
 */
export const POLICY_DEFAULTS = {
  loadBalancer: {
    consistentHash: { tableSize: 65_537 },
    backendUtilization: { keepResponseHeaders: false },
  },
  retry: { numRetries: 2 },
  circuitBreaker: {
    maxConnections: 1024,
    maxPendingRequests: 1024,
    maxParallelRequests: 1024,
    maxParallelRetries: 1024,
    perEndpoint: { maxConnections: 1024 },
    retryBudget: { percent: { denominator: 100 } },
  },
  faultInjection: { delay: { percentage: 100 }, abort: { percentage: 100 } },
  healthCheck: {
    active: { timeout: '1s', interval: '3s', unhealthyThreshold: 3, healthyThreshold: 1 },
    passive: {
      splitExternalLocalOriginErrors: false,
      interval: '3s',
      consecutiveLocalOriginFailures: 5,
      consecutive5XxErrors: 5,
      baseEjectionTime: '30s',
      maxEjectionPercent: 10,
      alwaysEjectOneEndpoint: false,
    },
  },
} as const;
