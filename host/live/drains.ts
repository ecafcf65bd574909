/**
 * Which listeners let their connections go. Envoy changes routes, clusters and filter configurations below a
 * listener that stays; one that itself differs, or is gone, ends its connections within the drain time. Where
 * nothing but its filter chains differs (with TLS there are several), those of the others stay.
 */
import type { EnvoyListener } from '../envoy/envoy-types.ts';
import type { Resources } from '../xds/resources.ts';

/** Envoy's own (`--drain-time-s`), seconds. */
const DRAIN_SECONDS = 600;

/** A sentence for each; none for nearly every change. @param seconds That of `--drain-time`. */
export const drainsOf = (before: Resources, after: Resources, seconds = DRAIN_SECONDS): string[] =>
  [...before.lds].flatMap(([name, listener]) => {
    const drains = drainedOf(listener as EnvoyListener, after.lds.get(name) as EnvoyListener | undefined);
    if (drains === 'all') return [`listener ${name} drains: its connections end within ${seconds} s`];
    return drains.map(
      (chain) => `${chain} on listener ${name} drains: its connections end within ${seconds} s`,
    );
  });

/** Names of filter chains. */
function drainedOf(old: EnvoyListener, now: EnvoyListener | undefined): readonly string[] | 'all' {
  if (now === undefined) return 'all';
  const { filter_chains: had, ...rest } = old;
  const { filter_chains: has, ...others } = now;
  if (JSON.stringify(rest) !== JSON.stringify(others)) return 'all';
  const kept = new Set(has.map((chain) => JSON.stringify(chain)));
  const gone = had.filter((chain) => !kept.has(JSON.stringify(chain)));
  return gone.length > 0 && gone.length === had.length ? 'all' : gone.map(({ name = '' }) => name);
}
