/**
 * The names that the APIs give to themselves: groups, the controller, and the kinds of routes that are
 * served.
 */

/** Gateway API. */
export const GATEWAY_GROUP = 'gateway.networking.k8s.io';
/** Envoy Gateway's own API. */
export const ENVOY_GATEWAY_GROUP = 'gateway.envoyproxy.io';
/** As a GatewayClass names Envoy Gateway. */
export const CONTROLLER_NAME = 'gateway.envoyproxy.io/gatewayclass-controller';

/** What has listeners. */
export const OWNER_KINDS = ['Gateway', 'ListenerSet'] as const;
export const isOwnerKind = (kind: string): boolean => (OWNER_KINDS as readonly string[]).includes(kind);

/** Of listeners that are served. */
export const SERVED_PROTOCOLS = ['HTTP', 'HTTPS', 'TLS', 'TCP', 'UDP'] as const;
export const isServedProtocol = (protocol: string): boolean =>
  (SERVED_PROTOCOLS as readonly string[]).includes(protocol);

/** Those that lead requests. */
const REQUEST_ROUTES = ['HTTPRoute', 'GRPCRoute'] as const;
/** Those that lead whole connections, or datagrams. */
const CONNECTION_ROUTES = ['TLSRoute', 'TCPRoute', 'UDPRoute'] as const;
export const ROUTE_KINDS = [...REQUEST_ROUTES, ...CONNECTION_ROUTES] as const;
export type RouteKind = (typeof ROUTE_KINDS)[number];
export const isConnectionRoute = (kind: string): kind is (typeof CONNECTION_ROUTES)[number] =>
  (CONNECTION_ROUTES as readonly string[]).includes(kind);

/** Those that a listener takes, by its protocol and what it does with TLS; none: it is not served. */
export function routeKindsOf(protocol: string, mode: 'Terminate' | 'Passthrough' | undefined) {
  switch (protocol) {
    case 'HTTP':
    case 'HTTPS':
      return REQUEST_ROUTES;
    case 'TLS':
      // In Envoy Gateway's order.
      return mode === 'Passthrough' ? (['TLSRoute'] as const) : (['TCPRoute', 'TLSRoute'] as const);
    case 'TCP':
      return ['TCPRoute'] as const;
    case 'UDP':
      return ['UDPRoute'] as const;
    default:
      return [];
  }
}
