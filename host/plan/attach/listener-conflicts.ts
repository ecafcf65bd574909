/**
 * Listeners that want one place: the same port, on an address that both have, for the same hostname. Linear
 * in the listeners. In a cluster each Gateway has an Envoy and addresses of its own; here they share one
 * Envoy, so the older Gateway has the place.
 */
import { compareText } from '../../basics/text.ts';
import type { Gateway } from '../../model/resources.ts';
import { keyOf } from '../from.ts';

/** Addresses of all interfaces: of IPv4, and of IPv6 alone (Envoy's SocketAddress.ipv4_compat is off). */
export const EVERYWHERE = '0.0.0.0';
const everywhereFor = (address: string): string => (address.includes(':') ? '::' : EVERYWHERE);

export const addressesOf = ({ spec }: Gateway): readonly string[] =>
  spec.addresses === undefined || spec.addresses.length === 0 ? [EVERYWHERE] : spec.addresses;

/** What two Gateways must have equal to share sockets. */
export const addressKey = (gateway: Gateway): string => [...addressesOf(gateway)].sort(compareText).join(' ');

interface Listener {
  readonly id: string;
  readonly name: string;
  readonly gateway: Gateway;
  readonly hostname: string;
}

/** `namespace/gateway#index` of a listener → what is wrong. `gateways` in order of precedence. */
export function findConflicts(
  gateways: readonly Gateway[],
  bound: (port: number) => number,
): ReadonlyMap<string, string> {
  const ports = new Map<number, Listener[]>();
  for (const gateway of gateways) {
    gateway.spec.listeners.forEach(({ protocol, port, name, hostname = '' }, i) => {
      if (protocol !== 'HTTP') return;
      const on = ports.get(bound(port)) ?? [];
      on.push({ id: `${keyOf(gateway)}#${i}`, name, gateway, hostname });
      ports.set(bound(port), on);
    });
  }
  const conflicts = new Map<string, string>();
  for (const [port, listeners] of ports) {
    const clashing = addressClashes(port, listeners);
    const groups = new Map<string, Listener[]>();
    for (const listener of listeners) {
      const clash = clashing.get(listener.gateway);
      if (clash !== undefined) {
        conflicts.set(listener.id, clash);
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

/**
 * Within a Gateway none of equal listeners wins (as Envoy Gateway has it); between Gateways the older one's
 * does.
 */
function hostnameClashes(group: readonly Listener[], conflicts: Map<string, string>): void {
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
      conflicts.set(
        listener.id,
        `All listeners for a given port must use a unique hostname, conflicting listeners: ${names.sort(compareText).join(', ')}`,
      );
    }
  }
}
