/**
 * Names and connections toward the hosts of a pool → the DNS cluster, UpstreamConnectionOptions and
 * Http2ProtocolOptions.
 */

import type { DnsLookup, Http2, TcpKeepalive } from '../plan/types.ts';
import type { UpstreamConnectionOptionsJson } from '../proto/cluster_pb.js';
import type { Http2ProtocolOptionsJson } from '../proto/core_pb.js';
import { any } from './any.ts';
import { duration, optionalDuration } from './durations.ts';

/** As Envoy Gateway: resolves again after 30 s, or after the record's TTL; IPv4 first. */
const DNS_REFRESH_MS = 30_000;
const FAMILY = {
  IPv4: 'V4_ONLY',
  IPv6: 'V6_ONLY',
  IPv4Preferred: 'V4_PREFERRED',
  // Envoy's AUTO asks for IPv6 first.
  IPv6Preferred: 'AUTO',
  IPv4AndIPv6: 'ALL',
} as const;

/** cluster_type of a pool whose hosts are names. */
export const dnsCluster = (dns: DnsLookup | undefined) => ({
  name: 'envoy.cluster.dns',
  typed_config: any('envoy.extensions.clusters.dns.v3.DnsCluster', {
    dns_refresh_rate: duration(dns?.refreshMs ?? DNS_REFRESH_MS),
    respect_dns_ttl: dns?.respectTtl === false ? undefined : true,
    dns_lookup_family: FAMILY[dns?.family ?? 'IPv4Preferred'],
  }),
});

/** cluster.v3.UpstreamConnectionOptions. */
export const connectionOptions = ({
  probes,
  idleSeconds,
  intervalSeconds,
}: TcpKeepalive): UpstreamConnectionOptionsJson => ({
  tcp_keepalive: {
    keepalive_probes: probes,
    keepalive_time: idleSeconds,
    keepalive_interval: intervalSeconds,
  },
});

/**
 * Windows of 64 KiB for a stream and 1 MiB for a connection, toward clients and upstreams alike, as Envoy
 * Gateway.
 */
export const HTTP2 = { initial_stream_window_size: 65_536, initial_connection_window_size: 1_048_576 };

/** core.v3.Http2ProtocolOptions of a pool. */
export function http2Options(http2: Http2 | undefined): Http2ProtocolOptionsJson {
  if (http2 === undefined) return HTTP2;
  const { ping } = http2;
  return {
    initial_stream_window_size: http2.streamWindowBytes ?? HTTP2.initial_stream_window_size,
    initial_connection_window_size: http2.connectionWindowBytes ?? HTTP2.initial_connection_window_size,
    max_concurrent_streams: http2.maxStreams,
    override_stream_error_on_invalid_http_message: http2.resetStreamOnError,
    connection_keepalive:
      ping === undefined
        ? undefined
        : {
            interval: optionalDuration(ping.intervalMs),
            timeout: duration(ping.timeoutMs),
            interval_jitter: ping.jitterPercent === undefined ? undefined : { value: ping.jitterPercent },
            connection_idle_interval: optionalDuration(ping.idleMs),
          },
  };
}
