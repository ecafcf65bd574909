/** What a policy says about names and connections toward the hosts of a pool: DNS, TCP keepalive, HTTP/2. */
import type {
  BackendTrafficPolicySpec,
  PolicyDns,
  PolicyHttp2,
  PolicyTcpKeepalive,
} from '../../model/resources.ts';
import type { DnsLookup, Http2, Pool, TcpKeepalive } from '../types.ts';

/** `dns` and `http2` are left out where the pool has no use for them. */
export function poolUpstream(
  spec: BackendTrafficPolicySpec | undefined,
  { discovery, protocol }: Pick<Pool, 'discovery' | 'protocol'>,
): Pick<Pool, 'dns' | 'tcpKeepalive' | 'http2' | 'clientProtocol'> {
  const { dns, tcpKeepalive, http2, useClientProtocol } = spec ?? {};
  const speaksHttp2 = protocol === 'http2' || useClientProtocol === true;
  return {
    dns: dns === undefined || discovery !== 'dns' ? undefined : dnsLookup(dns),
    tcpKeepalive: tcpKeepalive === undefined ? undefined : keepalive(tcpKeepalive),
    http2: http2 === undefined || !speaksHttp2 ? undefined : http2Of(http2),
    clientProtocol: useClientProtocol ? true : undefined,
  };
}

const FAMILY = {
  IPv4: 'v4',
  IPv6: 'v6',
  IPv4Preferred: 'v4-preferred',
  IPv6Preferred: 'v6-preferred',
  IPv4AndIPv6: 'all',
} as const;

const dnsLookup = ({ refreshMs, respectDnsTtl, lookupFamily }: PolicyDns): DnsLookup => ({
  refreshMs,
  respectTtl: respectDnsTtl,
  family: FAMILY[lookupFamily ?? 'IPv4Preferred'],
});

/** The socket options count whole seconds. */
const keepalive = ({ probes, idleTimeMs, intervalMs }: PolicyTcpKeepalive): TcpKeepalive => ({
  probes,
  idleSeconds: idleTimeMs === undefined ? undefined : Math.floor(idleTimeMs / 1000),
  intervalSeconds: intervalMs === undefined ? undefined : Math.floor(intervalMs / 1000),
});

const http2Of = ({ connectionKeepalive: pings, onInvalidMessage, ...http2 }: PolicyHttp2): Http2 => ({
  streamWindowBytes: http2.initialStreamWindowSize,
  connectionWindowBytes: http2.initialConnectionWindowSize,
  maxStreams: http2.maxConcurrentStreams,
  resetStreamOnError: onInvalidMessage === undefined ? undefined : onInvalidMessage === 'TerminateStream',
  ping:
    pings === undefined
      ? undefined
      : {
          timeoutMs: pings.timeoutMs,
          intervalMs: pings.intervalMs,
          jitterPercent: pings.intervalJitterPercent,
          idleMs: pings.idleIntervalMs,
        },
});
