/**
 * Listeners that want one place: the same port, on an address that both have, for the same hostname, or with
 * another protocol. Linear in the listeners. In a cluster each Gateway has an Envoy and addresses of its own;
 * here they share one Envoy, so the older Gateway has the place.
 */
import { groupBy } from '../../basics/collections.ts';
import { compareText } from '../../basics/text.ts';
import type { Gateway } from '../../model/resources.ts';
import { keyOf } from '../from.ts';

/** Addresses of all interfaces: of IPv4, and of IPv6 alone (Envoy's SocketAddress.ipv4_compat is off). */
export const EVERYWHERE = '0.0.0.0';
const everywhereFor = (address: string): string => (address.includes(':') ? '::' : EVERYWHERE);

/** One that the address of all interfaces contains is not bound once more: two sockets would clash. */
export function addressesOf({ spec }: Gateway): readonly string[] {
  const given = new Set(spec.addresses);
  if (given.size === 0) return [EVERYWHERE];
  return [...given].filter((address) => {
    const all = everywhereFor(address);
    return address === all || !given.has(all);
  });
}

/** What two Gateways must have equal to share sockets. */
export const addressKey = (gateway: Gateway): string => [...addressesOf(gateway)].sort(compareText).join(' ');

interface Listener {
  readonly id: string;
  readonly name: string;
  readonly gateway: Gateway;
  readonly hostname: string;
  readonly protocol: string;
}
export interface Conflict {
  readonly reason: 'HostnameConflict' | 'ProtocolConflict';
  readonly message: string;
}

/**
 * `namespace/gateway#index` of a listener → what is wrong. `gateways` in order of precedence.
 * @param serves Whether the listener would be served: one that is faulty takes no place.
 */
export function findConflicts(
  gateways: readonly Gateway[],
  bound: (port: number) => number,
  serves: (gateway: Gateway, index: number) => boolean,
): ReadonlyMap<string, Conflict> {
  const ports = new Map<number, Listener[]>();
  for (const gateway of gateways) {
    gateway.spec.listeners.forEach(({ protocol, port, name, hostname = '' }, i) => {
      if (!serves(gateway, i)) return;
      const on = ports.get(bound(port)) ?? [];
      on.push({ id: `${keyOf(gateway)}#${i}`, name, gateway, hostname, protocol });
      ports.set(bound(port), on);
    });
  }
  const conflicts = new Map<string, Conflict>();
  for (const [port, listeners] of ports) {
    const clashing = addressClashes(port, listeners);
    protocolClashes(listeners, conflicts);
    const groups = new Map<string, Listener[]>();
    for (const listener of listeners) {
      if (conflicts.has(listener.id)) continue;
      const clash = clashing.get(listener.gateway);
      if (clash !== undefined) {
        conflicts.set(listener.id, { reason: 'HostnameConflict', message: clash });
        continue;
      }
      const place = `${addressKey(listener.gateway)}|${listener.hostname}`;
      const group = groups.get(place);
      if (group === undefined) groups.set(place, [listener]);
      else group.push(listener);
    }
    for (const group of groups.values()) hostnameClashes(group, conflicts);
  }
  return conflicts;
}

/**
 * Gateways that want an address which an older one has, and not the same ones: two sockets cannot be bound
 * so.
 */
function addressClashes(port: number, listeners: readonly Listener[]): ReadonlyMap<Gateway, string> {
  const clashes = new Map<Gateway, string>();
  const sets = new Set<string>();
  const owners = new Map<string, Gateway>();
  /** The first with an address of a family, by that family's address of all interfaces. */
  const families = new Map<string, Gateway>();
  for (const gateway of new Set(listeners.map((listener) => listener.gateway))) {
    if (sets.has(addressKey(gateway))) continue;
    const addresses = addressesOf(gateway);
    const taken = addresses.flatMap((address) => {
      const all = everywhereFor(address);
      const owner =
        owners.get(address) ?? owners.get(all) ?? (address === all ? families.get(all) : undefined);
      return owner === undefined ? [] : [{ address, owner }];
    })[0];
    if (taken !== undefined) {
      clashes.set(
        gateway,
        `Port ${port} on ${taken.address} is taken by Gateway ${keyOf(taken.owner)}, which listens on ${addressesOf(taken.owner).join(', ')}`,
      );
      continue;
    }
    sets.add(addressKey(gateway));
    for (const address of addresses) {
      owners.set(address, gateway);
      if (!families.has(everywhereFor(address))) families.set(everywhereFor(address), gateway);
    }
  }
  return clashes;
}

/** Listeners of protocol HTTPS and TLS may share one, told apart by server name. */
const socketOf = ({ protocol }: Listener): string => (protocol === 'TLS' ? 'HTTPS' : protocol);

/**
 * A socket speaks TLS or it does not. Within a Gateway no protocol wins (as Envoy Gateway has it); between
 * Gateways the older one's does.
 */
function protocolClashes(listeners: readonly Listener[], conflicts: Map<string, Conflict>): void {
  for (const group of groupBy(listeners, ({ gateway }) => addressKey(gateway)).values()) {
    const protocols = new Set(group.map(socketOf));
    if (protocols.size < 2) continue;
    const ofFirst = new Set(group.filter(({ gateway }) => gateway === group[0]!.gateway).map(socketOf));
    const names = group.map(({ gateway, name }) => `${keyOf(gateway)}/${name}`).sort(compareText);
    const message = `All listeners for a given port must use a compatible protocol, conflicting listeners: ${names.join(', ')}`;
    for (const listener of group)
      if (ofFirst.size > 1 || !ofFirst.has(socketOf(listener)))
        conflicts.set(listener.id, { reason: 'ProtocolConflict', message });
  }
}

/**
 * Within a Gateway none of equal listeners wins (as Envoy Gateway has it); between Gateways the older one's
 * does.
 */
function hostnameClashes(group: readonly Listener[], conflicts: Map<string, Conflict>): void {
  if (group.length < 2) return;
  const byGateway = new Map<Gateway, Listener[]>();
  for (const listener of group) {
    const own = byGateway.get(listener.gateway);
    if (own === undefined) byGateway.set(listener.gateway, [listener]);
    else own.push(listener);
  }
  const [first, ofFirst] = [...byGateway][0]!;
  for (const [gateway, own] of byGateway) {
    if (gateway === first && own.length === 1) continue;
    for (const listener of own) {
      const names =
        own.length > 1
          ? own.map(({ name }) => name)
          : [...ofFirst, listener].map((one) => `${keyOf(one.gateway)}/${one.name}`);
      const message = `All listeners for a given port must use a unique hostname, conflicting listeners: ${names.sort(compareText).join(', ')}`;
      conflicts.set(
        listener.id,
        listener.protocol === 'TCP'
          ? { reason: 'ProtocolConflict', message: 'Only one TCP listener is allowed in a given port' }
          : { reason: 'HostnameConflict', message },
      );
    }
  }
}
