/** What keeps a change of the input from Envoy, though every resource in it is good. */
import type { Configuration } from '../live/configuration.ts';
import { socketsOf } from '../plan/sockets.ts';
import { takenPorts } from '../run/ports.ts';

/** A file that is cut to nothing, as on a full disk, must not take everything down. */
export const emptied = (before: Configuration, after: Configuration): string[] =>
  before.named.plan.listeners.length > 0 && after.named.plan.listeners.length === 0
    ? ['no Gateway of the input listens any more']
    : [];

/** Envoy shares the port of a listener with whoever else has it, without a word. */
export function takenBy(before: Configuration, after: Configuration): Promise<string[]> {
  const had = new Set(before.named.plan.listeners.map(({ address, port }) => `${address} ${port}`));
  const added = socketsOf(after.named.plan.listeners)
    .map(([listener]) => listener)
    .filter(({ address, port }) => !had.has(`${address} ${port}`));
  return takenPorts(added.map(({ address, port, name }) => ({ address, port, what: `listener ${name}` })));
}
