/**
 * Which requests are watched. Of one that is, the filter asks Envoy when it began and when its answer came,
 * which host has answered and what that reports; each such question costs Envoy more than the choice itself.
 * Where a host has many requests, a part of them tells as much as all: the first WATCHED_ALL since the last
 * tick, then one in WATCHED_PART, which stands for so many. All are watched while others answer in its place.
 *
 * One that is not watched is load at the host that was picked, until it ends. No more is concluded from it.
 */
import { HostState } from './cluster';
import { WATCHED_ALL, WATCHED_PART } from './tuning';

/** For how many requests one more that goes to a host stands. 0: it is not watched. */
export function standsFor(host: HostState): u32 {
  const number = ++host.begun;
  if (number <= WATCHED_ALL || host.passed > 0 || host.away) return 1;
  return number % WATCHED_PART == 0 ? WATCHED_PART : 0;
}
