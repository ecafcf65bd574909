/**
 * The fields of a ClientTrafficPolicy about connections and protocols: timeout, connection, path, http1
 * (timeout_types.go, connection_types.go, pathsettings_types.go, HTTP1Settings).
 */
import { given } from '../../basics/collections.ts';
import { type ClientSettings, SLASH_ACTIONS } from '../../model/client-traffic.ts';
import { quantity } from '../policy/traffic-fields.ts';
import { duration } from '../words/duration.ts';
import { asObject, type Report } from '../words/findings.ts';
import { flag, list, object, oneOf, uint32, untranslated } from '../words/shape.ts';
import { stringMatch, toStringMatch } from '../words/string-match.ts';

export const clientTimeoutSchema = object({
  tcp: object({
    idleTimeout: duration().optional(),
    tlsHandshakeTimeout: duration().optional(),
    connectionInspectionTimeout: duration().optional(),
  }).optional(),
  http: object({
    requestReceivedTimeout: duration().optional(),
    requestHeadersReceivedTimeout: duration().optional(),
    idleTimeout: duration().optional(),
    streamIdleTimeout: duration().optional(),
  }).optional(),
});

export const toClientTimeout = ({
  tcp,
  http,
}: ReturnType<typeof clientTimeoutSchema.parse>): NonNullable<ClientSettings['timeout']> => ({
  tcpIdleMs: tcp?.idleTimeout,
  tlsHandshakeMs: tcp?.tlsHandshakeTimeout,
  inspectionMs: tcp?.connectionInspectionTimeout,
  requestMs: http?.requestReceivedTimeout,
  requestHeadersMs: http?.requestHeadersReceivedTimeout,
  idleMs: http?.idleTimeout,
  streamIdleMs: http?.streamIdleTimeout,
});

export const clientConnectionSchema = object({
  connectionLimit: object({
    value: uint32(1).optional(),
    closeDelay: duration().optional(),
    maxConnectionDuration: duration().optional(),
    maxRequestsPerConnection: uint32().optional(),
    maxStreamDuration: duration().optional(),
  }).optional(),
  bufferLimit: quantity().optional(),
  // Envoy Gateway does not translate it either.
  socketBufferLimit: untranslated(),
  maxAcceptPerSocketEvent: uint32().optional(),
});

export function checkConnection(raw: unknown, report: Report): void {
  const limit = asObject(asObject(raw)?.connectionLimit);
  if (limit?.closeDelay === undefined || limit.value !== undefined) return;
  report.error(['spec', 'connection', 'connectionLimit', 'closeDelay'], {
    code: 'field-conflict',
    message: 'closeDelay stands without value.',
    rule: 'closeDelay says how long a connection above the limit is kept: it goes with value only.',
    hint: 'Add value, or remove closeDelay.',
    point: 'key',
  });
}

export const toClientConnection = ({
  connectionLimit: limit,
  bufferLimit,
  maxAcceptPerSocketEvent,
}: ReturnType<typeof clientConnectionSchema.parse>): NonNullable<ClientSettings['connection']> => ({
  limit: given(limit?.value, (value) => ({ value, closeDelayMs: limit?.closeDelay })),
  maxDurationMs: limit?.maxConnectionDuration,
  maxRequests: limit?.maxRequestsPerConnection,
  maxStreamMs: limit?.maxStreamDuration,
  bufferBytes: bufferLimit,
  maxAccept: maxAcceptPerSocketEvent,
});

export const pathSchema = object({
  escapedSlashesAction: oneOf(SLASH_ACTIONS).optional(),
  disableMergeSlashes: flag().optional(),
});

export const toPath = ({
  escapedSlashesAction,
  disableMergeSlashes,
}: ReturnType<typeof pathSchema.parse>): NonNullable<ClientSettings['path']> => ({
  escapedSlashes: escapedSlashesAction,
  mergeSlashes: given(disableMergeSlashes, (disabled) => !disabled),
});

/** Each is compiled by Envoy for each listener. */
const MOST_UPGRADES = 64;

export const http1Schema = object({
  enableTrailers: flag().optional(),
  preserveHeaderCase: flag().optional(),
  http10: object({ useDefaultHost: flag().optional() }).optional(),
  disableSafeMaxConnectionDuration: flag().optional(),
  ignoredUpgradeTypes: list(stringMatch(), 0, MOST_UPGRADES).optional(),
});

export const toHttp1 = (
  http1: ReturnType<typeof http1Schema.parse>,
): NonNullable<ClientSettings['http1']> => ({
  trailers: http1.enableTrailers ?? false,
  preserveCase: http1.preserveHeaderCase ?? false,
  http10: given(http1.http10, ({ useDefaultHost = false }) => ({ useDefaultHost })),
  unsafeMaxDuration: http1.disableSafeMaxConnectionDuration ?? false,
  ignoredUpgrades: (http1.ignoredUpgradeTypes ?? []).map(toStringMatch),
});
