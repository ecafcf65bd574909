/** All tests of the suite, in the order of its file names within a group. */
import { backendTls } from './cases/backend-tls.ts';
import { clients } from './cases/clients.ts';
import { corsFilter } from './cases/cors.ts';
import { forwarding } from './cases/forwarding.ts';
import { gatewayProof } from './cases/gateway-proof.ts';
import { gateways } from './cases/gateways.ts';
import { grpc } from './cases/grpc.ts';
import { headers } from './cases/headers.ts';
import { hosts } from './cases/hosts.ts';
import { https } from './cases/https.ts';
import { listenerSetConflicts } from './cases/listener-set-conflicts.ts';
import { listenerSets } from './cases/listener-sets.ts';
import { matching } from './cases/matching.ts';
import { redirects } from './cases/redirects.ts';
import { references } from './cases/references.ts';
import { rewrites } from './cases/rewrites.ts';
import { tcpRoutes } from './cases/tcp.ts';
import { tlsRoutes } from './cases/tls-routes.ts';
import { udpRoutes } from './cases/udp.ts';
import type { Trial } from './words.ts';

export const trials: readonly Trial[] = [
  ...matching,
  ...hosts,
  ...references,
  ...headers,
  ...redirects,
  ...rewrites,
  ...forwarding,
  ...https,
  ...corsFilter,
  ...grpc,
  ...gateways,
  ...clients,
  ...gatewayProof,
  ...backendTls,
  ...tcpRoutes,
  ...tlsRoutes,
  ...udpRoutes,
  ...listenerSets,
  ...listenerSetConflicts,
];
