/** BackendTrafficPolicy (Envoy Gateway v1alpha1): its targets, the load balancer, and our annotations. */
import type { Handling } from './policy-handling.ts';
import type { AdmissionControl } from './policy-limits.ts';
import type {
  CircuitBreaker,
  DnsLookup,
  Http2,
  PolicyConnection,
  PolicyHealthCheck,
  PolicyRetry,
  PolicyTimeout,
  ProxyVersion,
  TcpKeepalive,
} from './policy-traffic.ts';
import type { LabelSelector, Resource } from './resource.ts';

interface PolicyTargetRef {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  readonly sectionName?: string;
}
export interface PolicyTargetSelector extends LabelSelector {
  readonly group: string;
  readonly kind: string;
  readonly namespaces: { readonly from: 'All' | 'Same' | 'Selector'; readonly selector?: LabelSelector };
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

/** What a policy is for. */
export interface PolicyTargets {
  readonly targetRefs: readonly PolicyTargetRef[];
  /** True when the deprecated spec.targetRef was used (it is in targetRefs too). */
  readonly deprecatedTargetRef: boolean;
  readonly targetSelectors: readonly PolicyTargetSelector[];
}

export interface BackendTrafficPolicySpec extends PolicyTargets {
  readonly mergeType?: string;
  readonly loadBalancer?: LoadBalancer;
  readonly retry?: PolicyRetry;
  readonly timeout?: PolicyTimeout;
  readonly healthCheck?: PolicyHealthCheck;
  readonly circuitBreaker?: CircuitBreaker;
  readonly maxRequestsPerConnection?: number;
  readonly connection?: PolicyConnection;
  readonly dns?: DnsLookup;
  readonly tcpKeepalive?: TcpKeepalive;
  readonly http2?: Http2;
  /** Instead of `websocket` alone; each once. */
  readonly httpUpgrade?: readonly string[];
  readonly useClientProtocol?: boolean;
  /** Service: requests go to the Service's own address, so Envoy does not choose the host. */
  readonly routingType?: 'Endpoint' | 'Service';
  readonly handling?: Handling;
  readonly admission?: AdmissionControl;
  /** Connections to hosts begin with a PROXY header of this version. */
  readonly proxyProtocol?: ProxyVersion;
  /**
   * The spec as written (plain values), for mergeType: the merge works on what the user wrote, then is read
   * again.
   */
  readonly raw: Readonly<Record<string, unknown>>;
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
  /** Response header that tells where a key went, and why. */
  readonly reasonHeader?: string;
}

/** What mergeType makes of a policy and the policy above it. */
export type MergedSpec<Spec = BackendTrafficPolicySpec> =
  | { readonly kind: 'merged'; readonly spec: Spec }
  /** The result is not valid; in the words of the status. */
  | { readonly kind: 'invalid'; readonly messages: readonly string[] }
  /** The mergeType is unknown. */
  | { readonly kind: 'unsupported'; readonly message: string };
/** Merges `child` over `parent` by the child's mergeType. */
export type MergeSpecs<P extends { readonly spec: unknown } = BackendTrafficPolicy> = (
  parent: P,
  child: P,
) => MergedSpec<P['spec']>;

export type BackendTrafficPolicy = Resource<'BackendTrafficPolicy', BackendTrafficPolicySpec> & {
  /**
   * Values that an API server accepts and that cannot be translated (a table size that is not prime). The
   * policy counts as attached, is `Accepted=False Invalid` with these messages, and its routes answer 500.
   * Each also has an error diagnostic.
   */
  readonly invalid: readonly string[];
  readonly sticky?: StickySpec;
};
