/**
 * The plan: what shall listen, match, balance and be sent where, in words of the field, with neither Kubernetes nor Envoy in them.
 * Every part says where it comes from (`from`), so that explain and messages can point at the manifest. Plain data, frozen,
 * in a fixed order: equal input gives equal bytes.
 */
import type { Location } from '../diagnostics/diagnostic.ts';

/** The resource a part of the plan comes from, and where it stands. */
export interface From {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly at?: Location;
}

export interface Plan {
  /** By age and name of the Gateways, then in the order of their listeners. */
  readonly listeners: readonly Listener[];
  /** In the order of the first route that uses each. */
  readonly pools: readonly Pool[];
}

/** One port; several Gateway listeners (by hostname) that share it become several entries of `virtualHosts`. */
export interface Listener {
  /** `<gateway namespace>/<gateway>/<listener>`, as Envoy Gateway names it. */
  readonly name: string;
  readonly address: string;
  /** As bound: below 1024 becomes +10000. */
  readonly port: number;
  readonly virtualHosts: readonly VirtualHost[];
  readonly from: From;
}

export interface VirtualHost {
  /** `<listener>/<domain with dots as underscores>`. */
  readonly name: string;
  readonly domains: readonly string[];
  /** In matching order. */
  readonly routes: readonly Route[];
}

export type TextMatch = { readonly kind: 'exact' | 'regex'; readonly name: string; readonly value: string };
export interface RouteMatch {
  readonly path:
    | { readonly kind: 'exact'; readonly value: string }
    | { readonly kind: 'regex'; readonly value: string }
    /** Matches whole path segments; `/` matches all. */
    | { readonly kind: 'prefix'; readonly value: string };
  /** Method is among them, as `:method`. */
  readonly headers: readonly TextMatch[];
  readonly query: readonly TextMatch[];
  /** Only requests of content-type application/grpc. False for GRPCRoutes too: Envoy Gateway matches by path alone. */
  readonly grpc: boolean;
}

export interface HeaderEdits {
  readonly set: readonly { readonly name: string; readonly value: string }[];
  readonly add: readonly { readonly name: string; readonly value: string }[];
  readonly remove: readonly string[];
}

export interface Route {
  /** `<kind>/<ns>/<name>/rule/<i>/match/<j>/<host>`. */
  readonly name: string;
  readonly match: RouteMatch;
  readonly action: RouteAction;
  readonly requestHeaders: HeaderEdits;
  readonly responseHeaders: HeaderEdits;
  readonly from: From;
  /** The policy that holds here, if any. */
  readonly policy?: From;
}

export type RouteAction =
  | ForwardAction
  | { readonly kind: 'respond'; readonly status: number; readonly because: string }
  | {
      readonly kind: 'redirect';
      readonly status: 301 | 302 | 303 | 307 | 308;
      readonly scheme?: string;
      readonly host?: string;
      readonly port?: number;
      readonly path?: PathEdit;
    };

export type PathEdit =
  | { readonly kind: 'full'; readonly value: string }
  | { readonly kind: 'prefix'; readonly from: string; readonly value: string };

export interface ForwardAction {
  readonly kind: 'forward';
  /** One entry: all to that pool. Several: split by weight; `pool` null is a share that cannot be served (`missingStatus`). */
  readonly to: readonly {
    readonly pool: string | null;
    readonly weight: number;
    readonly requestHeaders?: HeaderEdits;
    readonly responseHeaders?: HeaderEdits;
    /** URLRewrite of the backendRef: the Host that this share sees. */
    readonly rewriteHost?: string;
  }[];
  /** True when the split is one by clusters even with a single entry (zone-aware, as Envoy Gateway does). */
  readonly split: boolean;
  /** What a share without a pool answers: 500 for an invalid reference, 503 for no endpoints. */
  readonly missingStatus: 500 | 503;
  /** The keys in order; empty: none. */
  readonly hash: readonly HashKey[];
  /** Remove load reports (ORCA headers and trailers) before the client sees them. */
  readonly stripLoadReports: boolean;
  /** Protocols that a request may upgrade to, as `websocket`. */
  readonly upgrades: readonly string[];
  readonly rewrite?: { readonly host?: string; readonly path?: PathEdit };
  readonly mirrors: readonly {
    readonly pool: string;
    readonly numerator: number;
    readonly denominator: number;
  }[];
  readonly timeouts: { readonly requestMs?: number; readonly idleMs?: number; readonly maxStreamMs?: number };
  readonly retry?: Retry;
}

export interface Retry {
  /** Envoy's retry_on words, e.g. `connect-failure`. */
  readonly on: readonly string[];
  readonly statusCodes: readonly number[];
  readonly attempts: number;
  /** After so many tries go on with the next priority (fallback backends). */
  readonly attemptsPerPriority?: number;
  readonly perTryTimeoutMs?: number;
  readonly backoff?: { readonly baseMs?: number; readonly maxMs?: number };
}

export type HashKey =
  | { readonly kind: 'header'; readonly name: string }
  | {
      readonly kind: 'cookie';
      readonly name: string;
      /** Milliseconds; undefined: never generated. */
      readonly ttlMs?: number;
      readonly attributes: readonly { readonly name: string; readonly value: string }[];
    }
  | { readonly kind: 'query'; readonly name: string }
  | { readonly kind: 'source-ip' };

/** What one rule sends to (an upstream cluster). */
export interface Pool {
  /** `<kind>/<ns>/<route>/rule/<i>` and, where split, `/backend/<j>`. */
  readonly name: string;
  readonly protocol: 'http1' | 'http2';
  /** dns: hosts are not known before run time, so the filter cannot pick among them. */
  readonly discovery: 'static' | 'dns';
  readonly localities: readonly Locality[];
  readonly balancer: Balancer;
  readonly slowStartMs?: number;
  readonly connectTimeoutMs?: number;
  readonly healthCheck?: HealthCheck;
  readonly outlierDetection?: OutlierDetection;
  /** Percent of healthy hosts below which health is ignored. */
  readonly panicThreshold?: number;
  readonly circuitBreaker?: CircuitBreaker;
  readonly idleTimeoutMs?: number;
  readonly maxConnectionDurationMs?: number;
  readonly maxRequestsPerConnection?: number;
  readonly bufferBytes?: number;
  readonly preconnect?: Preconnect;
  /** How names become addresses; only where discovery is dns. */
  readonly dns?: DnsLookup;
  readonly tcpKeepalive?: TcpKeepalive;
  /** Where HTTP/2 is spoken. */
  readonly http2?: Http2;
  /** Requests go on with the protocol they came with, whatever `protocol` says. */
  readonly clientProtocol?: true;
  /** Request headers that may name the host, in order (endpointOverride). */
  readonly overrideHeaders: readonly string[];
  readonly from: From;
  readonly policy?: From;
}

export interface Locality {
  readonly region?: string;
  readonly zone?: string;
  /** Undefined: the locality has no weight (zone-aware routing). */
  readonly weight?: number;
  /** 0 first; 1: only when no host of priority 0 can serve. */
  readonly priority: number;
  readonly endpoints: readonly PoolEndpoint[];
}
export interface PoolEndpoint {
  /** IP, or a name where discovery is dns. */
  readonly address: string;
  readonly port: number;
  readonly weight: number;
  readonly draining: boolean;
  /** What a Backend calls this endpoint: the Host that a health check without one asks for. */
  readonly hostname?: string;
}

export interface ZonePreference {
  readonly minClusterSize: number;
  readonly percentage?: number;
  readonly forceMinSize?: number;
}
export type Balancer =
  | { readonly kind: 'round-robin' | 'random' | 'least-request'; readonly zones?: ZonePreference }
  | {
      readonly kind: 'maglev';
      readonly tableSize: number;
      /** Locality (backend) weights count. */
      readonly localityWeighted: boolean;
      /** Utilization-aware: stay on the home host until it is hot (annotations loadstar/*). */
      readonly sticky?: Sticky;
    }
  | {
      readonly kind: 'utilization';
      readonly localityWeighted: boolean;
      readonly blackoutMs?: number;
      readonly expirationMs?: number;
      readonly updateMs?: number;
      /** Factor, not percent. */
      readonly errorPenalty?: number;
      readonly metricNames: readonly string[];
      readonly outOfBand?: {
        readonly periodMs?: number;
        readonly port?: number;
        readonly authority?: string;
      };
    };

export interface Sticky {
  /** 0..1, default 0.8. */
  readonly utilizationTarget: number;
  /** Bound on requests in flight, as a multiple of the mean, default 2.5. */
  readonly loadBound: number;
  readonly maxHops: number;
  readonly metricNames: readonly string[];
  /** Value of the request header endpoint-load-metrics-format that makes some servers report, when asked for. */
  readonly reportFormat?: string;
}

export interface HealthCheck {
  readonly timeoutMs: number;
  readonly intervalMs: number;
  readonly initialJitterMs?: number;
  readonly unhealthyThreshold: number;
  readonly healthyThreshold: number;
  /** Undefined: the endpoint's own. */
  readonly port?: number;
  /** The policy says for which host to ask, which an endpoint's hostname then does not change. */
  readonly hostNamed: boolean;
  readonly check:
    | {
        readonly kind: 'http';
        readonly host?: string;
        readonly path: string;
        readonly method?: string;
        readonly statuses: readonly number[];
        /** A failure like any other; without them a status that is not expected makes the host unhealthy at once. */
        readonly retriableStatuses: readonly number[];
        readonly body?: { readonly kind: 'text' | 'binary'; readonly value: string };
        readonly send?: { readonly kind: 'text' | 'binary'; readonly value: string };
      }
    | {
        readonly kind: 'tcp';
        readonly send?: { readonly kind: 'text' | 'binary'; readonly value: string };
        readonly receive?: { readonly kind: 'text' | 'binary'; readonly value: string };
      }
    | { readonly kind: 'grpc'; readonly service?: string };
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
  readonly maxParallelRetries?: number;
  readonly perHostMaxConnections?: number;
  /** Instead of maxParallelRetries: a share of the requests under way. */
  readonly retryBudget?: { readonly percent: number; readonly minConcurrency?: number };
}
export interface DnsLookup {
  readonly refreshMs?: number;
  /** Records are kept as long as they say; undefined: true. */
  readonly respectTtl?: boolean;
  readonly family: 'v4' | 'v6' | 'v4-preferred' | 'v6-preferred' | 'all';
}
export interface TcpKeepalive {
  readonly probes?: number;
  readonly idleSeconds?: number;
  readonly intervalSeconds?: number;
}
export interface Http2 {
  readonly streamWindowBytes?: number;
  readonly connectionWindowBytes?: number;
  readonly maxStreams?: number;
  /** Of a malformed message: only its stream ends, not the connection. */
  readonly resetStreamOnError?: boolean;
  readonly ping?: {
    readonly timeoutMs: number;
    readonly intervalMs?: number;
    readonly jitterPercent?: number;
    readonly idleMs?: number;
  };
}
/** Connections opened ahead of need, as a multiple of what the active requests need; 1: none. */
export interface Preconnect {
  readonly perHostRatio?: number;
  readonly predictiveRatio?: number;
}
