/** What became of the hosts' shares when something changed: the minute before beside the one after. */
import type { SeenShares } from './contract.ts';
import type { Lines } from './lines.ts';

const MINUTE_MS = 60_000;
/** Of the first answers, connections and reports after a change; and lines are means of some seconds. */
const SETTLED_MS = 15_000;

interface SeenHost {
  readonly host: string;
  /** Of its line. */
  readonly key: string;
}

/**
 * @param at When it changed, in milliseconds since 1970.
 * @param now Likewise.
 */
export function seenShares(lines: Lines, hosts: readonly SeenHost[], at: number, now: number): SeenShares {
  const before = meanShares(lines, hosts, at - MINUTE_MS, at);
  const to = Math.min(now, at + SETTLED_MS + MINUTE_MS);
  const after = meanShares(lines, hosts, at + SETTLED_MS, to);
  const wait = at + 2 * SETTLED_MS - now;
  const why =
    before === undefined
      ? 'no page was open in the minute before it, or there were no requests'
      : wait > 0
        ? `ask again in ${Math.ceil(wait / 1000)} s, when its effect can be seen`
        : after === undefined
          ? 'no page was open in the minute after it, or there were no requests'
          : '';
  if (why !== '') return { why, hosts: [] };
  return {
    why,
    hosts: hosts.map(({ host }, i) => ({ host, before: before![i]!, after: after![i]! })),
  };
}

/** In the order of the hosts; undefined where there were no requests, or nobody looked. */
function meanShares(
  lines: Lines,
  hosts: readonly SeenHost[],
  from: number,
  to: number,
): readonly number[] | undefined {
  const rates = hosts.map(({ key }) => lines.meanRate(key, from, to));
  const all = rates.reduce((sum, rate) => sum + rate, 0);
  return all > 0 ? rates.map((rate) => rate / all) : undefined;
}
