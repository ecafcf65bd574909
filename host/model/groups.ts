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

/** Of listeners that are served. */
export const SERVED_PROTOCOLS = ['HTTP', 'HTTPS'] as const;
export const isServedProtocol = (protocol: string): boolean =>
  (SERVED_PROTOCOLS as readonly string[]).includes(protocol);

/** Those that a listener of these protocols takes. */
export const ROUTE_KINDS = ['HTTPRoute', 'GRPCRoute'] as const;
