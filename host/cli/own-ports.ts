/** Where the Envoy of a plan will listen, its admin interface too, and what is wrong when both want one port. */
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { EnvoyOptions } from '../envoy/types.ts';
import type { Plan } from '../plan/types.ts';
import { clashes, type Wanted } from '../run/ports.ts';

export const ownPorts = ({ listeners }: Plan, { admin }: EnvoyOptions): readonly Wanted[] => [
  ...listeners.map(({ address, port, name }) => ({ address, port, what: `listener ${name}` })),
  { ...admin, what: 'admin, --admin HOST:PORT chooses another' },
];

/** In the words of `run`, which looks at the ports of the machine as well. */
export const portClashes = (plan: Plan, options: EnvoyOptions): Diagnostic[] =>
  clashes(ownPorts(plan, options)).map((text) => ({
    code: 'port-clash',
    severity: 'error',
    message: `${text}.`,
    rule: 'A listener is bound to its port, or to port + 10000 when that is below 1024.',
    hint: 'Give another address with --admin HOST:PORT, or the listener another port.',
  }));
