/** A policy's settings for names and connections to the hosts of a pool: DNS, TCP keepalive, HTTP/2. */
import type { BackendTrafficPolicySpec } from '../../model/resources.ts';
import type { Pool } from '../types.ts';

/** `dns` and `http2` are left out if the pool does not use them. */
export function poolUpstream(
  spec: BackendTrafficPolicySpec | undefined,
  { discovery, protocol }: Pick<Pool, 'discovery' | 'protocol'>,
): Pick<Pool, 'dns' | 'tcpKeepalive' | 'http2' | 'clientProtocol'> {
  const { dns, tcpKeepalive, http2, useClientProtocol } = spec ?? {};
  const speaksHttp2 = (protocol !== 'http1' && protocol !== 'tcp') || useClientProtocol === true;
  return {
    dns: discovery === 'dns' ? dns : undefined,
    tcpKeepalive,
    http2: speaksHttp2 ? http2 : undefined,
    clientProtocol: useClientProtocol ? true : undefined,
  };
}
