/**
 * The typed resources that the plan is built from: what the schema makes of each document, with defaults filled in and
 * every union already checked (Gateway API v1, Envoy Gateway v1alpha1, core/v1, discovery/v1). Field names are the API's.
 */
import type { Locate } from '../diagnostics/diagnostic.ts';

export type { Locate };

export interface Metadata {
  readonly name: string;
  /** `default` when the manifest has none; empty for cluster-scoped kinds. */
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** RFC 3339, or undefined: a manifest on disk seldom has one. */
  readonly creationTimestamp?: string;
}

export interface Resource<K extends string, S> {
  readonly kind: K;
  readonly apiVersion: string;
  readonly metadata: Metadata;
  readonly spec: S;
  readonly at: Locate;
  /** Position of the document in the input (file order, then document order): the last tie-breaker of precedence. */
  readonly order: number;
}

export type GatewayClass = Resource<'GatewayClass', { readonly controllerName: string }>;

export interface ListenerSpec {
  readonly name: string;
  readonly port: number;
  /** Only `HTTP` is served. */
  readonly protocol: string;
  readonly hostname?: string;
  readonly allowedRoutes?: {
    readonly namespaces?: {
      readonly from: 'All' | 'Same' | 'Selector' | 'None';
      readonly selector?: LabelSelector;
    };
    readonly kinds?: readonly { readonly group?: string; readonly kind: string }[];
  };
}
export type Gateway = Resource<
  'Gateway',
  {
    readonly gatewayClassName: string;
    readonly listeners: readonly ListenerSpec[];
  }
>;

export interface ParentRef {
  readonly group: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly sectionName?: string;
  readonly port?: number;
}

export type PathMatch = {
  readonly type: 'Exact' | 'PathPrefix' | 'RegularExpression';
  readonly value: string;
};
export type ValueMatch = {
  readonly type: 'Exact' | 'RegularExpression';
  readonly name: string;
  readonly value: string;
};
export interface HTTPRouteMatch {
  readonly path: PathMatch;
  readonly headers: readonly ValueMatch[];
  readonly queryParams: readonly ValueMatch[];
  readonly method?: string;
}
export interface GRPCRouteMatch {
  readonly method?: {
    readonly type: 'Exact' | 'RegularExpression';
    readonly service?: string;
    readonly method?: string;
  };
  readonly headers: readonly ValueMatch[];
}

export interface HeaderModifier {
  readonly set: readonly { readonly name: string; readonly value: string }[];
  readonly add: readonly { readonly name: string; readonly value: string }[];
  readonly remove: readonly string[];
}
export type PathModifier =
  | { readonly type: 'ReplaceFullPath'; readonly replaceFullPath: string }
  | { readonly type: 'ReplacePrefixMatch'; readonly replacePrefixMatch: string };
export type RouteFilter =
  | { readonly type: 'RequestHeaderModifier'; readonly requestHeaderModifier: HeaderModifier }
  | { readonly type: 'ResponseHeaderModifier'; readonly responseHeaderModifier: HeaderModifier }
  | {
      readonly type: 'RequestRedirect';
      readonly requestRedirect: {
        readonly scheme?: 'http' | 'https';
        readonly hostname?: string;
        readonly path?: PathModifier;
        readonly port?: number;
        readonly statusCode: 301 | 302 | 303 | 307 | 308;
      };
    }
  | {
      readonly type: 'URLRewrite';
      readonly urlRewrite: { readonly hostname?: string; readonly path?: PathModifier };
    }
  | {
      readonly type: 'RequestMirror';
      readonly requestMirror: {
        readonly backendRef: BackendObjectRef;
        readonly percent?: number;
        readonly fraction?: { readonly numerator: number; readonly denominator: number };
      };
    };

export interface BackendObjectRef {
  /** '' for Service, 'gateway.envoyproxy.io' for Backend. */
  readonly group: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly port?: number;
}
export interface BackendRef extends BackendObjectRef {
  readonly weight: number;
  readonly filters: readonly RouteFilter[];
}

export interface RouteRule<M> {
  readonly name?: string;
  readonly matches: readonly M[];
  readonly filters: readonly RouteFilter[];
  readonly backendRefs: readonly BackendRef[];
  /** Durations in the API are GEP-2257 strings; here milliseconds. */
  readonly timeouts?: { readonly requestMs?: number; readonly backendRequestMs?: number };
  readonly retry?: {
    readonly codes: readonly number[];
    readonly attempts?: number;
    readonly backoffMs?: number;
  };
}
export interface RouteSpec<M> {
  readonly parentRefs: readonly ParentRef[];
  readonly hostnames: readonly string[];
  readonly rules: readonly RouteRule<M>[];
}
export type HTTPRoute = Resource<'HTTPRoute', RouteSpec<HTTPRouteMatch>>;
export type GRPCRoute = Resource<'GRPCRoute', RouteSpec<GRPCRouteMatch>>;

export interface ServicePort {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
  readonly appProtocol?: string;
  readonly targetPort?: number | string;
}
export type Service = Resource<
  'Service',
  {
    readonly clusterIP?: string;
    readonly ports: readonly ServicePort[];
    readonly trafficDistribution?: string;
    /** Of type ExternalName: a name elsewhere, without endpoints. */
    readonly external?: true;
  }
>;

export interface Endpoint {
  readonly addresses: readonly string[];
  readonly zone?: string;
  readonly conditions: {
    readonly ready?: boolean;
    readonly serving?: boolean;
    readonly terminating?: boolean;
  };
}
/** An EndpointSlice has no spec in the API; its top-level fields stand here under `spec` and are located without it. */
export type EndpointSlice = Resource<
  'EndpointSlice',
  {
    /** From the label kubernetes.io/service-name. */
    readonly serviceName?: string;
    readonly addressType: 'IPv4' | 'IPv6' | 'FQDN';
    readonly ports: readonly {
      readonly name: string;
      readonly port?: number;
      readonly protocol: string;
      readonly appProtocol?: string;
    }[];
    readonly endpoints: readonly Endpoint[];
  }
>;

/** `endpointHostname`: the endpoint's own field, beside that of fqdn. */
export type BackendEndpoint = { readonly zone?: string; readonly endpointHostname?: string } & (
  | { readonly kind: 'ip'; readonly address: string; readonly port: number }
  | { readonly kind: 'fqdn'; readonly hostname: string; readonly port: number }
);
export type Backend = Resource<
  'Backend',
  {
    readonly endpoints: readonly BackendEndpoint[];
    readonly appProtocols: readonly string[];
    readonly fallback: boolean;
    /** It has Unix sockets, which are not in endpoints: Envoy Gateway refuses a reference to such a Backend. */
    readonly unixSockets?: true;
  }
>;

export type ReferenceGrant = Resource<
  'ReferenceGrant',
  {
    readonly from: readonly { readonly group: string; readonly kind: string; readonly namespace: string }[];
    readonly to: readonly { readonly group: string; readonly kind: string; readonly name?: string }[];
  }
>;

export type Namespace = Resource<'Namespace', Record<string, never>>;

/** Kubernetes label selector. */
export interface LabelSelector {
  readonly matchLabels: Readonly<Record<string, string>>;
  readonly matchExpressions: readonly {
    readonly key: string;
    readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
    readonly values: readonly string[];
  }[];
}

export interface PolicyTargetRef {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  readonly sectionName?: string;
}
export interface PolicyTargetSelector extends LabelSelector {
  readonly group: string;
  readonly kind: string;
  /** Undefined: the policy's own namespace. */
  readonly namespaces?: { readonly from: 'All' | 'Same' | 'Selector'; readonly selector?: LabelSelector };
}

export interface CookieSpec {
  readonly name: string;
  /** Milliseconds; undefined: never generated. */
  readonly ttlMs?: number;
  /** In the order of the manifest. */
  readonly attributes: readonly { readonly name: string; readonly value: string }[];
}
export type ConsistentHashKey =
  | { readonly type: 'SourceIP' }
  | { readonly type: 'Header'; readonly header: { readonly name: string } }
  | { readonly type: 'Headers'; readonly headers: readonly { readonly name: string }[] }
  | { readonly type: 'Cookie'; readonly cookie: CookieSpec }
  | { readonly type: 'QueryParams'; readonly queryParams: readonly { readonly name: string }[] };
export interface BackendUtilizationSpec {
  readonly blackoutPeriodMs?: number;
  readonly weightExpirationPeriodMs?: number;
  readonly weightUpdatePeriodMs?: number;
  readonly errorUtilizationPenaltyPercent?: number;
  readonly metricNamesForComputingUtilization: readonly string[];
  /** Already joined from keepResponseHeaders and removeResponseHeaders; a contradiction was refused. */
  readonly keepResponseHeaders: boolean;
  readonly outOfBand?: {
    readonly reportingPeriodMs?: number;
    readonly port?: number;
    readonly authority?: string;
  };
}
export interface ZoneAware {
  readonly preferLocal?: {
    readonly minEndpointsThreshold?: number;
    readonly percentageEnabled?: number;
    readonly force?: { readonly minEndpointsInZoneThreshold?: number };
  };
  readonly weightedZones?: readonly { readonly zone: string; readonly weight: number }[];
}
export interface LoadBalancerCommon {
  readonly slowStart?: { readonly windowMs: number };
  readonly zoneAware?: ZoneAware;
  readonly endpointOverride?: { readonly extractFrom: readonly { readonly header: string }[] };
}
export type LoadBalancer = LoadBalancerCommon &
  (
    | { readonly type: 'RoundRobin' | 'Random' | 'LeastRequest' }
    | {
        readonly type: 'ConsistentHash';
        readonly consistentHash: ConsistentHashKey & { readonly tableSize: number };
      }
    | { readonly type: 'BackendUtilization'; readonly backendUtilization: BackendUtilizationSpec }
  );

export interface BackendTrafficPolicySpec {
  readonly targetRefs: readonly PolicyTargetRef[];
  /** True when the deprecated spec.targetRef was used (it is in targetRefs too). */
  readonly deprecatedTargetRef: boolean;
  readonly targetSelectors: readonly PolicyTargetSelector[];
  readonly mergeType?: string;
  readonly loadBalancer?: LoadBalancer;
  readonly retry?: PolicyRetry;
  readonly timeout?: PolicyTimeout;
  readonly healthCheck?: PolicyHealthCheck;
  readonly circuitBreaker?: PolicyCircuitBreaker;
  readonly connection?: PolicyConnection;
  readonly dns?: PolicyDns;
  readonly tcpKeepalive?: PolicyTcpKeepalive;
  readonly http2?: PolicyHttp2;
  /** Instead of `websocket` alone; each once. */
  readonly httpUpgrade?: readonly string[];
  readonly useClientProtocol?: boolean;
  /** Service: requests go to the Service's own address, and who serves them is not Envoy's choice. */
  readonly routingType?: 'Endpoint' | 'Service';
  /** The spec as written (plain values), for mergeType: the merge works on what the user wrote, then is read again. */
  readonly raw: Readonly<Record<string, unknown>>;
}
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
/** Stay on the home host until it is hot: the annotations `loadstar/*` of a ConsistentHash policy. */
export interface StickySpec {
  /** Greater than 0, at most 1. */
  readonly utilizationTarget: number;
  /** At least 1; a multiple of the mean number of requests in flight. */
  readonly loadBound: number;
  /** 1 to 8. */
  readonly maxHops: number;
  readonly metricNames: readonly string[];
  readonly reportFormat?: 'text' | 'json';
}
export type BackendTrafficPolicy = Resource<'BackendTrafficPolicy', BackendTrafficPolicySpec> & {
  /**
   * What an API server lets pass but no translation can honour (a table size that is not prime): the policy counts as attached,
   * is `Accepted=False Invalid` with these messages, and its routes answer 500. Each has an error diagnostic of its own.
   */
  readonly invalid?: readonly string[];
  readonly sticky?: StickySpec;
};

export type AnyRoute = HTTPRoute | GRPCRoute;
export type AnyResource =
  | GatewayClass
  | Gateway
  | HTTPRoute
  | GRPCRoute
  | Service
  | EndpointSlice
  | Backend
  | ReferenceGrant
  | Namespace
  | BackendTrafficPolicy;

/** Everything the user gave, one list per kind, each sorted by namespace, name and then input order; frozen. */
export interface Model {
  readonly gatewayClasses: readonly GatewayClass[];
  readonly gateways: readonly Gateway[];
  readonly httpRoutes: readonly HTTPRoute[];
  readonly grpcRoutes: readonly GRPCRoute[];
  readonly services: readonly Service[];
  readonly endpointSlices: readonly EndpointSlice[];
  readonly backends: readonly Backend[];
  readonly referenceGrants: readonly ReferenceGrant[];
  readonly namespaces: readonly Namespace[];
  readonly policies: readonly BackendTrafficPolicy[];
}
