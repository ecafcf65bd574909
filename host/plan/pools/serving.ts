/** The hosts that take requests while one of them can: of priority 0, and not draining. */
import type { Locality, Pool } from '../types.ts';

/**
 * Localities of priority 0 with their hosts that are not draining; none without a host. In the plan's order.
 */
export const serving = ({ localities }: Pick<Pool, 'localities'>): readonly Locality[] =>
  localities
    .filter(({ priority }) => priority === 0)
    .map((locality) => ({ ...locality, endpoints: locality.endpoints.filter(({ draining }) => !draining) }))
    .filter(({ endpoints }) => endpoints.length > 0);
