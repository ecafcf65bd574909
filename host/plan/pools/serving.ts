/**
 * The hosts that take requests while one of them can: of priority 0, and not draining (but for keepsSlot).
 */
import type { Locality, Pool, PoolEndpoint } from '../types.ts';

/**
 * Localities of priority 0 with their hosts that are not draining; none without a host. In the plan's order.
 */
export const serving = ({ localities }: Pick<Pool, 'localities'>): readonly Locality[] =>
  localities
    .filter(({ priority }) => priority === 0)
    .map((locality) => ({ ...locality, endpoints: locality.endpoints.filter(inTable) }))
    .filter(({ endpoints }) => endpoints.length > 0);

/**
 * Envoy does not take a hint to a draining host and picks by its own table, so such a host may keep its
 * slots in the filter's.
 */
const inTable = ({ draining, keepsSlot }: PoolEndpoint): boolean => !draining || keepsSlot === true;
