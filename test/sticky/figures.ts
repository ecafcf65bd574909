/** From what became of the requests to figures. Pure. */
import { mean, quantile } from '../../demo/sticky/figures.ts';
import type { Sent } from './run.ts';
import { phases } from './scenario.ts';

export interface Figures {
  /** Steady phase, event and after it together. */
  readonly hitRate: number;
  readonly p50: number;
  readonly p99Steady: number;
  readonly p99Event: number;
  readonly p99After: number;
  /** Part of the requests that another host than the home answered. */
  readonly awaySteady: number;
  readonly awayEvent: number;
  /** Of all requests, the parts that left home in the steady phase, by reason. */
  readonly whySteady: ReadonlyMap<string, number>;
  /** Seconds after the event until the host's keys are home; Infinity: not within the phase. */
  readonly homeAfter: number;
  /** Clients that gave up, of all. */
  readonly gaveUp: number;
}

export function figuresOf(sent: readonly Sent[], host: number): Figures {
  const judged = sent.filter(({ at }) => at >= startOf('steady'));
  const answered = judged.filter((one) => one.answered);
  return {
    hitRate: part(answered, ({ hit }) => hit),
    p50: percentile(judged, 0.5),
    p99Steady: percentile(within(sent, 'steady'), 0.99),
    p99Event: percentile(within(sent, 'event'), 0.99),
    p99After: percentile(within(sent, 'after'), 0.99),
    awaySteady: part(within(sent, 'steady'), isAway),
    awayEvent: part(within(sent, 'event'), isAway),
    whySteady: whyOf(within(sent, 'steady')),
    homeAfter: homeAfter(within(sent, 'after').filter(({ home }) => home === host)),
    gaveUp: 1 - part(judged, (one) => one.answered),
  };
}

type PhaseName = (typeof phases)[number]['name'];

const isAway = ({ host, home }: Sent): boolean => host !== home;

const part = (sent: readonly Sent[], is: (one: Sent) => boolean): number =>
  mean(sent.map((one) => (is(one) ? 1 : 0)));

const percentile = (sent: readonly Sent[], p: number): number =>
  quantile(
    sent.map(({ ms }) => ms).sort((a, b) => a - b),
    p,
  );

function whyOf(sent: readonly Sent[]): Map<string, number> {
  const parts = new Map<string, number>();
  for (const { why } of sent) if (why !== undefined) parts.set(why, (parts.get(why) ?? 0) + 1 / sent.length);
  return parts;
}

function startOf(name: PhaseName): number {
  let start = 0;
  for (const phase of phases) {
    if (phase.name === name) return start;
    start += phase.seconds * 1_000;
  }
  return start;
}

function within(sent: readonly Sent[], name: PhaseName): Sent[] {
  const start = startOf(name);
  const end = start + phases.find((phase) => phase.name === name)!.seconds * 1_000;
  return sent.filter(({ at }) => at >= start && at < end);
}

/** Keys are home when 0.9 of their requests in two seconds are answered there. */
const HOME = 0.9;
const WINDOW_MS = 2_000;

function homeAfter(sent: readonly Sent[]): number {
  const start = startOf('after');
  const end = startOf('after') + phases.at(-1)!.seconds * 1_000;
  for (let from = start; from + WINDOW_MS <= end; from += 500) {
    const asked = sent.filter(({ at }) => at >= from && at < from + WINDOW_MS);
    if (asked.length > 0 && part(asked, isAway) <= 1 - HOME) return (from - start) / 1_000;
  }
  return Number.POSITIVE_INFINITY;
}
