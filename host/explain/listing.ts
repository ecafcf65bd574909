/** Parts of the plan in the short words of a list. */
import type { Balancer } from '../plan/types.ts';

/** The API's word for each balancer. */
export const BALANCER_NAMES: Readonly<Record<Balancer['kind'], string>> = {
  'round-robin': 'RoundRobin',
  random: 'Random',
  'least-request': 'LeastRequest',
  maglev: 'ConsistentHash',
  utilization: 'BackendUtilization',
};

/** Where a client asks; one that listens everywhere is reached by `localhost`. */
export const listenerUrl = (scheme: string, address: string, port: number): string => {
  const host = address === '0.0.0.0' || address === '::' ? 'localhost' : address;
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
};
