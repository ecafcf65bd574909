/**
 * What the filter cannot be given (assembly/bytes/caps.ts, held equal by a test), so that it is not: Envoy's own Maglev picks there, by
 * the same keys. A configuration that the filter refuses would keep Envoy from starting.
 */
import type { HashKey, Pool } from '../plan/types.ts';

export const MAX_TABLES = 4096;
export const MAX_POLICIES = 16_384;
export const MAX_HOSTS = 65_535;
export const MAX_LOCALITIES = 1024;
export const MAX_KEYS = 32;
export const MAX_ATTRIBUTES = 16;
export const MAX_CONFIG_NAME = 4096;

/** True when a table of the pool's hosts can be built. */
export function hasTable(pool: Pool): boolean {
  let answer = answers.get(pool);
  if (answer === undefined) {
    answer = pool.localities.length <= MAX_LOCALITIES && hostsAreDistinct(pool);
    answers.set(pool, answer);
  }
  return answer;
}
/** Asked of a pool several times, for every route that sends to it. */
const answers = new WeakMap<Pool, boolean>();

/** Two backendRefs may lead to one host. Envoy's Maglev then gives it the turns of two; a table by address cannot. */
function hostsAreDistinct({ localities }: Pool): boolean {
  const seen = new Set<string>();
  for (const { priority, endpoints } of localities) {
    if (priority !== 0) continue;
    for (const { address, port, draining } of endpoints) {
      if (draining) continue;
      const host = `${address} ${port}`;
      if (seen.has(host) || seen.size === MAX_HOSTS) return false;
      seen.add(host);
    }
  }
  return true;
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
