/**
 * Listeners of Gateways → what is bound. In plain text those that share a port and their addresses are one,
 * told apart by the Host of a request; with TLS each stays one, told apart by the server name of a
 * connection. A listener of protocol TCP has its port alone.
 */
import { groupBy } from '../../basics/collections.ts';
import type { ClientsOfListeners } from '../clients/client-policies.ts';
import { fromOf } from '../from.ts';
import { withMisdirected } from '../tls/misdirected.ts';
import type { ClientProof, Connections, Listener, VirtualHost } from '../types.ts';
import type { GatewayContext, ListenerContext } from './gateways.ts';
import { hostnameRank } from './hostnames.ts';
import { addressesOf, addressKey, EVERYWHERE, transportOf } from './listener-conflicts.ts';

type HostsOf = (listener: ListenerContext) => readonly VirtualHost[];
/** @param sharing All listeners of the port. */
type ConnectionsOf = (listener: ListenerContext, sharing: readonly ListenerContext[]) => Connections;

export function bindPorts(
  gateways: readonly GatewayContext[],
  hostsOf: HostsOf,
  connectionsOf: ConnectionsOf,
  clients: ClientsOfListeners,
): Listener[] {
  const serving = gateways.flatMap((g) => g.listeners).filter(({ fault }) => fault === undefined);
  const places = groupBy(serving, placeOf);
  return [...places.values()].flatMap((sharing) =>
    sharing[0]!.spec.protocol === 'HTTP'
      ? [plain(sharing, hostsOf, clients)]
      : sharing.map((listener) => ({
          ...proving(
            isForRequests(listener)
              ? secure(listener, sharing, hostsOf)
              : passing(listener, connectionsOf(listener, sharing)),
            clients.proofOf(listener),
          ),
          ...treatment(listener, clients),
        })),
  );
}

/** Where a listener is bound: those with one place share a socket. */
export const placeOf = ({ spec, port, gateway }: ListenerContext): string =>
  `${transportOf(spec.protocol)} ${port} ${addressKey(gateway.resource)}`;

/** Of two with one hostname the narrower has it. */
function plain(sharing: readonly ListenerContext[], hostsOf: HostsOf, clients: ClientsOfListeners): Listener {
  const owner = new Map<string, ListenerContext>();
  const all = sharing.map((listener) => ({ listener, hosts: hostsOf(listener) }));
  for (const { listener, hosts } of all) {
    for (const domain of hosts.flatMap((h) => h.domains)) {
      const other = owner.get(domain);
      if (other === undefined || hostnameRank(listener.spec.hostname) > hostnameRank(other.spec.hostname))
        owner.set(domain, listener);
    }
  }
  return {
    ...bound(
      sharing[0]!,
      all.flatMap(({ listener, hosts }) =>
        hosts.filter((h) => h.domains.every((d) => owner.get(d) === listener)),
      ),
    ),
    // All that have one have the same (host/plan/clients/faults.ts).
    ...treatment(sharing.find((one) => clients.of(one) !== undefined) ?? sharing[0]!, clients),
  };
}

const proving = (listener: Listener, proof: ClientProof | undefined): Listener =>
  listener.tls === undefined || proof === undefined
    ? listener
    : { ...listener, tls: { ...listener.tls, proof } };

function treatment(
  listener: ListenerContext,
  { of, socketOf }: ClientsOfListeners,
): Pick<Listener, 'clients' | 'socket'> {
  const [clients, socket] = [of(listener), socketOf(listener)];
  return { ...(clients === undefined ? {} : { clients }), ...(socket === undefined ? {} : { socket }) };
}

const isForRequests = ({ spec }: ListenerContext): boolean => spec.protocol === 'HTTPS';

const secure = (
  listener: ListenerContext,
  sharing: readonly ListenerContext[],
  hostsOf: HostsOf,
): Listener => ({
  ...bound(listener, withMisdirected(listener, sharing, hostsOf(listener))),
  tls: {
    ...(listener.spec.hostname === undefined ? {} : { serverName: listener.spec.hostname }),
    certificates: (listener.certificates ?? []).map(({ name }) => name),
  },
});

const passing = (listener: ListenerContext, connections: Connections): Listener => ({
  ...bound(listener, []),
  ...(listener.certificates === undefined
    ? {}
    : { tls: { certificates: listener.certificates.map(({ name }) => name) } }),
  connections,
});

function bound(listener: ListenerContext, virtualHosts: readonly VirtualHost[]): Listener {
  const { resource, assumed } = listener.gateway;
  const [address = EVERYWHERE, ...moreAddresses] = addressesOf(resource);
  return {
    name: listener.name,
    address,
    ...(moreAddresses.length === 0 ? {} : { moreAddresses }),
    port: listener.port,
    ...(listener.port === listener.spec.port ? {} : { declaredPort: listener.spec.port }),
    virtualHosts,
    from: assumed
      ? { kind: 'Gateway', namespace: resource.metadata.namespace, name: resource.metadata.name }
      : fromOf(listener.owner, 'spec', 'listeners', listener.index),
  };
}
