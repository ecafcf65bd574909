/**
 * Datagrams → a UDP listener with envoy.filters.udp_listener.udp_proxy, as Envoy Gateway has it. A client's
 * address and port is a session: its datagrams go to one host, until a minute has passed without any.
 */
import type { ConnectionRoute, Listener } from '../plan/types.ts';
import { any } from './any.ts';
import type { EnvoyListener } from './envoy-types.ts';
import { MISSING_CLUSTER } from './forward.ts';

const NAMESPACE = 'envoy.extensions.filters.udp.udp_proxy.v3';

/** It has several sockets, one for each worker, whatever else is asked for: Envoy wants it so. */
export function udpListener(listener: Listener, routes: readonly ConnectionRoute[]): EnvoyListener {
  const socket = (address: string) => ({
    socket_address: { protocol: 'UDP' as const, address, port_value: listener.port },
  });
  const [route] = routes;
  return {
    name: listener.name,
    address: socket(listener.address),
    additional_addresses: listener.moreAddresses?.map((address) => ({ address: socket(address) })),
    listener_filters: [
      {
        name: 'envoy.filters.udp_listener.udp_proxy',
        typed_config: any(`${NAMESPACE}.UdpProxyConfig`, {
          stat_prefix: `udp-${listener.port}`,
          matcher: {
            on_no_match: {
              action: {
                name: 'route',
                // What leads nowhere is dropped.
                typed_config: any(`${NAMESPACE}.Route`, { cluster: route?.to[0]?.pool ?? MISSING_CLUSTER }),
              },
            },
          },
          hash_policies: route === undefined || route.hash.length === 0 ? undefined : [{ source_ip: true }],
        }),
      },
    ],
    filter_chains: [],
  };
}
