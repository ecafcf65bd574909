/**
 * Listeners of the plan by what is bound: those with TLS share an address and port, told apart by server
 * name.
 */
import { groupBy } from '../basics/collections.ts';
import type { Listener } from './types.ts';

/** Each at least one listener long; in the order of the first of each. */
export const socketsOf = (listeners: readonly Listener[]): (readonly [Listener, ...Listener[]])[] => [
  ...(groupBy(listeners, ({ address, moreAddresses = [], port, connections }) =>
    [connections?.kind === 'udp' ? 'udp' : 'tcp', port, address, ...moreAddresses].join(' '),
  ).values() as IterableIterator<[Listener, ...Listener[]]>),
];
