/**
 * What Envoy's connection manager makes of a request's headers before routes are matched: HTTP/1.1, with the
 * options of host/envoy/listener.ts. Spec: source/common/http/conn_manager_utility.cc (mutateRequestHeaders,
 * cleanInternalHeaders) and Utility::sanitizeConnectionHeader in utility.cc.
 */
import type { ClientSettings, Listener } from '../plan/types.ts';
import { clientAddress } from './client-address.ts';
import { earlyEdited } from './early-edits.ts';
import {
  fromLines,
  type HeaderMap,
  valuesOf,
  withAdded,
  without,
  withUnknown,
  withValue,
} from './header-map.ts';
import type { Request } from './request.ts';
import { isReferer } from './url.ts';

export type Received =
  | { readonly kind: 'request'; readonly request: Request; readonly upgrade?: string }
  /** Envoy answers by itself. */
  | { readonly kind: 'refused'; readonly status: 400 | 403; readonly because: string };

/** Where a client is when nothing is said about it. */
export const CLIENT = '127.0.0.1';

/** Of a request from outside: only Envoy itself writes these. */
const INTERNAL_HEADERS = [
  ...['x-envoy-decorator-operation', 'x-envoy-downstream-service-cluster', 'x-envoy-downstream-service-node'],
  ...['x-envoy-expected-rq-timeout-ms', 'x-envoy-force-trace', 'x-envoy-hedge-on-per-try-timeout'],
  ...['x-envoy-internal', 'x-envoy-ip-tags', 'x-envoy-max-retries', 'x-envoy-original-host'],
  ...['x-envoy-original-path', 'x-envoy-original-url', 'x-envoy-retriable-header-names'],
  ...['x-envoy-retriable-status-codes', 'x-envoy-retry-grpc-on', 'x-envoy-retry-on'],
  ...['x-envoy-upstream-alt-stat-name', 'x-envoy-upstream-rq-per-try-timeout-ms'],
  ...['x-envoy-upstream-rq-timeout-alt-response', 'x-envoy-upstream-rq-timeout-ms'],
  ...['x-envoy-upstream-stream-duration-ms', 'x-forwarded-client-cert'],
];
/** Those of them that stay where whoever connects is believed (use_remote_address: false). */
const BELIEVED: ReadonlySet<string> = new Set([
  ...['x-envoy-decorator-operation', 'x-envoy-downstream-service-cluster', 'x-envoy-downstream-service-node'],
  ...['x-envoy-original-host', 'x-envoy-original-path'],
]);
const HOP_BY_HOP = ['keep-alive', 'proxy-connection', 'transfer-encoding'];

/** @param listener That the request reaches. */
export function receive(request: Request, { clients, tls }: Pick<Listener, 'clients' | 'tls'>): Received {
  const { clientIp, headers: settings } = clients?.settings ?? {};
  const scheme = tls === undefined ? 'http' : 'https';
  const { underscores = 'RejectRequest' } = settings ?? {};
  const underscore = request.headers.find(([name]) => name.includes('_'));
  if (underscore !== undefined && underscores === 'RejectRequest') {
    const because = `header ${underscore[0]} has an underscore in its name, which Envoy refuses here`;
    return { kind: 'refused', status: 400, because };
  }
  const lines =
    underscores === 'DropHeader' ? request.headers.filter(([name]) => !name.includes('_')) : request.headers;
  const connection = sanitizeConnection(fromLines(lines));
  if (typeof connection === 'string') return { kind: 'refused', status: 400, because: connection };
  const early = earlyEdited(connection, settings);
  const peer = request.sourceIp ?? CLIENT;
  const client = clientAddress(clientIp, early, peer);
  if (client === undefined) {
    const because = `${clientIp?.kind === 'header' ? clientIp.name : 'a header'} does not say the client's address, and the listener fails closed`;
    return { kind: 'refused', status: 403, because };
  }
  const upgrade = upgradeOf(early);
  let map = without(
    upgrade === undefined ? without(early, 'connection', 'upgrade') : early,
    ...HOP_BY_HOP,
    ...INTERNAL_HEADERS.filter((name) => clientIp === undefined || !BELIEVED.has(name)),
  );
  if (upgrade !== undefined && valuesOf(map, 'content-length').length === 0)
    map = withValue(map, 'content-length', '0');
  map = sanitizeTe(map);
  if (valuesOf(map, 'referer').some((value) => !isReferer(value))) map = without(map, 'referer');
  if (valuesOf(map, 'expect')[0]?.toLowerCase() === '100-continue') map = without(map, 'expect');
  if (clientIp === undefined) {
    map = forwarded(map, client);
    map = withValue(map, 'x-forwarded-proto', scheme);
    map = withValue(map, 'x-envoy-external-address', client);
  } else {
    if (clientIp.kind === 'forwarded-for' && !clientIp.noAppend)
      map = withAdded(map, 'x-forwarded-for', peer);
    if (valuesOf(map, 'x-forwarded-proto').length === 0) map = withValue(map, 'x-forwarded-proto', scheme);
  }
  map = withRequestId(map, settings?.requestId ?? 'Generate', clientIp === undefined);
  const host = settings?.stripTrailingHostDot ? request.host.replace(/\.(?=:\d*$|$)/, '') : request.host;
  return {
    kind: 'request',
    request: { ...request, host, headers: map.pairs, unknown: map.unknown, sourceIp: client },
    upgrade,
  };
}

/** @param atEdge Whoever connects is the client: what it brings is replaced, unless it is to be kept. */
function withRequestId(
  map: HeaderMap,
  action: NonNullable<NonNullable<ClientSettings['headers']>['requestId']>,
  atEdge: boolean,
): HeaderMap {
  const generates = action === 'Generate' || action === 'PreserveOrGenerate';
  const keeps = !atEdge || action !== 'Generate';
  const has = valuesOf(map, 'x-request-id').length > 0;
  return generates && !(keeps && has)
    ? withUnknown(map, 'x-request-id', 'Envoy makes a new one for each request')
    : map;
}

/** Envoy writes its own address for a client on its own machine. */
function forwarded(map: HeaderMap, client: string): HeaderMap {
  return client === '127.0.0.1' || client === '::1'
    ? withUnknown(
        map,
        'x-forwarded-for',
        `Envoy appends an address of its own machine where the client is ${client}; give --source-ip`,
      )
    : withAdded(map, 'x-forwarded-for', client);
}

/** Names that `Connection` may hold beside header names. */
const CONNECTION_WORDS: ReadonlySet<string> = new Set(['close', 'http2-settings', 'keep-alive', 'upgrade']);
const NEVER_NOMINATED: ReadonlySet<string> = new Set([
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
]);
const MAX_NOMINATED = 10;

/** Headers that `Connection` names are for this hop only. Text: why the request is refused. */
function sanitizeConnection(map: HeaderMap): HeaderMap | string {
  const [value] = valuesOf(map, 'connection');
  if (value === undefined) return map;
  const tokens = value.split(',').filter((token) => token !== '');
  if (tokens.length >= MAX_NOMINATED) return `Connection names ${MAX_NOMINATED} headers or more`;
  let left = map;
  for (const token of tokens.map((text) => text.trim().toLowerCase())) {
    if (NEVER_NOMINATED.has(token) || token.startsWith(':')) return `Connection names ${token}`;
    if (token === 'te') left = sanitizeTe(left);
    else if (!CONNECTION_WORDS.has(token) && token !== 'connection') left = without(left, token);
  }
  return left;
}

/** Only `trailers` goes further. */
function sanitizeTe(map: HeaderMap): HeaderMap {
  const [value] = valuesOf(map, 'te');
  if (value === undefined) return map;
  const trailers = value.split(',').some((token) => token.trim().toLowerCase() === 'trailers');
  return trailers ? withValue(map, 'te', 'trailers') : without(map, 'te');
}

/** The protocol that the request asks for; h2c is no upgrade here, Envoy's codec takes it out. */
function upgradeOf(map: HeaderMap): string | undefined {
  const [upgrade] = valuesOf(map, 'upgrade');
  const tokens = (valuesOf(map, 'connection')[0] ?? '').split(',').map((token) => token.trim().toLowerCase());
  return upgrade !== undefined && upgrade.toLowerCase() !== 'h2c' && tokens.includes('upgrade')
    ? upgrade.toLowerCase()
    : undefined;
}
