/**
 * What the filter refuses (assembly/bytes/caps.ts; a test compares the two). Such hosts and keys are not
 * given to it, and Envoy's own Maglev picks by the same keys. A configuration that the filter refuses would
 * keep Envoy from starting.
 */

import { serving } from '../plan/pools/serving.ts';
import { isSticky } from '../plan/pools/sticky-of.ts';
import type { HashKey, Pool } from '../plan/types.ts';
import { cookieAttributes } from './cookie.ts';

export const MAX_TABLES = 4096;
export const MAX_POLICIES = 16_384;
export const MAX_HOSTS = 65_535;
export const MAX_LOCALITIES = 1024;
export const MAX_KEYS = 32;
export const MAX_CONFIG_NAME = 4096;
/** A higher bound is no bound, so it is cut to this. */
export const MAX_LOAD_BOUND = 1_000_000;
export const MAX_REPORT_BYTES = 8192;
export const MAX_METRICS = 64;

/** True when a table of the pool's hosts can be built. */
export const hasTable = (pool: Pool): boolean => tableFault(pool) === null;

/** Why no table of the pool's hosts can be built, as the end of a sentence about the pool; null if it can. */
export function tableFault(pool: Pool): string | null {
  let answer = answers.get(pool);
  if (answer === undefined) {
    const tooMany = pool.localities.length > MAX_LOCALITIES;
    answer = tooMany ? `has more than ${MAX_LOCALITIES} localities` : hostsFault(pool);
    answers.set(pool, answer);
  }
  return answer;
}
/** Computed once per pool, because every route to it asks. */
const answers = new WeakMap<Pool, string | null>();

/**
 * Two backendRefs may lead to one host. Envoy's Maglev gives it the turns of two, and so does the filter's
 * table. What sticky until hot knows of a host's load is by its address: it cannot tell the two apart.
 */
function hostsFault(pool: Pool): string | null {
  const sticky = isSticky(pool);
  const seen = new Set<string>();
  let hosts = 0;
  for (const { endpoints } of serving(pool)) {
    for (const { address, port } of endpoints) {
      const host = `${address} ${port}`;
      if (sticky && seen.has(host))
        return `is sticky until hot and has the host ${address} port ${port} in two of its backends, or twice in one`;
      if (hosts === MAX_HOSTS) return `has more than ${MAX_HOSTS} hosts`;
      hosts++;
      seen.add(host);
    }
  }
  return null;
}

/** True when the filter can read the keys of a route. */
export function canRead(keys: readonly HashKey[]): boolean {
  return keys.length <= MAX_KEYS && keys.every(isShort);
}

/** The filter counts bytes. */
const bytes = (text: string): number => Buffer.byteLength(text);

function isShort(key: HashKey): boolean {
  if (key.kind === 'source-ip') return true;
  if (bytes(key.name) > MAX_CONFIG_NAME) return false;
  if (key.kind !== 'cookie') return true;
  return bytes(cookieAttributes(key) ?? '') <= MAX_CONFIG_NAME;
}
