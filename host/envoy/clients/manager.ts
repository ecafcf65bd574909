/**
 * What a ClientTrafficPolicy changes in the connection manager of a listener, and in what stands before it
 * (Envoy Gateway, addHCMToXDSListener). Fields that it does not set are left to host/envoy/listener.ts.
 */
import type { ListenerClients } from '../../plan/types.ts';
import type { HeaderMutationJson } from '../../proto/mutation_rules_pb.js';
import { any, extension } from '../any.ts';
import { duration, optionalDuration } from '../durations.ts';
import type { Extension, HttpConnectionManager, HttpFilter } from '../envoy-types.ts';
import { stringMatcher } from '../string-match.ts';
import { http2Options } from '../upstream.ts';
import { detection } from './detection.ts';
import { mutationsOf } from './header-edits.ts';

type Clients = ListenerClients | undefined;
type Settings = ListenerClients['settings'];

/** Streams of one connection, as Envoy Gateway has it. */
export const CLIENT_STREAMS = 100;

/** Fields that replace those of a listener without a policy. */
export function managerSettings(clients: Clients): Partial<HttpConnectionManager> {
  if (clients === undefined) return {};
  const { clientIp, headers, path, timeout, connection, http2, matchBackendScheme } = clients.settings;
  return defined<Partial<HttpConnectionManager>>({
    ...detection(clientIp),
    ...requestId(headers?.requestId),
    ...forwardedCertificate(headers?.clientCertificate),
    merge_slashes: path?.mergeSlashes,
    path_with_escaped_slashes_action:
      path?.escapedSlashes === undefined ? undefined : SLASHES[path.escapedSlashes],
    strip_trailing_host_dot: headers?.stripTrailingHostDot ? true : undefined,
    max_request_headers_kb: headers?.maxRequestKb,
    scheme_header_transformation: matchBackendScheme && { match_upstream: true },
    request_timeout: optionalDuration(timeout?.requestMs),
    request_headers_timeout: optionalDuration(timeout?.requestHeadersMs),
    stream_idle_timeout: optionalDuration(timeout?.streamIdleMs),
    common_http_protocol_options: defined({
      idle_timeout: optionalDuration(timeout?.idleMs),
      max_connection_duration: optionalDuration(connection?.maxDurationMs),
      max_stream_duration: optionalDuration(connection?.maxStreamMs),
      max_requests_per_connection: connection?.maxRequests,
      headers_with_underscores_action: UNDERSCORES[headers?.underscores ?? 'RejectRequest'],
    }),
    http1_safe_max_connection_duration:
      connection?.maxDurationMs === undefined || clients.settings.http1?.unsafeMaxDuration ? undefined : true,
    http_protocol_options: http1(clients),
    http2_protocol_options:
      http2 === undefined
        ? undefined
        : { ...http2Options(http2), max_concurrent_streams: http2.maxStreams ?? CLIENT_STREAMS },
  });
}

const defined = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;

const SLASHES = {
  KeepUnchanged: 'KEEP_UNCHANGED',
  RejectRequest: 'REJECT_REQUEST',
  UnescapeAndRedirect: 'UNESCAPE_AND_REDIRECT',
  UnescapeAndForward: 'UNESCAPE_AND_FORWARD',
} as const;
const UNDERSCORES = { Allow: 'ALLOW', RejectRequest: 'REJECT_REQUEST', DropHeader: 'DROP_HEADER' } as const;
const FORWARD = {
  Sanitize: 'SANITIZE',
  ForwardOnly: 'FORWARD_ONLY',
  AppendForward: 'APPEND_FORWARD',
  SanitizeSet: 'SANITIZE_SET',
  AlwaysForwardOnly: 'ALWAYS_FORWARD_ONLY',
} as const;
type HeaderSettings = NonNullable<Settings['headers']>;

const requestId = (action: HeaderSettings['requestId']): Partial<HttpConnectionManager> =>
  action === undefined
    ? {}
    : {
        generate_request_id: action === 'PreserveOrGenerate' || action === 'Generate',
        preserve_external_request_id: action === 'PreserveOrGenerate' || action === 'Preserve',
      };

function forwardedCertificate(
  certificate: HeaderSettings['clientCertificate'],
): Partial<HttpConnectionManager> {
  if (certificate === undefined) return {};
  const { mode, details } = certificate;
  return {
    forward_client_cert_details: FORWARD[mode],
    set_current_client_cert_details:
      details.length === 0
        ? undefined
        : {
            subject: details.includes('Subject') ? true : undefined,
            cert: details.includes('Cert') ? true : undefined,
            chain: details.includes('Chain') ? true : undefined,
            dns: details.includes('DNS') ? true : undefined,
            uri: details.includes('URI') ? true : undefined,
          },
  };
}

function http1({
  settings,
  http10Host,
}: ListenerClients): HttpConnectionManager['http_protocol_options'] | undefined {
  const options = settings.http1;
  if (options === undefined) return undefined;
  const { trailers, http10, preserveCase, ignoredUpgrades } = options;
  return defined({
    accept_http_10: http10 === undefined ? undefined : true,
    default_host_for_http_10: http10Host,
    header_key_format: preserveCase ? PRESERVE_CASE : undefined,
    enable_trailers: trailers ? true : undefined,
    ignore_http_11_upgrade: ignoredUpgrades.length === 0 ? undefined : ignoredUpgrades.map(stringMatcher),
  });
}

/** Edits of a request before anything else is done with it; Envoy itself would let a client's ID through. */
export const earlyEdits = (clients: Clients): HeaderMutationJson[] => {
  const { early, requestId: action } = clients?.settings.headers ?? {};
  return [...mutationsOf(early), ...(action === 'Disable' ? [{ remove: 'x-request-id' }] : [])];
};

/** Names of headers go out as they came in; both sides of Envoy have to say so. */
export const PRESERVE_CASE = {
  stateful_formatter: {
    name: 'preserve_case',
    typed_config: any(
      'envoy.extensions.http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig',
      {},
    ),
  },
};

/** HTTP filters of a listener: first in the list, for all its routes. */
export function clientFilters(clients: Clients): HttpFilter[] {
  const { healthCheckPath, headers } = clients?.settings ?? {};
  const late = mutationsOf(headers?.late);
  return [
    ...(healthCheckPath === undefined ? [] : [healthCheck(healthCheckPath)]),
    ...(late.length === 0
      ? []
      : [
          extension('envoy.extensions.filters.http.header_mutation.v3.HeaderMutation', {
            mutations: { response_mutations: late },
          }),
        ]),
  ];
}

const healthCheck = (path: string): HttpFilter =>
  extension('envoy.extensions.filters.http.health_check.v3.HealthCheck', {
    pass_through_mode: false,
    headers: [{ name: ':path', string_match: { exact: path } }],
  });

/** Until TLS stands. */
export const handshakeTimeout = (clients: Clients): string | undefined =>
  optionalDuration(clients?.settings.timeout?.tlsHandshakeMs);

/** Network filters before the connection manager, or before what forwards bytes. */
export function connectionLimit(clients: Clients, stat_prefix: string): Extension[] {
  const { limit } = clients?.settings.connection ?? {};
  if (limit === undefined) return [];
  return [
    extension('envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit', {
      stat_prefix,
      max_connections: limit.value,
      delay: limit.closeDelayMs === undefined ? undefined : duration(limit.closeDelayMs),
    }),
  ];
}
