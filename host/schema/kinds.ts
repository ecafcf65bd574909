/** All kinds that are translated, one file each. */
import { backend } from './backend.ts';
import { backendTlsPolicy } from './backend-tls-policy.ts';
import { clientTrafficPolicy } from './clients/client-traffic-policy.ts';
import { configMap } from './config-map.ts';
import { tcpRoute, tlsRoute, udpRoute } from './connection-route.ts';
import { endpointSlice } from './endpoint-slice.ts';
import { envoyProxy } from './envoy-proxy.ts';
import { gateway } from './gateway.ts';
import { gatewayClass } from './gateway-class.ts';
import { grpcRoute } from './grpc-route.ts';
import { httpRoute } from './http-route.ts';
import { httpRouteFilter } from './http-route-filter.ts';
import { listenerSet } from './listener-set.ts';
import { namespace } from './namespace.ts';
import { backendTrafficPolicy } from './policy/backend-traffic-policy.ts';
import { referenceGrant } from './reference-grant.ts';
import { secret } from './secret.ts';
import { securityPolicy } from './security/security-policy.ts';
import { service } from './service.ts';
import type { Kind } from './words/kind.ts';

export const kinds: readonly Kind[] = [
  gatewayClass,
  envoyProxy,
  gateway,
  listenerSet,
  httpRoute,
  grpcRoute,
  tlsRoute,
  tcpRoute,
  udpRoute,
  service,
  endpointSlice,
  backend,
  backendTrafficPolicy,
  clientTrafficPolicy,
  securityPolicy,
  referenceGrant,
  namespace,
  secret,
  configMap,
  backendTlsPolicy,
  httpRouteFilter,
];
