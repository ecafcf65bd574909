/** The hosts of a pool that take requests. */
import type { Pool, PoolEndpoint } from '../plan/types.ts';
import { hostAddress } from './host-address.ts';

/** Serving hosts (priority 0, not draining) as Envoy prints them, in the plan's order, each once. */
export function hostsOf(pool: Pool): string[] {
  const serving = pool.localities
    .filter(({ priority }) => priority === 0)
    .flatMap(({ endpoints }) => endpoints);
  return [...new Set(serving.filter((e) => !e.draining).map((e) => hostAddress(e.address, e.port)))];
}

/** Whether the filter's table has the host. A hint to one that drains is of no use to Envoy, which then picks by its own table. */
export const inTable = ({ draining, keepsSlot }: PoolEndpoint): boolean => !draining || keepsSlot === true;
