/**
 * The typed resources that the plan is built from: what the schema makes of each document, with defaults
 * filled in and every union already checked (Gateway API v1, Envoy Gateway v1alpha1, core/v1, discovery/v1).
 * Field names are the API's.
 */
import type { BackendTLSPolicy, ConfigMap } from './backend-tls.ts';
import type { Backend, EndpointSlice, ReferenceGrant, Service } from './backends.ts';
import type { ClientTrafficPolicy } from './client-traffic.ts';
import type { EnvoyProxy } from './envoy-proxy.ts';
import type { Gateway, GatewayClass, ListenerSet } from './gateway.ts';
import type { BackendTrafficPolicy } from './policy.ts';
import type { Protection } from './protection.ts';
import type { Namespace } from './resource.ts';
import type { HTTPRouteFilter } from './route-filter.ts';
import type { GRPCRoute, HTTPRoute, TCPRoute, TLSRoute, UDPRoute } from './routes.ts';
import type { Secret } from './secret.ts';
import type { SecurityPolicy } from './security.ts';

export type * from './backend-tls.ts';
export type * from './backends.ts';
export type * from './client-traffic.ts';
export type * from './envoy-proxy.ts';
export type * from './gateway.ts';
export type * from './policy.ts';
export type * from './policy-handling.ts';
export type * from './policy-traffic.ts';
export type * from './protection.ts';
export type * from './resource.ts';
export type * from './route-filter.ts';
export type * from './routes.ts';
export type * from './secret.ts';
export type * from './security.ts';
export type * from './session.ts';

export type AnyRoute = HTTPRoute | GRPCRoute | TLSRoute | TCPRoute | UDPRoute;
export type AnyResource =
  | EnvoyProxy
  | GatewayClass
  | Gateway
  | ListenerSet
  | HTTPRoute
  | GRPCRoute
  | TLSRoute
  | TCPRoute
  | UDPRoute
  | Service
  | EndpointSlice
  | Backend
  | ReferenceGrant
  | Namespace
  | Secret
  | ConfigMap
  | HTTPRouteFilter
  | BackendTrafficPolicy
  | BackendTLSPolicy
  | ClientTrafficPolicy
  | SecurityPolicy
  | Protection;

/**
 * Everything the user gave, one list per kind, each sorted by namespace, name and then input order; frozen.
 */
export interface Model {
  readonly gatewayClasses: readonly GatewayClass[];
  readonly envoyProxies: readonly EnvoyProxy[];
  readonly gateways: readonly Gateway[];
  readonly listenerSets: readonly ListenerSet[];
  readonly httpRoutes: readonly HTTPRoute[];
  readonly grpcRoutes: readonly GRPCRoute[];
  readonly tlsRoutes: readonly TLSRoute[];
  readonly tcpRoutes: readonly TCPRoute[];
  readonly udpRoutes: readonly UDPRoute[];
  readonly services: readonly Service[];
  readonly endpointSlices: readonly EndpointSlice[];
  readonly backends: readonly Backend[];
  readonly referenceGrants: readonly ReferenceGrant[];
  readonly namespaces: readonly Namespace[];
  readonly secrets: readonly Secret[];
  readonly configMaps: readonly ConfigMap[];
  readonly routeFilters: readonly HTTPRouteFilter[];
  readonly policies: readonly BackendTrafficPolicy[];
  readonly backendTlsPolicies: readonly BackendTLSPolicy[];
  readonly clientPolicies: readonly ClientTrafficPolicy[];
  readonly securityPolicies: readonly SecurityPolicy[];
  readonly protections: readonly Protection[];
}
