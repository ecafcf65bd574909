/** Settings of a port → what stands in a listener itself (Envoy Gateway, buildXdsTCPListener). */
import type { SocketSettings } from '../../plan/types.ts';
import { extension } from '../any.ts';
import { optionalDuration } from '../durations.ts';
import type { EnvoyListener } from '../envoy-types.ts';

/** Envoy Gateway's: 32 KiB for a connection's buffers, one connection in each turn of the loop. */
const BUFFER_BYTES = 32_768;
const MAX_ACCEPT = 1;

type Fields = Pick<
  EnvoyListener,
  | 'per_connection_buffer_limit_bytes'
  | 'max_connections_to_accept_per_socket_event'
  | 'listener_filters_timeout'
  | 'socket_options'
>;

export const socketFields = (socket: SocketSettings | undefined): Fields => ({
  per_connection_buffer_limit_bytes: socket?.bufferBytes ?? BUFFER_BYTES,
  max_connections_to_accept_per_socket_event:
    socket?.maxAccept === 0 ? undefined : (socket?.maxAccept ?? MAX_ACCEPT),
  listener_filters_timeout: optionalDuration(socket?.inspectionMs),
  socket_options: socket?.tcpKeepalive === undefined ? undefined : keepalive(socket.tcpKeepalive),
});

/** Numbers of Linux (asm-generic/socket.h, netinet/tcp.h). */
const SOL_SOCKET = 1;
const SO_KEEPALIVE = 9;
const IPPROTO_TCP = 6;
const TCP_KEEPIDLE = 4;
const TCP_KEEPINTVL = 5;
const TCP_KEEPCNT = 6;

function keepalive({
  probes,
  idleSeconds,
  intervalSeconds,
}: NonNullable<SocketSettings['tcpKeepalive']>): EnvoyListener['socket_options'] {
  const option = (description: string, level: number, name: number, value: number | undefined) =>
    value === undefined ? [] : [{ description, level, name, int_value: value }];
  return [
    ...option('SO_KEEPALIVE', SOL_SOCKET, SO_KEEPALIVE, 1),
    ...option('TCP_KEEPCNT', IPPROTO_TCP, TCP_KEEPCNT, probes),
    ...option('TCP_KEEPIDLE', IPPROTO_TCP, TCP_KEEPIDLE, idleSeconds),
    ...option('TCP_KEEPINTVL', IPPROTO_TCP, TCP_KEEPINTVL, intervalSeconds),
  ];
}

/** First among the listener filters: what it takes off the connection is no TLS yet. */
export const proxyProtocol = (
  socket: SocketSettings | undefined,
): NonNullable<EnvoyListener['listener_filters']> =>
  socket?.proxyProtocol === undefined
    ? []
    : [
        extension('envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol', {
          allow_requests_without_proxy_protocol: socket.proxyProtocol.optional ? true : undefined,
        }),
      ];
