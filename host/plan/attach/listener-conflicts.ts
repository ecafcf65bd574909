/**
 * Listeners that want one place: the same port, on an address that both have, for the same hostname, or with
 * another protocol. Linear in the listeners. In a cluster each Gateway has an Envoy and addresses of its own;
 * here they share one Envoy, so the older Gateway has the place.
 */
import { addTo, groupBy } from '../../basics/collections.ts';
import { compareText } from '../../basics/text.ts';
import type { Gateway, ListenerOwner, ListenerSpec } from '../../model/resources.ts';
import { keyOf } from '../from.ts';
import type { ListenerCertificates } from '../tls/listener-certificates.ts';

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

/** A listener before it is judged: `owner.spec.listeners[index]`. */
export interface Entry {
  readonly gateway: Gateway;
  readonly owner: ListenerOwner;
  readonly index: number;
  readonly spec: ListenerSpec;
  /** Where TLS ends here. */
  readonly certificates?: ListenerCertificates;
}
export interface Conflict {
  readonly reason: 'HostnameConflict' | 'ProtocolConflict';
  readonly message: string;
}

/**
 * What is wrong with those that cannot have their place.
 * @param entries In order of precedence: of each Gateway its own, then those of its sets. Without those that
 *   would not be served anyway: they take no place.
 */
export function findConflicts(
  entries: readonly Entry[],
  bound: (port: number) => number,
): ReadonlyMap<Entry, Conflict> {
  const conflicts = new Map<Entry, Conflict>();
  const sockets = groupBy(entries, ({ spec }) => `${transportOf(spec.protocol)} ${bound(spec.port)}`);
  for (const listeners of sockets.values()) {
    const port = bound(listeners[0]!.spec.port);
    const clashing = addressClashes(port, listeners);
    protocolClashes(listeners, conflicts);
    const groups = new Map<string, Entry[]>();
    for (const listener of listeners) {
      if (conflicts.has(listener)) continue;
      const clash = clashing.get(listener.gateway);
      if (clash === undefined)
        addTo(groups, `${addressKey(listener.gateway)}|${listener.spec.hostname ?? ''}`, listener);
      else conflicts.set(listener, { reason: 'HostnameConflict', message: clash });
    }
    for (const group of groups.values()) hostnameClashes(group, conflicts);
  }
  return conflicts;
}

/**
 * Gateways that want an address which an older one has, and not the same ones: two sockets cannot be bound
 * so.
 */
function addressClashes(port: number, listeners: readonly Entry[]): ReadonlyMap<Gateway, string> {
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

/** UDP and the rest have ports of their own. */
export const transportOf = (protocol: string): 'UDP' | 'TCP' => (protocol === 'UDP' ? 'UDP' : 'TCP');
const isPortAlone = ({ protocol }: ListenerSpec): boolean => protocol === 'TCP' || protocol === 'UDP';

/** Listeners of protocol HTTPS and TLS may share one, told apart by server name. */
const socketOf = ({ spec: { protocol } }: Entry): string => (protocol === 'TLS' ? 'HTTPS' : protocol);

/** Names at most 16: many sets may want one place. */
function namesOf(entries: readonly Entry[]): string {
  const names = entries.map(({ owner, spec }) => `${keyOf(owner)}/${spec.name}`).sort(compareText);
  const more = names.length - 16;
  return more > 0 ? `${names.slice(0, 16).join(', ')} and ${more} more` : names.join(', ');
}

/**
 * A socket speaks TLS or it does not. Where the first owner (a Gateway, then its sets) has one protocol, that
 * wins; where it has several, none does (as Envoy Gateway has it). Of a set with several protocols nothing is
 * served where no Gateway says which is right.
 */
function protocolClashes(listeners: readonly Entry[], conflicts: Map<Entry, Conflict>): void {
  for (const group of groupBy(listeners, ({ gateway }) => addressKey(gateway)).values()) {
    if (new Set(group.map(socketOf)).size < 2) continue;
    const message = `All listeners for a given port must use a compatible protocol, conflicting listeners: ${namesOf(group)}`;
    let winner: { readonly socket: string; readonly bySet: boolean } | undefined;
    let mixed = false;
    for (const [owner, own] of groupBy(group, (one) => one.owner)) {
      const bySet = owner.kind === 'ListenerSet';
      const undecided = winner === undefined || (bySet && winner.bySet);
      const several = undecided && new Set(own.map(socketOf)).size > 1;
      if (several && !bySet) mixed = true;
      if (!several && !mixed) winner ??= { socket: socketOf(own[0]!), bySet };
      for (const listener of own)
        if (mixed || several || socketOf(listener) !== winner?.socket)
          conflicts.set(listener, { reason: 'ProtocolConflict', message });
    }
  }
}

/** Of equal listeners that of the first owner is served, unless it has several: then none is. */
function hostnameClashes(group: readonly Entry[], conflicts: Map<Entry, Conflict>): void {
  if (group.length < 2) return;
  const [first, second] = group as readonly [Entry, Entry];
  const message = `All listeners for a given port must use a unique hostname, conflicting listeners: ${namesOf(group)}`;
  const wins = first.owner !== second.owner;
  for (const listener of wins ? group.slice(1) : group)
    conflicts.set(
      listener,
      isPortAlone(listener.spec)
        ? {
            reason: 'ProtocolConflict',
            message: `Only one ${listener.spec.protocol} listener is allowed in a given port`,
          }
        : { reason: 'HostnameConflict', message },
    );
}
