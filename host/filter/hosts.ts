/** The hosts of a pool that take requests. */
import { serving } from '../plan/pools/serving.ts';
import type { Pool } from '../plan/types.ts';
import { hostAddress } from './host-address.ts';

/** Serving hosts (priority 0, not draining) as Envoy prints them, in the plan's order, each once. */
export function hostsOf(pool: Pool): string[] {
  const hosts = serving(pool).flatMap(({ endpoints }) => endpoints);
  return [...new Set(hosts.map((e) => hostAddress(e.address, e.port)))];
}

/** All hosts that may ever serve, of every priority, in the plan's order, each once. */
export function knownHosts(pool: Pool): string[] {
  const all = pool.localities.flatMap(({ endpoints }) => endpoints).filter((e) => !e.draining);
  return [...new Set(all.map((e) => hostAddress(e.address, e.port)))];
}
