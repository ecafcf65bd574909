/**
 * What people write for a field of these APIs: names of other proxies and meshes, of blogs, of older
 * versions. By the owner of the field, since `timeout` alone says nothing; what to write instead, as a
 * sentence's end.
 */
const neighbours: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  circuitBreaker: {
    maxRequests: 'maxParallelRequests',
    maxConcurrentRequests: 'maxParallelRequests',
    http2MaxRequests: 'maxParallelRequests',
    maxRetries: 'maxParallelRetries',
    maxConcurrentRetries: 'maxParallelRetries',
    http1MaxPendingRequests: 'maxPendingRequests',
    maxPending: 'maxPendingRequests',
    threshold: 'maxConnections, maxPendingRequests or maxParallelRequests',
    thresholds: 'maxConnections, maxPendingRequests and maxParallelRequests',
    consecutiveErrors: 'healthCheck.passive.consecutive5XxErrors',
    outlierDetection: 'healthCheck.passive',
  },
  retry: {
    retriableStatusCodes: 'retryOn.httpStatusCodes',
    statusCodes: 'retryOn.httpStatusCodes',
    httpStatusCodes: 'retryOn.httpStatusCodes',
    triggers: 'retryOn.triggers',
    perRetryTimeout: 'perRetry.timeout',
    perTryTimeout: 'perRetry.timeout',
    timeout: 'perRetry.timeout',
    backOff: 'perRetry.backOff',
    backoff: 'perRetry.backOff',
    attempts: 'numRetries',
    maxRetries: 'numRetries',
    retries: 'numRetries',
    count: 'numRetries',
  },
  retryOn: {
    retriableStatusCodes: 'httpStatusCodes',
    statusCodes: 'httpStatusCodes',
    codes: 'httpStatusCodes',
    conditions: 'triggers',
  },
  perRetry: {
    perTryTimeout: 'timeout',
    baseInterval: 'backOff.baseInterval',
    maxInterval: 'backOff.maxInterval',
  },
  backOff: { base: 'baseInterval', initialInterval: 'baseInterval', max: 'maxInterval' },
  timeout: {
    request: 'http.requestTimeout',
    requestTimeout: 'http.requestTimeout',
    connect: 'tcp.connectTimeout',
    connectTimeout: 'tcp.connectTimeout',
    idle: 'http.connectionIdleTimeout',
    idleTimeout: 'http.connectionIdleTimeout, or http.streamIdleTimeout for one request',
    backendRequest: 'retry.perRetry.timeout',
  },
  'timeout.http': {
    idleTimeout: 'connectionIdleTimeout, or streamIdleTimeout for one request',
    request: 'requestTimeout',
    timeout: 'requestTimeout',
    connectTimeout: 'timeout.tcp.connectTimeout',
    maxDuration: 'maxStreamDuration or maxConnectionDuration',
  },
  'active.http': {
    expectedStatus: 'expectedStatuses',
    expectedStatusCodes: 'expectedStatuses',
    host: 'hostname',
  },
  'timeout.tcp': { timeout: 'connectTimeout' },
  active: {
    path: 'http.path',
    expectedStatuses: 'http.expectedStatuses',
    periodSeconds: 'interval',
    timeoutSeconds: 'timeout',
    failureThreshold: 'unhealthyThreshold',
    successThreshold: 'healthyThreshold',
    port: 'overrides.port',
  },
  healthCheck: {
    interval: 'active.interval',
    timeout: 'active.timeout',
    path: 'active.http.path',
    http: 'active.http',
    type: 'active.type',
    unhealthyThreshold: 'active.unhealthyThreshold',
    healthyThreshold: 'active.healthyThreshold',
    outlierDetection: 'passive',
  },
  passive: {
    consecutive5xx: 'consecutive5XxErrors',
    consecutiveErrors: 'consecutive5XxErrors',
    consecutiveGatewayFailure: 'consecutiveGatewayErrors',
    maxEjectionPercentage: 'maxEjectionPercent',
    ejectionTime: 'baseEjectionTime',
  },
  loadBalancer: {
    policy: 'type',
    lbPolicy: 'type',
    algorithm: 'type',
    simple: 'type',
    hash: 'consistentHash',
    sessionAffinity: 'consistentHash with type: Cookie or SourceIP',
    sessionPersistence: 'consistentHash with type: Cookie',
    cookie: 'consistentHash.cookie',
    header: 'consistentHash.header',
    localityLbSetting: 'zoneAware',
    zones: 'zoneAware.weightedZones',
    warmup: 'slowStart.window',
  },
  consistentHash: {
    httpHeaderName: 'type: Header with header.name',
    headerName: 'type: Header with header.name',
    httpCookie: 'type: Cookie with cookie',
    cookieName: 'type: Cookie with cookie.name',
    useSourceIp: 'type: SourceIP',
    sourceIP: 'type: SourceIP',
    queryParameter: 'type: QueryParams with queryParams',
    httpQueryParameterName: 'type: QueryParams with queryParams',
    maglev: 'tableSize',
    minimumRingSize: 'tableSize',
  },
  cookie: {
    path: 'attributes.Path',
    domain: 'attributes.Domain',
    httpOnly: 'attributes.HttpOnly',
    secure: 'attributes.Secure',
    sameSite: 'attributes.SameSite',
    maxAge: 'ttl',
    lifetime: 'ttl',
  },
  slowStart: { duration: 'window', slowStartWindow: 'window' },
  tcpKeepalive: { time: 'idleTime', keepaliveTime: 'idleTime' },
  spec: {
    outlierDetection: 'healthCheck.passive',
    circuitBreakers: 'circuitBreaker',
    retries: 'retry',
    retryPolicy: 'retry',
    timeouts: 'timeout',
    sessionPersistence: 'loadBalancer with type: ConsistentHash',
    sessionAffinity: 'loadBalancer with type: ConsistentHash',
    trafficPolicy: 'loadBalancer, circuitBreaker and healthCheck themselves',
    host: 'hostnames',
    hosts: 'hostnames',
    gateways: 'parentRefs',
  },
  rules: {
    backends: 'backendRefs',
    route: 'backendRefs',
    path: 'matches[].path',
    match: 'matches',
    timeout: 'timeouts.request',
    headers: 'matches[].headers, or filters',
    rewrite: 'filters with type: URLRewrite',
    redirect: 'filters with type: RequestRedirect',
    mirror: 'filters with type: RequestMirror',
  },
  matches: { uri: 'path', prefix: 'path with type: PathPrefix', query: 'queryParams', pathPrefix: 'path' },
  path: {
    prefix: 'type: PathPrefix with value',
    exact: 'type: Exact with value',
    regex: 'type: RegularExpression with value',
  },
  backendRefs: { serviceName: 'name', service: 'name', servicePort: 'port', number: 'port' },
  parentRefs: { listener: 'sectionName', section: 'sectionName' },
};

/** @param owner Path of the mapping in which the field stands. */
export function neighbourOf(owner: readonly (string | number)[], key: string): string | undefined {
  const names = owner.filter((part) => typeof part === 'string');
  for (const name of [names.slice(-2).join('.'), names.at(-1) ?? '']) {
    const table = Object.hasOwn(neighbours, name) ? neighbours[name]! : {};
    if (Object.hasOwn(table, key)) return table[key];
  }
  return undefined;
}

/** A value of the wrong shape where the field is right: what to write, by the field's name. */
export function shapeHint(field: string, value: unknown): string | undefined {
  if (field === 'retryOn' && Array.isArray(value))
    return 'Write it as retryOn: {triggers: […], httpStatusCodes: […]}.';
  if (field === 'loadBalancer' && typeof value === 'string')
    return `Write it as loadBalancer: {type: ${value}}.`;
  const isRange = typeof value === 'object' && value !== null && 'start' in value && 'end' in value;
  if (/^(expected|retriable)Statuses/.test(field) && isRange)
    return 'Write each status code for itself: [200, 201].';
  return undefined;
}

/** `${X}`, `$(X)`, `{{ x }}`, `{x}` and `<x>`: a template that nobody has rendered. */
export const looksLikePlaceholder = (value: unknown): boolean =>
  typeof value === 'string' && /\$\{|\$\([A-Za-z_]|\{\{|^\{[A-Za-z_]+\}$|^<[^<>]+>$|%[A-Z_]+%/.test(value);
