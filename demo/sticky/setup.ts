/** The scenario of the demo: eight uneven hosts, the phases, the load. */
import type { CacheHost } from '../fakes/cache-host.ts';
import type { HostOptions } from '../fakes/cached-work.ts';
import type { Phase } from './types.ts';

/** Uneven, as machines are; together as fast as eight equal ones. */
const speeds = [1, 1.2, 0.9, 1, 0.8, 1.1, 1, 1];

export const hosts: readonly HostOptions[] = speeds.map((speed) => ({
  speed,
  slots: 2,
  hitMs: 20,
  missMs: 100,
  capacity: 110,
  reports: true,
}));
export const workers = 2;
export const slowHost = 2;
const goneHost = 5;
const slowness = 3;

export const load = { rate: 400, rampMs: 8_000, keys: 1_000, exponent: 0.9, timeoutMs: 4_000 } as const;

export const phases: readonly Phase[] = [
  { name: 'warm-up', seconds: 9, warmUp: true },
  { name: 'steady', seconds: 10 },
  { name: 'one host 3 times slower', seconds: 10, change: 'slow' },
  { name: 'it recovers', seconds: 20, change: 'recover' },
  { name: 'one host removed', seconds: 5, change: 'remove' },
  { name: 'it is back', seconds: 6, change: 'return' },
];

/** What happens to the hosts when a phase begins. */
export function change({ change }: Phase, hosts: readonly CacheHost[]): void {
  const [slow, gone] = [hosts[slowHost]!, hosts[goneHost]!];
  switch (change) {
    case undefined:
      return;
    case 'slow':
      slow.work.slowness = slowness;
      return;
    case 'recover':
      slow.work.slowness = 1;
      return;
    case 'remove':
      // As in a rollout: first not ready, then a new process with an empty cache. Requests under way are
      // answered.
      gone.healthy = false;
      return;
    case 'return':
      gone.work.forget();
      gone.healthy = true;
  }
}
