/**
 * Scenarios by chance: of equal seeds the same ones. A rule that was found by looking at one draw is judged
 * by another draw, which nobody has looked at. Every fourth has nearly even keys, every third streams.
 */
import { randomFrom } from '../../demo/fakes/open-load.ts';
import type { Event, Scenario } from './scenario.ts';

/** Places of all hosts together, so that a run takes seconds. A stream keeps its place for long. */
const MOST_SLOTS = 48;
const MOST_SLOTS_OF_STREAMS = 160;

export function drawn(seed: number, count: number): Scenario[] {
  const random = randomFrom(seed * 104_729 + 7);
  return Array.from({ length: count }, (_, i) => draw(`${seed}-${i + 1}`, i, random));
}

function draw(name: string, i: number, random: () => number): Scenario {
  const between = (low: number, high: number): number => low + (high - low) * random();
  const whole = (low: number, high: number): number => Math.floor(between(low, high + 1));
  const streams = i % 3 === 2;
  const even = i % 4 === 1;
  const count = whole(4, 16);
  const most = Math.floor((streams ? MOST_SLOTS_OF_STREAMS : MOST_SLOTS) / count);
  const slots = whole(2, Math.max(2, Math.min(streams ? 32 : 8, most)));
  const hitMs = whole(20, 80);
  const missMs = Math.round(hitMs * between(3, 8));
  const streamMs = streams ? whole(500, 2_500) : 0;
  const reports = random() < 0.6;
  const uneven = random() < 0.3;
  const capacity = whole(80, 250);
  const hosts = Array.from({ length: count }, () => {
    const speed = uneven ? between(0.8, 1.2) : 1;
    return { slots, speed, hitMs, missMs, streamMs, capacity, reports, spread: 0.2 };
  });
  const load = random() < 0.2 ? between(0.1, 0.3) : between(0.5, 0.8);
  const event = eventOf(random, slots);
  return {
    name: [name, even ? 'even keys' : '', streams ? 'streams' : '', load < 0.4 ? 'low load' : '', event.kind]
      .filter((part) => part !== '')
      .join(', '),
    hosts,
    workers: whole(1, 8),
    load,
    keys: Math.round((count * capacity) / between(0.85, 1.5)),
    exponent: even ? between(0.1, 0.4) : between(0.5, 1.1),
    event,
    host: whole(0, count - 1),
  };
}

function eventOf(random: () => number, slots: number): Event {
  const kind = random();
  if (kind < 0.7) return { kind: 'slow', times: 2 + 3 * random() };
  if (kind < 0.8) return { kind: 'cold' };
  if (kind < 0.9) return { kind: 'frozen' };
  return { kind: 'hanging', requests: slots * 3, headers: random() < 0.5 };
}
