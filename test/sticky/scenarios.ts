/**
 * Scenarios of the simulation. The filter's constants were chosen by looking at `tried`; `aside` was looked
 * at only to decide whether a change is one for the better. Keep it so: a new idea is tuned on the first.
 */
import type { HostOptions } from '../../demo/fakes/cached-work.ts';
import * as demo from '../../demo/sticky/setup.ts';
import type { Event, Scenario } from './scenario.ts';

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
const uneven = (reports: boolean): HostOptions[] =>
  demo.hosts.map((host) => ({ ...host, spread: 0.2, reports }));

/** What most of them have, and what one has of its own. */
const usual = (
  name: string,
  hosts: readonly HostOptions[],
  own: Pick<Scenario, 'keys' | 'host'> & Partial<Scenario>,
): Scenario => ({
  name,
  hosts,
  workers: 2,
  load: 0.7,
  exponent: 0.9,
  event: slow(3),
  ...own,
});

export const tried: readonly Scenario[] = [
  usual('the demo: uneven hosts', uneven(true), { keys: 1_000, load: 0.71, host: 2 }),
  usual('the same without reports', uneven(false), { keys: 1_000, load: 0.71, host: 2 }),
  usual('16 hosts, 4 workers', of(16, 4, [25, 100], 250), {
    keys: 5_000,
    workers: 4,
    exponent: 0.8,
    host: 5,
  }),
  usual('4 large hosts', of(4, 8, [40, 120], 400), { keys: 2_000, load: 0.75, event: slow(4), host: 1 }),
  usual('twice as slow', of(8, 3, [30, 120], 200), { keys: 2_000, exponent: 0.8, event: slow(2), host: 3 }),
  usual('16 workers', of(8, 4, [30, 150], 150, { reports: false }), { keys: 1_200, workers: 16, host: 3 }),
  usual('a very popular key', of(8, 4, [30, 120], 200), { keys: 2_000, load: 0.65, exponent: 1.2, host: 4 }),
  usual('streams', of(6, 16, [60, 300], 150, { streamMs: 800 }), { keys: 1_000, host: 2 }),
  usual('flat keys, small caches', of(8, 4, [40, 150], 170), {
    keys: 1_550,
    load: 0.72,
    exponent: 0.4,
    host: 5,
  }),
  usual('streams, few requests', of(6, 16, [100, 450], 120, { streamMs: 1_500, reports: false }), {
    keys: 650,
    workers: 3,
    exponent: 0.7,
    host: 1,
  }),
  usual('low load', of(8, 4, [30, 120], 200), { keys: 1_500, load: 0.1, exponent: 0.8, host: 3 }),
  usual('low load, nothing happens', of(8, 2, [20, 100], 200), {
    keys: 1_500,
    workers: 4,
    load: 0.15,
    event: { kind: 'nothing' },
    host: 3,
  }),
  usual('one cold cache', of(8, 4, [30, 120], 250), {
    keys: 1_800,
    load: 0.65,
    exponent: 0.8,
    event: { kind: 'cold' },
    host: 3,
  }),
  usual('8 requests hang', of(4, 8, [20, 80], 400), {
    keys: 500,
    workers: 1,
    load: 0.02,
    exponent: 0.5,
    event: { kind: 'hanging', requests: 8, headers: false },
    host: 1,
  }),
  usual('12 streams are open', of(4, 8, [20, 80], 400), {
    keys: 500,
    load: 0.05,
    exponent: 0.5,
    event: { kind: 'hanging', requests: 12, headers: true },
    host: 1,
  }),
];

export const aside: readonly Scenario[] = [
  usual('eight hosts, more slots', of(8, 4, [40, 160], 140), { keys: 1_500, load: 0.75, host: 4 }),
  usual('slower by 5, 3 workers', of(12, 3, [30, 150], 160, { reports: false }), {
    keys: 2_400,
    workers: 3,
    exponent: 0.85,
    event: slow(5),
    host: 7,
  }),
  usual('even keys', of(6, 6, [50, 200], 240), { keys: 1_600, exponent: 0.3, host: 0 }),
  usual('32 small hosts, 8 workers', of(32, 2, [25, 125], 120), {
    keys: 4_500,
    workers: 8,
    load: 0.65,
    exponent: 0.8,
    host: 11,
  }),
  usual('near its limit', of(8, 4, [40, 160], 200), { keys: 1_500, load: 0.85, host: 6 }),
  usual('a host freezes', of(8, 4, [30, 120], 180), {
    keys: 1_600,
    load: 0.65,
    event: { kind: 'frozen' },
    host: 2,
  }),
  usual('misses 10 times as dear', of(8, 4, [20, 200], 220), { keys: 1_800, load: 0.65, host: 1 }),
  usual('long streams, no reports', of(5, 24, [80, 400], 120, { streamMs: 2_000, reports: false }), {
    keys: 700,
    workers: 4,
    load: 0.65,
    exponent: 0.8,
    host: 3,
  }),
  usual('low load, one worker', of(6, 4, [40, 160], 200), {
    keys: 1_000,
    workers: 1,
    load: 0.15,
    exponent: 0.8,
    host: 5,
  }),
  usual('low load, uneven hosts', uneven(true), {
    keys: 1_000,
    load: 0.2,
    event: { kind: 'nothing' },
    host: 0,
  }),
  usual('one cold cache, few slots', of(10, 2, [25, 150], 150), {
    keys: 1_400,
    load: 0.6,
    event: { kind: 'cold' },
    host: 4,
  }),
  usual('20 requests hang', of(5, 4, [30, 90], 300), {
    keys: 600,
    load: 0.05,
    exponent: 0.6,
    event: { kind: 'hanging', requests: 20, headers: false },
    host: 2,
  }),
];
