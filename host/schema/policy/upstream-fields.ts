/**
 * The settings of a BackendTrafficPolicy for names, connections and protocols to the hosts: dns,
 * tcpKeepalive, http2, httpUpgrade (dns_types.go, keepalive_types.go, shared_types.go, ProtocolUpgradeConfig
 * in backendtrafficpolicy_types.go). The bounds are those beyond which Envoy refuses its configuration or the
 * kernel a connection.
 */
import { given } from '../../basics/collections.ts';
import type { DnsLookup, Http2, TcpKeepalive } from '../../model/resources.ts';
import { duration, durationBetween, parseDuration } from '../words/duration.ts';
import { asList, asObject, type Report } from '../words/findings.ts';
import { flag, integer, list, object, oneOf, text } from '../words/shape.ts';
import { quantity } from './traffic-fields.ts';

export const dnsSchema = object({
  // dns_cluster.proto: greater than 1 ms.
  dnsRefreshRate: durationBetween(2, Number.POSITIVE_INFINITY, 'a duration of at least 2ms').optional(),
  respectDnsTtl: flag().optional(),
  lookupFamily: oneOf(['IPv4', 'IPv6', 'IPv4Preferred', 'IPv6Preferred', 'IPv4AndIPv6']).optional(),
});

/**
 * Linux, tcp(7): MAX_TCP_KEEPCNT, MAX_TCP_KEEPIDLE, MAX_TCP_KEEPINTVL; whole seconds. With other values each
 * connection fails.
 */
const keepalive = () => durationBetween(1000, 32_767_000, 'a duration from 1s to 32767s');
export const tcpKeepaliveSchema = object({
  probes: integer(1, 127).optional(),
  idleTime: keepalive().optional(),
  interval: keepalive().optional(),
});

/** RFC 9113, 6.9.2: from the initial window to 2^31 - 1 bytes. */
const window = () =>
  quantity(65_535, 2_147_483_647, 'a quantity of bytes from 65535 to 2147483647, as 64Ki or 1Mi');
export const http2Schema = object({
  initialStreamWindowSize: window().optional(),
  initialConnectionWindowSize: window().optional(),
  maxConcurrentStreams: integer(1, 2_147_483_647).optional(),
  onInvalidMessage: oneOf(['TerminateConnection', 'TerminateStream']).optional(),
  connectionKeepalive: object({
    interval: duration(true).optional(),
    timeout: duration(true).optional(),
    intervalJitter: integer(0, 100, 'a percentage').optional(),
    idleInterval: duration(true).optional(),
  }).optional(),
});

export const httpUpgradeSchema = list(
  object({
    type: text({ min: 1, max: 255, pattern: /^[!-~]+$/, rule: 'a protocol, as websocket or spdy/3.1' }),
    connect: object({ terminate: flag().optional() }).optional(),
  }),
);
const isConnect = (type: unknown): boolean => String(type).toUpperCase() === 'CONNECT';

/** A tunnel has no request to balance by its path or key. */
export function checkUpgrades(raw: unknown, report: Report): void {
  for (const [i, entry] of asList(raw).entries()) {
    if (!isConnect(asObject(entry)?.type)) continue;
    report.warning(['spec', 'httpUpgrade', i, 'type'], {
      code: 'value-not-translated',
      message: 'The upgrade CONNECT is not translated: it has no effect.',
      value: asObject(entry)?.type,
      rule: 'Upgrades within a request are translated, as websocket; tunnels are not.',
    });
  }
}

/** In lower case, as Envoy compares them: it refuses a name that a route or a listener has twice. */
export function toUpgrades(upgrades: ReturnType<typeof httpUpgradeSchema.parse>): readonly string[] {
  const types = upgrades.filter(({ type }) => !isConnect(type)).map(({ type }) => type.toLowerCase());
  return [...new Set(types)];
}

/**
 * Envoy's KeepaliveSettings (protocol.proto) has no default for the timeout; the API wants it below the
 * interval.
 */
export function checkHttp2(raw: unknown, report: Report): void {
  const pings = asObject(asObject(raw)?.connectionKeepalive);
  if (pings === undefined) return;
  const path = ['spec', 'http2', 'connectionKeepalive', 'timeout'];
  if (pings.timeout === undefined) {
    report.error(path, {
      code: 'field-missing',
      message: 'connectionKeepalive.timeout is missing.',
      rule: 'Envoy must know how long to wait for the answer to a PING.',
      hint: 'Add timeout, as 5s.',
    });
    return;
  }
  const [timeout, interval] = [parseDuration(pings.timeout), parseDuration(pings.interval)];
  if (timeout === undefined || interval === undefined || timeout < interval) return;
  report.error(path, {
    code: 'value-out-of-range',
    message: `timeout must be less than interval, ${String(pings.interval)}, not ${String(pings.timeout)}.`,
    value: pings.timeout,
    rule: 'The answer to a PING is waited for until before the next one.',
  });
}

export const toDns = (dns: ReturnType<typeof dnsSchema.parse>): DnsLookup => ({
  refreshMs: dns.dnsRefreshRate,
  respectTtl: dns.respectDnsTtl,
  family: dns.lookupFamily,
});

const seconds = (ms: number): number => Math.floor(ms / 1000);

export const toTcpKeepalive = ({
  probes,
  idleTime,
  interval,
}: ReturnType<typeof tcpKeepaliveSchema.parse>): TcpKeepalive => ({
  probes,
  idleSeconds: given(idleTime, seconds),
  intervalSeconds: given(interval, seconds),
});

export const toHttp2 = (http2: ReturnType<typeof http2Schema.parse>): Http2 => ({
  streamWindowBytes: http2.initialStreamWindowSize,
  connectionWindowBytes: http2.initialConnectionWindowSize,
  maxStreams: http2.maxConcurrentStreams,
  resetStreamOnError: given(http2.onInvalidMessage, (what) => what === 'TerminateStream'),
  ping: given(http2.connectionKeepalive, (pings) => ({
    timeoutMs: pings.timeout!,
    intervalMs: pings.interval,
    jitterPercent: pings.intervalJitter,
    idleMs: pings.idleInterval,
  })),
});
