/**
 * The order of HTTP filters: Envoy Gateway's (internal/xds/translator/httpfilters.go), ours before the
 * router. So a request that is refused never reaches the filter that picks its host, and on the way back
 * load reports and the hint are removed before anything else sees the answer.
 */
import type { HttpFilter } from './envoy-types.ts';
import { SELECT, SESSION, STRIP } from './filters.ts';

/** A filter's name begins with one of these; the first that it begins with says its place. */
const ORDER = [
  'envoy.filters.http.custom_response',
  'envoy.filters.http.health_check',
  'envoy.filters.http.fault',
  'envoy.filters.http.cors',
  'envoy.filters.http.csrf',
  'envoy.filters.http.header_mutation',
  'envoy.filters.http.ext_authz',
  'envoy.filters.http.api_key_auth',
  'envoy.filters.http.basic_auth',
  'envoy.filters.http.oauth2',
  'envoy.filters.http.jwt_authn',
  'envoy.filters.http.buffer',
  'envoy.filters.http.admission_control',
  'envoy.filters.http.rbac',
  'envoy.filters.http.local_ratelimit',
  'envoy.filters.http.ratelimit',
  'envoy.filters.http.bandwidth_limit',
  'envoy.filters.http.grpc_web',
  'envoy.filters.http.credential_injector',
  'envoy.filters.http.compressor',
  STRIP,
  SELECT,
  SESSION,
  // Behind ours, and not where Envoy Gateway has it: the last filter that names a host wins, so that whoever
  // has a session keeps its host.
  'envoy.filters.http.stateful_session',
  'envoy.filters.http.dynamic_forward_proxy',
  'envoy.filters.http.router',
];

const placeOf = ({ name }: HttpFilter): number => {
  const place = ORDER.findIndex((prefix) => name.startsWith(prefix));
  if (place < 0) throw new Error(`the filter ${name} has no place`);
  return place;
};

/** Those of one place stay as they are given. */
export const inOrder = (filters: readonly HttpFilter[]): HttpFilter[] =>
  [...filters].sort((a, b) => placeOf(a) - placeOf(b));
