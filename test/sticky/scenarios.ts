/**
 * Scenarios of the simulation. The filter's constants were chosen by looking at `tried`; `aside` was looked
 * at only to decide whether a change is one for the better. Keep it so: a new idea is tuned on the first.
 */
import type { HostOptions } from './hosts.ts';

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

/** Of requests per second. */
export function rateOf({ hosts, load }: Scenario): number {
  const each = ({ speed = 1, slots, hitMs, missMs, streamMs = 0 }: HostOptions): number =>
    (slots * speed * 1_000) / (0.9 * hitMs + 0.1 * missMs + streamMs);
  return load * hosts.reduce((sum, host) => sum + each(host), 0);
}

const of = (
  count: number,
  slots: number,
  [hitMs, missMs]: readonly [number, number],
  capacity: number,
  more: Partial<HostOptions> = {},
): HostOptions[] =>
  Array.from({ length: count }, () => ({
    slots,
    hitMs,
    missMs,
    capacity,
    spread: 0.2,
    reports: true,
    ...more,
  }));

const slow = (times: number): Event => ({ kind: 'slow', times });
/** Uneven, as machines are. */
const speeds = [1, 1.2, 0.9, 1, 0.8, 1.1, 1, 1];
const uneven = (reports: boolean): HostOptions[] =>
  speeds.flatMap((speed) => of(1, 2, [20, 100], 110, { speed, reports }));

export const tried: readonly Scenario[] = [
  {
    name: 'the demo: uneven hosts',
    hosts: uneven(true),
    workers: 2,
    load: 0.71,
    keys: 1_000,
    exponent: 0.9,
    event: slow(3),
    host: 2,
  },
  {
    name: 'the same without reports',
    hosts: uneven(false),
    workers: 2,
    load: 0.71,
    keys: 1_000,
    exponent: 0.9,
    event: slow(3),
    host: 2,
  },
  {
    name: '16 hosts, 4 workers',
    hosts: of(16, 4, [25, 100], 250),
    workers: 4,
    load: 0.7,
    keys: 5_000,
    exponent: 0.8,
    event: slow(3),
    host: 5,
  },
  {
    name: '4 large hosts',
    hosts: of(4, 8, [40, 120], 400),
    workers: 2,
    load: 0.75,
    keys: 2_000,
    exponent: 0.9,
    event: slow(4),
    host: 1,
  },
  {
    name: 'twice as slow',
    hosts: of(8, 3, [30, 120], 200),
    workers: 2,
    load: 0.7,
    keys: 2_000,
    exponent: 0.8,
    event: slow(2),
    host: 3,
  },
  {
    name: '16 workers',
    hosts: of(8, 4, [30, 150], 150, { reports: false }),
    workers: 16,
    load: 0.7,
    keys: 1_200,
    exponent: 0.9,
    event: slow(3),
    host: 3,
  },
  {
    name: 'a very popular key',
    hosts: of(8, 4, [30, 120], 200),
    workers: 2,
    load: 0.65,
    keys: 2_000,
    exponent: 1.2,
    event: slow(3),
    host: 4,
  },
  {
    name: 'streams',
    hosts: of(6, 16, [60, 300], 150, { streamMs: 800 }),
    workers: 2,
    load: 0.7,
    keys: 1_000,
    exponent: 0.9,
    event: slow(3),
    host: 2,
  },
  {
    name: 'low load',
    hosts: of(8, 4, [30, 120], 200),
    workers: 2,
    load: 0.1,
    keys: 1_500,
    exponent: 0.8,
    event: slow(3),
    host: 3,
  },
  {
    name: 'low load, nothing happens',
    hosts: of(8, 2, [20, 100], 200),
    workers: 4,
    load: 0.15,
    keys: 1_500,
    exponent: 0.9,
    event: { kind: 'nothing' },
    host: 3,
  },
  {
    name: 'one cold cache',
    hosts: of(8, 4, [30, 120], 250),
    workers: 2,
    load: 0.65,
    keys: 1_800,
    exponent: 0.8,
    event: { kind: 'cold' },
    host: 3,
  },
  {
    name: '8 requests hang',
    hosts: of(4, 8, [20, 80], 400),
    workers: 1,
    load: 0.02,
    keys: 500,
    exponent: 0.5,
    event: { kind: 'hanging', requests: 8, headers: false },
    host: 1,
  },
  {
    name: '12 streams are open',
    hosts: of(4, 8, [20, 80], 400),
    workers: 2,
    load: 0.05,
    keys: 500,
    exponent: 0.5,
    event: { kind: 'hanging', requests: 12, headers: true },
    host: 1,
  },
];

export const aside: readonly Scenario[] = [
  {
    name: "the issue's",
    hosts: of(8, 4, [40, 160], 140),
    workers: 2,
    load: 0.75,
    keys: 1_500,
    exponent: 0.9,
    event: slow(3),
    host: 4,
  },
  {
    name: 'slower by 5, 3 workers',
    hosts: of(12, 3, [30, 150], 160, { reports: false }),
    workers: 3,
    load: 0.7,
    keys: 2_400,
    exponent: 0.85,
    event: slow(5),
    host: 7,
  },
  {
    name: 'even keys',
    hosts: of(6, 6, [50, 200], 240),
    workers: 2,
    load: 0.7,
    keys: 1_600,
    exponent: 0.3,
    event: slow(3),
    host: 0,
  },
  {
    name: '32 small hosts, 8 workers',
    hosts: of(32, 2, [25, 125], 120),
    workers: 8,
    load: 0.65,
    keys: 4_500,
    exponent: 0.8,
    event: slow(3),
    host: 11,
  },
  {
    name: 'near its limit',
    hosts: of(8, 4, [40, 160], 200),
    workers: 2,
    load: 0.85,
    keys: 1_500,
    exponent: 0.9,
    event: slow(3),
    host: 6,
  },
  {
    name: 'a host freezes',
    hosts: of(8, 4, [30, 120], 180),
    workers: 2,
    load: 0.65,
    keys: 1_600,
    exponent: 0.9,
    event: { kind: 'frozen' },
    host: 2,
  },
  {
    name: 'misses 10 times as dear',
    hosts: of(8, 4, [20, 200], 220),
    workers: 2,
    load: 0.65,
    keys: 1_800,
    exponent: 0.9,
    event: slow(3),
    host: 1,
  },
  {
    name: 'long streams, no reports',
    hosts: of(5, 24, [80, 400], 120, { streamMs: 2_000, reports: false }),
    workers: 4,
    load: 0.65,
    keys: 700,
    exponent: 0.8,
    event: slow(3),
    host: 3,
  },
  {
    name: 'low load, one worker',
    hosts: of(6, 4, [40, 160], 200),
    workers: 1,
    load: 0.15,
    keys: 1_000,
    exponent: 0.8,
    event: slow(3),
    host: 5,
  },
  {
    name: 'low load, uneven hosts',
    hosts: uneven(true),
    workers: 2,
    load: 0.2,
    keys: 1_000,
    exponent: 0.9,
    event: { kind: 'nothing' },
    host: 0,
  },
  {
    name: 'one cold cache, few slots',
    hosts: of(10, 2, [25, 150], 150),
    workers: 2,
    load: 0.6,
    keys: 1_400,
    exponent: 0.9,
    event: { kind: 'cold' },
    host: 4,
  },
  {
    name: '20 requests hang',
    hosts: of(5, 4, [30, 90], 300),
    workers: 2,
    load: 0.05,
    keys: 600,
    exponent: 0.6,
    event: { kind: 'hanging', requests: 20, headers: false },
    host: 2,
  },
];
