/**
 * The addresses on which the Envoy of a plan will listen, admin interface included, and an error if two use
 * one port.
 */
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { EnvoyOptions } from '../envoy/envoy-types.ts';
import { socketsOf } from '../plan/sockets.ts';
import type { Listener, Plan } from '../plan/types.ts';
import { clashes, type Wanted } from '../run/ports.ts';

export const ownPorts = ({ listeners }: Plan, { admin }: EnvoyOptions): readonly Wanted[] => [
  // A port of UDP is no port of TCP: Envoy itself tells whether it could be bound.
  ...socketsOf(listeners.filter(({ connections }) => connections?.kind !== 'udp')).flatMap(([listener]) =>
    addressesOf(listener).map((address) => ({
      address,
      port: listener.port,
      what: `listener ${listener.name}${listener.port < 1024 ? '; a port below 1024 needs a privilege' : ''}`,
    })),
  ),
  { ...admin, what: 'admin, --admin HOST:PORT chooses another' },
];

export const addressesOf = ({ address, moreAddresses = [] }: Listener): readonly string[] => [
  address,
  ...moreAddresses,
];

/**
 * Listeners that are bound elsewhere than their manifest says, in one line: nobody maps the ports back, as a
 * cluster's Service does.
 */
export function movedPorts({ listeners }: Plan): string {
  const moved = listeners.filter(({ declaredPort }) => declaredPort !== undefined);
  if (moved.length === 0) return '';
  const list = moved.map(({ name, port, declaredPort }) => `${name}, port ${declaredPort}, bound as ${port}`);
  const more = list.length > SHOWN ? `; and ${list.length - SHOWN} more` : '';
  return `loadstar: listener ${list.slice(0, SHOWN).join('; ')}${more} (--privileged-ports binds ports below 1024 as they stand)\n`;
}
const SHOWN = 5;

/** Worded as in `run`, which also checks the ports of the machine. */
export const portClashes = (plan: Plan, options: EnvoyOptions): Diagnostic[] =>
  clashes(ownPorts(plan, options)).map((text) => ({
    code: 'port-clash',
    severity: 'error',
    message: `${text}.`,
    rule: 'A listener is bound to its port, or to port + 10000 when that is below 1024 (not with --privileged-ports).',
    hint: 'Give another address with --admin HOST:PORT, or the listener another port.',
  }));
