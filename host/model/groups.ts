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

/** Those that a listener of protocol HTTP takes. */
export const ROUTE_KINDS = ['HTTPRoute', 'GRPCRoute'] as const;
