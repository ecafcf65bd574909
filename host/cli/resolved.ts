/** Names of hosts → addresses that the command line gives, where nobody asks DNS. */
import { isIP } from 'node:net';
import { namesOf, withAddresses } from '../live/resolve.ts';
import type { Plan } from '../plan/types.ts';
import { UsageError } from '../run/errors.ts';

/**
 * The plan with these addresses in place of names.
 * @param given `NAME=IP,…` each.
 * @throws {UsageError} for a name that is not in the plan, and for what is no address.
 */
export function resolvedPlan(plan: Plan, given: readonly string[]): Plan {
  const known = [...new Set(namesOf(plan).map(({ name }) => name))];
  const addresses = new Map<string, readonly string[]>();
  for (const text of given) {
    const [name = '', list = ''] = text.split('=');
    if (!known.includes(name))
      throw new UsageError(
        `--resolve ${text}: no host is found by the name ${JSON.stringify(name)}; names: ${known.join(', ') || 'none'}`,
      );
    const listed = list.split(',');
    const wrong = listed.find((address) => isIP(address) === 0);
    if (wrong !== undefined)
      throw new UsageError(`--resolve must be NAME=IP,…: ${JSON.stringify(wrong)} is no IP address`);
    addresses.set(name, listed);
  }
  return addresses.size === 0 ? plan : withAddresses(plan, ({ name }) => addresses.get(name) ?? []);
}
