/** The pools of a plan: endpoints, and how requests are spread over them and sent to them. */
import type { Location } from '../diagnostics/diagnostic.ts';
import type {
  AdmissionControl,
  AltName,
  CheckMethod,
  CircuitBreaker,
  DnsLookup,
  Http2,
  OutlierDetection,
  Payload,
  Preconnect,
  ProxyVersion,
  StickySpec,
  TcpKeepalive,
  TlsParameters,
} from '../model/resources.ts';

export type {
  AdmissionControl,
  CircuitBreaker,
  DnsLookup,
  Http2,
  OutlierDetection,
  Preconnect,
  TcpKeepalive,
};

/** The resource a part of the plan comes from, and where it stands. */
export interface From {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** The name of a route's rule, if it has one. */
  readonly rule?: string;
  readonly at?: Location;
}

/** What one rule sends to (an upstream cluster). */
export interface Pool {
  /**
   * `<kind>/<ns>/<route>/rule/<i>` and, where split, `/backend/<j>`. For connections i is -1, as in Envoy
   * Gateway. After i stands `@` and a mark, where its Gateway shows a certificate.
   */
  readonly name: string;
  /** auto: what each host agrees to by ALPN; all of them have TLS. tcp: bytes, for whole connections. */
  readonly protocol: 'http1' | 'http2' | 'auto' | 'tcp';
  /** dns: hosts are known only at run time, so the filter cannot pick among them. */
  readonly discovery: 'static' | 'dns';
  readonly localities: readonly Locality[];
  readonly balancer: Balancer;
  readonly slowStartMs?: number;
  readonly connectTimeoutMs?: number;
  readonly healthCheck?: HealthCheck;
  readonly outlierDetection?: OutlierDetection;
  /** Percent of healthy hosts below which health is ignored. */
  readonly panicThreshold?: number;
  readonly circuitBreaker: CircuitBreaker;
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
  /** Where HTTP/1.1 is spoken: as the listener of the pool does. */
  readonly http1?: { readonly trailers: boolean; readonly preserveCase: boolean };
  /** Requests are refused while its hosts fail. */
  readonly admission?: AdmissionControl;
  /** Connections to its hosts begin with a PROXY header, which names the client. */
  readonly proxyProtocol?: ProxyVersion;
  /** Requests keep the protocol in which they came; `protocol` is ignored. */
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
  /** `Service default/shop:3000`: the reference that its endpoints are of. Zones of one have it in common. */
  readonly backend?: string;
  /** That it is; absent for what is no Service. */
  readonly servicePort?: PortOfService;
  /** How its endpoints are called; absent: in plain text. One object for all that are called alike. */
  readonly tls?: BackendTls;
  readonly endpoints: readonly PoolEndpoint[];
}

/** As a reference names it. */
export interface PortOfService {
  readonly namespace: string;
  readonly service: string;
  readonly port: number;
}

/** TLS to backends: whom they are asked for, and what they have to prove. */
export interface BackendTls {
  /** The server name (SNI): fixed, the Host of the request, or the endpoint's hostname. */
  readonly sni:
    | { readonly kind: 'fixed'; readonly name: string }
    | { readonly kind: 'request' }
    | { readonly kind: 'endpoint' };
  /** Whom the certificate must lead to. authority: a name in Plan.authorities. */
  readonly trust:
    | { readonly kind: 'authority'; readonly name: string; readonly sources: readonly string[] }
    | { readonly kind: 'system' }
    | { readonly kind: 'anyone' };
  /** The certificate must be for one of these; empty: for the server name. Without meaning for anyone. */
  readonly altNames: readonly AltName[];
  /** What this side shows: a name in Plan.certificates. */
  readonly certificate?: string;
  readonly parameters: TlsParameters;
}
export interface PoolEndpoint {
  /** IP, or a name where discovery is dns. */
  readonly address: string;
  readonly port: number;
  readonly weight: number;
  readonly draining: boolean;
  /**
   * It drains, but keeps its slots in the filter's table. So only its own keys move, and no others when it is
   * gone for good.
   */
  readonly keepsSlot?: true;
  /** The endpoint's hostname in its Backend: the Host of a health check that names none. */
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
      readonly sticky?: StickySpec;
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

export interface HealthCheck {
  readonly timeoutMs: number;
  readonly intervalMs: number;
  readonly initialJitterMs?: number;
  readonly unhealthyThreshold: number;
  readonly healthyThreshold: number;
  /** Undefined: the endpoint's own. */
  readonly port?: number;
  /** The policy names the Host of the check, so the endpoint's hostname is not used. */
  readonly hostNamed: boolean;
  readonly check:
    | {
        readonly kind: 'http';
        readonly host?: string;
        readonly path: string;
        readonly method?: CheckMethod;
        readonly statuses: readonly number[];
        /**
         * Statuses that count as a normal failure; any other unexpected status makes the host unhealthy at
         * once.
         */
        readonly retriableStatuses: readonly number[];
        readonly body?: Payload;
        readonly send?: Payload;
      }
    | {
        readonly kind: 'tcp';
        readonly send?: Payload;
        readonly receive?: Payload;
      }
    | { readonly kind: 'grpc'; readonly service?: string };
}
