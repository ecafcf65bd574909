/** Where the Envoy of a plan will listen, its admin interface too, and what is wrong when both want one port. */
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { EnvoyOptions } from '../envoy/types.ts';
import type { Listener, Plan } from '../plan/types.ts';
import { clashes, type Wanted } from '../run/ports.ts';

export const ownPorts = ({ listeners }: Plan, { admin }: EnvoyOptions): readonly Wanted[] => [
  ...listeners.flatMap((listener) =>
    addressesOf(listener).map((address) => ({
      address,
      port: listener.port,
      what: `listener ${listener.name}`,
    })),
  ),
  { ...admin, what: 'admin, --admin HOST:PORT chooses another' },
];

export const addressesOf = ({ address, moreAddresses = [] }: Listener): readonly string[] => [
  address,
  ...moreAddresses,
];

/** Listeners that are bound elsewhere than their manifest says: nobody maps the ports back, as a Service of a cluster does. */
export function movedPorts({ listeners }: Plan): Diagnostic[] {
  const moved = listeners.filter(({ declaredPort }) => declaredPort !== undefined);
  if (moved.length === 0) return [];
  const list = moved.map(({ name, port, declaredPort }) => `${name}, port ${declaredPort}, bound as ${port}`);
  const more = list.length > SHOWN ? `; and ${list.length - SHOWN} more` : '';
  return [
    {
      code: 'port-moved',
      severity: 'notice',
      message: `Ports below 1024 are bound as port + 10000: listener ${list.slice(0, SHOWN).join('; ')}${more}.`,
      hint: '--privileged-ports binds them as they stand.',
    },
  ];
}
const SHOWN = 5;

/** In the words of `run`, which looks at the ports of the machine as well. */
export const portClashes = (plan: Plan, options: EnvoyOptions): Diagnostic[] =>
  clashes(ownPorts(plan, options)).map((text) => ({
    code: 'port-clash',
    severity: 'error',
    message: `${text}.`,
    rule: 'A listener is bound to its port, or to port + 10000 when that is below 1024 (not with --privileged-ports).',
    hint: 'Give another address with --admin HOST:PORT, or the listener another port.',
  }));
