/** What a scenario is: hosts, keys, load, and what happens when. */
import type { HostOptions } from '../../demo/fakes/cached-work.ts';

/** What happens in the third phase, to one host. */
export type Event =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'slow'; readonly times: number }
  | { readonly kind: 'frozen' }
  /** It begins anew, with an empty cache. */
  | { readonly kind: 'cold' }
  /** One client opens so many requests there that stay open; with the headers of an answer, or without. */
  | { readonly kind: 'hanging'; readonly requests: number; readonly headers: boolean };

export interface Scenario {
  readonly name: string;
  readonly hosts: readonly HostOptions[];
  readonly workers: number;
  /** Part of what all hosts can do together with nine hits of ten that is asked for. */
  readonly load: number;
  readonly keys: number;
  /** The n-th key is asked for in proportion to 1 / n^exponent. */
  readonly exponent: number;
  readonly event: Event;
  /** Which host the event is about. */
  readonly host: number;
}

/** After so long a client gives up, and counts as this. */
export const TIMEOUT_MS = 4_000;

/** Caches start cold, so the load rises over the first part of the warm-up. */
export const phases = [
  { name: 'warm-up', seconds: 12 },
  { name: 'steady', seconds: 12 },
  { name: 'event', seconds: 12 },
  { name: 'after', seconds: 20 },
] as const;

export const RAMP_MS = phases[0].seconds * 700;

/**
 * Where hosts are, on a real Envoy too, so that keys have the same homes there: below the ports that the
 * kernel chooses.
 */
export const portsOf = ({ hosts }: Scenario): number[] => hosts.map((_, i) => 21_300 + i);
export const namesOf = (scenario: Scenario): string[] => portsOf(scenario).map((port) => `127.0.0.1:${port}`);

/** Of requests per second. */
export function rateOf({ hosts, load }: Scenario): number {
  const each = ({ speed = 1, slots, hitMs, missMs, streamMs = 0 }: HostOptions): number =>
    (slots * speed * 1_000) / (0.9 * hitMs + 0.1 * missMs + streamMs);
  return load * hosts.reduce((sum, host) => sum + each(host), 0);
}
