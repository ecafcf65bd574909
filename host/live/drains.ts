/**
 * Which listeners let their connections go. Envoy changes routes, clusters and filter configurations below a
 * listener that stays; one that itself differs, or is gone, ends its connections within the drain time.
 */
import type { Resources } from '../xds/resources.ts';

/** Envoy's own (`--drain-time-s`), seconds. */
const DRAIN_SECONDS = 600;

/** A sentence for each; none for nearly every change. @param seconds That of `--drain-time`. */
export const drainsOf = (before: Resources, after: Resources, seconds = DRAIN_SECONDS): string[] =>
  [...before.lds]
    .filter(([name, listener]) => JSON.stringify(after.lds.get(name)) !== JSON.stringify(listener))
    .map(([name]) => `listener ${name} drains: its connections end within ${seconds} s`);
