/** Whether a host gets what it should, in words. */
import { percent } from '../basics/text.ts';
import type { HostNow, PoolRow } from './contract.ts';

/** Fewer requests in the window say nothing about shares. */
export const MIN_REQUESTS = 40;
/** What chance alone does is not remarked: this many standard deviations of a fair draw … */
const SIGMAS = 4;
/** … and nothing below this part of what is due. */
const MIN_PART = 0.15;

/** @param why Envoy's flags. */
export const unhealthy = (why: string): string => `unhealthy (${why})`;

type Seen = Pick<HostNow, 'healthy' | 'why' | 'share' | 'due'>;

/**
 * '' when nothing is odd.
 * @param requests Of the whole pool, in the window of the shares.
 */
export function remarkOf({ healthy, why, share, due }: Seen, requests: number, row: PoolRow): string {
  if (healthy === false) return unhealthy(why);
  if (due === undefined || requests < MIN_REQUESTS) return '';
  const off = share - due;
  const chance = SIGMAS * Math.sqrt((due * (1 - due)) / requests);
  if (Math.abs(off) <= Math.max(chance, MIN_PART * due)) return '';
  return `gets ${percent(share)}, ${percent(due)} is due${off > 0 ? (MORE[row.balancer] ?? '') : (LESS[row.balancer] ?? '')}`;
}

const MORE: Readonly<Record<string, string>> = { ConsistentHash: ': its keys are asked for more often' };
const LESS: Readonly<Record<string, string>> = {
  ConsistentHash: ': its keys are asked for less often',
  LeastRequest: ': it answers more slowly than others',
};
