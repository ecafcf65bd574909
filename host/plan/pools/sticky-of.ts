import type { Pool } from '../types.ts';

/** How a pool is sticky until hot; undefined: it is not. */
export const stickyOf = (pool: Pick<Pool, 'balancer'> | undefined) =>
  pool?.balancer.kind === 'maglev' ? pool.balancer.sticky : undefined;

export const isSticky = (pool: Pick<Pool, 'balancer'> | undefined): boolean => stickyOf(pool) !== undefined;
