/**
 * What a backendRef leads to, as far as Services and Backends have it in common: the result, the protocol
 * that a port asks for, and the results that are none.
 */
import type { ResourceName } from '../../diagnostics/diagnostic.ts';
import { isConnectionRoute, type RouteKind } from '../../model/groups.ts';
import type { BackendTls, PoolEndpoint, PortOfService, ZonePreference } from '../types.ts';

export interface Destination {
  /**
   * `Service default/shop:3000`, `Backend default/shop`: what the reference names, whatever answers there
   * now.
   */
  readonly backend?: string;
  /** The same of a Service, in parts. */
  readonly servicePort?: PortOfService;
  readonly endpoints: readonly ZonedEndpoint[];
  /** Names, not addresses: found by DNS at run time. */
  readonly dns: boolean;
  /** tcp: whole connections, whatever they carry. */
  readonly protocol: 'http1' | 'http2' | 'tcp';
  /** WebSocket backends use HTTP/1.1, even if other backends of the rule use HTTP/2. */
  readonly onlyHttp1: boolean;
  readonly priority: 0 | 1;
  /** Absent: plain text. */
  readonly tls?: BackendTls;
  /** The Service itself asks for the local zone (spec.trafficDistribution, topology-mode). */
  readonly preferLocal?: ZonePreference;
  readonly problem?: BackendProblem;
  /** The Service's own address, for routingType: Service; a headless Service has none. */
  readonly service?: readonly ZonedEndpoint[];
}
export interface ZonedEndpoint {
  readonly zone: string;
  readonly endpoint: PoolEndpoint;
}
/** `empty`: a valid reference without endpoints (503); otherwise the reference is not valid (500). */
interface BackendProblem {
  readonly kind: 'invalid' | 'empty';
  readonly reason: string;
  readonly message: string;
  /** What is not in the input. */
  readonly missing?: ResourceName;
}

/**
 * GRPCRoutes speak HTTP/2; HTTPRoutes do where the port says so (KEP-3726 names and those of Envoy Gateway).
 */
export function protocolOf(
  appProtocols: readonly string[],
  kind: RouteKind,
): Pick<Destination, 'protocol' | 'onlyHttp1'> {
  if (isConnectionRoute(kind)) return { protocol: 'tcp', onlyHttp1: false };
  const http2 = kind === 'GRPCRoute' || appProtocols.some((p) => HTTP2_NAMES.has(p));
  return {
    protocol: http2 ? 'http2' : 'http1',
    onlyHttp1: !http2 && appProtocols.some((p) => WEBSOCKET_NAMES.has(p)),
  };
}
const HTTP2_NAMES: ReadonlySet<string> = new Set(['kubernetes.io/h2c', 'gateway.envoyproxy.io/h2c', 'grpc']);
const WEBSOCKET_NAMES: ReadonlySet<string> = new Set([
  'kubernetes.io/ws',
  'kubernetes.io/wss',
  'gateway.envoyproxy.io/ws',
  'gateway.envoyproxy.io/wss',
]);

const nowhere: Destination = {
  endpoints: [],
  dns: false,
  protocol: 'http1',
  onlyHttp1: false,
  priority: 0,
};
export const empty = (message: string, missing?: ResourceName): Destination => ({
  ...nowhere,
  problem: { kind: 'empty', reason: 'EndpointsNotFound', message, missing },
});
export const invalid = (reason: string, message: string, missing?: ResourceName): Destination => ({
  ...nowhere,
  problem: { kind: 'invalid', reason, message, missing },
});
