/**
 * What the filter cannot be given (assembly/bytes/caps.ts, held equal by a test), so that it is not: Envoy's own Maglev picks there, by
 * the same keys. A configuration that the filter refuses would keep Envoy from starting.
 */

import type { HashKey, Pool } from '../plan/types.ts';
import { inTable } from './hosts.ts';

export const MAX_TABLES = 4096;
export const MAX_POLICIES = 16_384;
export const MAX_HOSTS = 65_535;
export const MAX_LOCALITIES = 1024;
export const MAX_KEYS = 32;
export const MAX_ATTRIBUTES = 16;
export const MAX_CONFIG_NAME = 4096;

/** True when a table of the pool's hosts can be built. */
export const hasTable = (pool: Pool): boolean => tableFault(pool) === null;

/** Why no table of the pool's hosts can be built, as the rest of a sentence about the pool; null when one can. */
export function tableFault(pool: Pool): string | null {
  let answer = answers.get(pool);
  if (answer === undefined) {
    const tooMany = pool.localities.length > MAX_LOCALITIES;
    answer = tooMany ? `has more than ${MAX_LOCALITIES} localities` : hostsFault(pool);
    answers.set(pool, answer);
  }
  return answer;
}
/** Asked of a pool several times, for every route that sends to it. */
const answers = new WeakMap<Pool, string | null>();

/** Two backendRefs may lead to one host. Envoy's Maglev then gives it the turns of two; a table by address cannot. */
function hostsFault({ localities }: Pool): string | null {
  const seen = new Set<string>();
  for (const { priority, endpoints } of localities) {
    if (priority !== 0) continue;
    for (const endpoint of endpoints) {
      if (!inTable(endpoint)) continue;
      const { address, port } = endpoint;
      const host = `${address} ${port}`;
      if (seen.has(host))
        return `has the host ${address} port ${port} in two of its backends, or twice in one`;
      if (seen.size === MAX_HOSTS) return `has more than ${MAX_HOSTS} hosts`;
      seen.add(host);
    }
  }
  return null;
}

/** True when the filter can read the keys of a route. */
export function canRead(keys: readonly HashKey[]): boolean {
  return keys.length <= MAX_KEYS && keys.every(isShort);
}

function isShort(key: HashKey): boolean {
  if (key.kind === 'source-ip') return true;
  if (key.name.length > MAX_CONFIG_NAME) return false;
  if (key.kind !== 'cookie') return true;
  const text = key.attributes.reduce((sum, { name, value }) => sum + name.length + value.length, 0);
  return key.attributes.length <= MAX_ATTRIBUTES && text <= MAX_CONFIG_NAME;
}
