/**
 * The plan: what shall listen, match, balance and be sent where, in words of the field. Two things are
 * borrowed: `From.kind` is a kind of Kubernetes, `Retry.on` holds words of Envoy. Every part says where it
 * comes from (`from`), so that explain and messages can point at the manifest. Plain data in a fixed
 * order: equal input gives equal bytes.
 */
import type { Authorization, Handling, HostSource, PatternEdit } from '../model/resources.ts';
import type { ClientProof, ListenerClients, SocketSettings } from './client-types.ts';
import type { From, Pool } from './pool-types.ts';
import type { Authority } from './tls/authorities.ts';
import type { ServerCertificate } from './tls/server-certificate.ts';

export type {
  ApiKeyAuth,
  Authorization,
  AuthorizationAction,
  AuthorizationRule,
  Bandwidth,
  BasicAuth,
  Compressor,
  Csrf,
  Fault,
  GlobalRule,
  Handling,
  HostSource,
  Injection,
  LimitMatch,
  LimitRule,
  LimitTest,
  LimitValue,
  LocalLimit,
  ResponseOverride,
  Session,
} from '../model/resources.ts';
export type * from './client-types.ts';
export type * from './pool-types.ts';
export type { Authority, ServerCertificate };

export interface Plan {
  /** By age and name of the Gateways, then in the order of their listeners. */
  readonly listeners: readonly Listener[];
  /** In the order of the first route that uses each. */
  readonly pools: readonly Pool[];
  /** In the order of the first listener that serves each; then those that backends are shown. */
  readonly certificates: readonly ServerCertificate[];
  /** Whom backends are verified by, in the order of the first reference to each. */
  readonly authorities: readonly Authority[];
}

/**
 * What serves requests of one kind of connection. In plain text that is a port: several Gateway listeners
 * that share it become several entries of `virtualHosts`. With TLS it is one Gateway listener: several have
 * one address and port, and the connection's server name (SNI) says which it is for.
 */
export interface Listener {
  /** `<gateway namespace>/<gateway>/<listener>`, as Envoy Gateway names it. */
  readonly name: string;
  /** The Gateway's first, or that of all interfaces. */
  readonly address: string;
  readonly moreAddresses?: readonly string[];
  /** The bound port: 10000 more if it is below 1024. */
  readonly port: number;
  /** As the manifest has it, where it is bound elsewhere. */
  readonly declaredPort?: number;
  /** Empty where it passes connections on. */
  readonly virtualHosts: readonly VirtualHost[];
  /** TLS ends here; absent: plain text, or TLS that is passed on (`connections`). */
  readonly tls?: ListenerTls;
  /** Present: no request is read, whole connections go to a backend. */
  readonly connections?: Connections;
  /** Absent: as without a ClientTrafficPolicy. */
  readonly clients?: ListenerClients;
  /** The same for all that share its port. */
  readonly socket?: SocketSettings;
  readonly from: From;
}

export interface ListenerTls {
  /**
   * As `www.example.com` or `*.example.com`; undefined: any, and connections without one. Where connections
   * are passed on, their routes say it.
   */
  readonly serverName?: string;
  /** Names in Plan.certificates; at least one. */
  readonly certificates: readonly string[];
  /** Absent: clients are not asked for a certificate. */
  readonly proof?: ClientProof;
}

/**
 * What becomes of the connections of a listener: of protocol TCP, or TLS that ends here or at the backend; or
 * of its datagrams.
 */
export interface Connections {
  readonly kind: 'tcp' | 'udp' | 'tls-passthrough' | 'tls-terminate';
  /** What none of them is for is closed. */
  readonly routes: readonly ConnectionRoute[];
}

export interface ConnectionRoute {
  /** `<kind>/<ns>/<route>`, as Envoy Gateway names it. */
  readonly name: string;
  /** Connections with one of these server names (SNI); empty: any, and those without one. */
  readonly serverNames: readonly string[];
  /** As ForwardAction.to; connections of a share without a pool are closed. */
  readonly to: readonly { readonly pool: string | null; readonly weight: number }[];
  /** All of them are closed: why. */
  readonly closed?: string;
  /** By the client's address, or none. */
  readonly hash: readonly Extract<HashKey, { readonly kind: 'source-ip' }>[];
  /** By addresses alone: whose connections are closed; absent: nobody's. */
  readonly authorization?: Authorization;
  readonly from: From;
  readonly policy?: PolicyInForce;
  /** The SecurityPolicy that holds here, if any. */
  readonly security?: PolicyInForce;
}

export interface VirtualHost {
  /** `<listener>/<domain with dots as underscores>`. */
  readonly name: string;
  readonly domains: readonly string[];
  /** In matching order. */
  readonly routes: readonly Route[];
}

/** `suffix`: what the value ends with. */
export interface TextMatch {
  readonly kind: 'exact' | 'suffix' | 'regex';
  readonly name: string;
  readonly value: string;
}
export interface RouteMatch {
  readonly path:
    | { readonly kind: 'exact'; readonly value: string }
    | { readonly kind: 'regex'; readonly value: string }
    /** Matches whole path segments; `/` matches all. */
    | { readonly kind: 'prefix'; readonly value: string };
  /** Method is among them, as `:method`. */
  readonly headers: readonly TextMatch[];
  readonly query: readonly TextMatch[];
  /** Absent: none is asked for. */
  readonly cookies?: readonly TextMatch[];
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
  readonly policy?: PolicyInForce;
  /** The SecurityPolicy that holds here, if any. */
  readonly security?: PolicyInForce;
  /** What these policies ask for besides choosing a host. */
  readonly handling?: Handling;
  /** The name of the Gateway listener that it is served on; where it is limited globally. */
  readonly section?: string;
}

/** The policy that holds on a route of a listener, and what became there of the others. */
export interface PolicyInForce extends From {
  /** The policy above it, with which it is merged. */
  readonly mergedWith?: From;
  /** Policies of the route, its listener or Gateway that would hold without it; nearest first. */
  readonly overrides: readonly From[];
  readonly rejected: readonly RejectedPolicy[];
}
/** A policy for the route, its listener or Gateway that is not accepted there. */
export interface RejectedPolicy {
  readonly policy: From;
  /** As its status says. */
  readonly because: string;
}

export type RouteAction =
  | ForwardAction
  | {
      readonly kind: 'respond';
      readonly status: number;
      readonly because: string;
      /** May hold operators of Envoy, as `%REQ(x-user)%`. */
      readonly body?: string;
    }
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
  | { readonly kind: 'prefix'; readonly from: string; readonly value: string }
  | ({ readonly kind: 'pattern' } & PatternEdit);

export interface ForwardAction {
  readonly kind: 'forward';
  /**
   * One entry: all requests go to that pool. Several: split by weight. `pool` is null for a share that cannot
   * be served (`missingStatus`).
   */
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
  readonly rewrite?: {
    readonly host?: string;
    /** In place of `host`. */
    readonly hostFrom?: HostSource;
    /** The Host of the client is not told in x-forwarded-host. */
    readonly unsaid?: true;
    readonly path?: PathEdit;
  };
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
  /** After this many tries, continue with the next priority (fallback backends). */
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
