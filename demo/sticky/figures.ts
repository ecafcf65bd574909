/** From what was sent to figures: by phase, over time, and how keys moved. Pure. */
import type { Sent } from '../fakes/open-load.ts';
import { type Phase, sampleMs, type Trace } from './types.ts';

export interface PhaseFigures {
  readonly phase: string;
  readonly requests: number;
  /** Of the answered. */
  readonly hitRate: number;
  readonly p50: number;
  readonly p99: number;
  /** Without an answer in time, of all. */
  readonly failed: number;
  /** Requests at the host that has most of them, on average. */
  readonly hottest: number;
}

export interface Figures {
  readonly contender: string;
  /** All judged phases together, then each. */
  readonly phases: readonly PhaseFigures[];
  /** Steady phase, keys asked for at least twice: part of them that more than one host answered. */
  readonly moved: number;
  /** Steady phase: changes of host between two requests of a key, per key and minute. */
  readonly flaps: number;
  /**
   * Seconds from the slow host's recovery until its keys are back; undefined: not within the phase, or it has
   * no keys of its own.
   */
  readonly homeAfter: number | undefined;
  readonly lateMs: number;
  /** By second. */
  readonly series: readonly { readonly p99: number; readonly hitRate: number; readonly hottest: number }[];
}

interface Span {
  readonly phase: Phase;
  readonly from: number;
  readonly to: number;
}

export function spansOf(phases: readonly Phase[]): Span[] {
  let from = 0;
  return phases.map((phase) => {
    const to = from + phase.seconds * 1_000;
    const span = { phase, from, to };
    from = to;
    return span;
  });
}

/** @param slowHost Index of the host that was slow. */
export function figuresOf(trace: Trace, phases: readonly Phase[], slowHost: number): Figures {
  const spans = spansOf(phases);
  const judged = spans.filter(({ phase }) => phase.warmUp !== true);
  const steady = judged[0]!;
  const last = spans.at(-1)!.to;
  const whole: Span = { phase: { name: 'all', seconds: 0 }, from: judged[0]!.from, to: last };
  const calm = within(trace.sent, steady.from, steady.to);
  const recovery = spans.find(({ phase }) => phase.change === 'recover');
  return {
    contender: trace.contender,
    lateMs: trace.lateMs,
    phases: [whole, ...judged].map((span) => phaseFigures(trace, span)),
    moved: movedPart(calm),
    flaps: flapsPerMinute(calm, (steady.to - steady.from) / 60_000),
    homeAfter: recovery && homeAfter(trace, calm, trace.ports[slowHost]!, recovery),
    series: Array.from({ length: Math.round(last / 1_000) }, (_, second) => {
      const { p99, hitRate, hottest } = phaseFigures(trace, {
        phase: { name: '', seconds: 1 },
        from: second * 1_000,
        to: (second + 1) * 1_000,
      });
      return { p99, hitRate, hottest };
    }),
  };
}

const within = (sent: readonly Sent[], from: number, to: number): Sent[] =>
  sent.filter(({ at }) => at >= from && at < to).sort((a, b) => a.at - b.at);

function phaseFigures(trace: Trace, { phase, from, to }: Span): PhaseFigures {
  const sent = within(trace.sent, from, to);
  const answered = sent.filter(({ port }) => port !== 0);
  const times = sent.map(({ ms }) => ms).sort((a, b) => a - b);
  const rows = trace.loads.slice(Math.floor(from / sampleMs), Math.ceil(to / sampleMs));
  return {
    phase: phase.name,
    requests: sent.length,
    hitRate: answered.filter(({ hit }) => hit).length / Math.max(1, answered.length),
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    failed: (sent.length - answered.length) / Math.max(1, sent.length),
    hottest: mean(rows.map((row) => Math.max(...row))),
  };
}

/** Of sorted values; 0 when there are none. */
export const quantile = (sorted: readonly number[], part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/** Key → the hosts that answered it, in order. */
function hostsByKey(sent: readonly Sent[]): Map<number, number[]> {
  const hosts = new Map<number, number[]>();
  for (const { key, port } of sent) {
    if (port === 0) continue;
    const known = hosts.get(key);
    if (known === undefined) hosts.set(key, [port]);
    else known.push(port);
  }
  return hosts;
}

function movedPart(sent: readonly Sent[]): number {
  const several = [...hostsByKey(sent).values()].filter((hosts) => hosts.length > 1);
  return several.filter((hosts) => new Set(hosts).size > 1).length / Math.max(1, several.length);
}

function flapsPerMinute(sent: readonly Sent[], minutes: number): number {
  const keys = hostsByKey(sent);
  let changes = 0;
  for (const hosts of keys.values()) {
    for (let i = 1; i < hosts.length; i++) if (hosts[i] !== hosts[i - 1]) changes++;
  }
  return changes / Math.max(1, keys.size) / minutes;
}

/**
 * Keys that lived at the host in the steady phase are back when 0.9 of their requests in two seconds are
 * answered there.
 */
const BACK = 0.9;
const WINDOW_MS = 2_000;

function homeAfter(trace: Trace, calm: readonly Sent[], port: number, span: Span): number | undefined {
  const own = new Set(
    [...hostsByKey(calm)].flatMap(([key, hosts]) =>
      hosts.length > 1 && hosts.every((host) => host === port) ? [key] : [],
    ),
  );
  const after = trace.sent.filter(({ at, key, port: host }) => own.has(key) && at >= span.from && host !== 0);
  for (let from = span.from; from + WINDOW_MS <= span.to; from += 500) {
    const asked = within(after, from, from + WINDOW_MS);
    if (asked.length < 10) continue;
    if (asked.filter((one) => one.port === port).length >= asked.length * BACK)
      return (from - span.from) / 1_000;
  }
  return undefined;
}
