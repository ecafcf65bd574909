/** What the two readings of one response mean beside each other. */
import type { Reading } from './envoy.ts';
import type { Answer } from './filter.ts';
import { metricNames } from './reports.ts';

export type Effect = 'weight' | 'no rate' | 'no utilization' | 'refused' | 'none' | 'reset';

/** What Envoy's balancer makes of a reading (load_balancing_policies/common/orca_weight_manager.cc). */
export function effectOf(reading: Reading): Effect {
  if (reading.kind !== 'report') return reading.kind;
  if (!((reading.metrics.rps_fractional ?? 0) > 0)) return 'no rate';
  return utilizationOf(reading.metrics) > 0 ? 'weight' : 'no utilization';
}

export function utilizationOf(metrics: Readonly<Record<string, number>>): number {
  const most = Math.max(0, ...metricNames.map((name) => metrics[name] ?? 0));
  if (most > 0) return most;
  const application = metrics.application_utilization ?? 0;
  return application > 0 ? application : (metrics.cpu_utilization ?? 0);
}

export type Verdict =
  /** Envoy reads the same with the filter as without. */
  | 'same'
  /** Envoy reads the same rate and utilization; what TEXT cannot carry is missing. */
  | 'same weight'
  /** Envoy alone makes nothing of it; with the filter it weighs by it. */
  | 'repaired'
  /** Envoy weighs by it; the filter refuses it. */
  | 'refused here'
  /** Neither makes anything of it; Envoy logs no error for it when the filter is there. */
  | 'refused by both'
  /** Envoy weighs by the trailers; with the filter by the headers, which it has repaired. */
  | 'headers win'
  | 'wrong';

export function verdict(native: Reading, filter: Reading, answer: Answer): Verdict {
  const before = effectOf(native);
  const after = effectOf(filter);
  if (before === after && (before === 'none' || before === 'reset')) return 'same';
  // With the filter Envoy never meets a report that it refuses, or that has no effect.
  if (after !== 'weight' && after !== 'none') return 'wrong';
  if (before === 'weight' && after === 'weight') {
    const a = (native as { metrics: Record<string, number> }).metrics;
    const b = (filter as { metrics: Record<string, number> }).metrics;
    const close = (x: number, y: number): boolean =>
      Object.is(x, y) || Math.abs(x - y) <= 1e-15 * Math.max(x, y);
    const names = new Set([...Object.keys(a), ...Object.keys(b)]);
    if ([...names].every((name) => close(a[name] ?? 0, b[name] ?? 0))) return 'same';
    const kept = Object.keys(b).every((name) => close(a[name] ?? 0, b[name]!));
    const weight = close(a.rps_fractional!, b.rps_fractional!) && close(utilizationOf(a), utilizationOf(b));
    if (kept && weight) return 'same weight';
    return answer.results.length === 1 && answer.results[0]!.endsWith('repaired') ? 'headers win' : 'wrong';
  }
  if (after === 'weight') return 'repaired';
  if (answer.reasons.length === 0) return 'wrong';
  return before === 'weight' ? 'refused here' : 'refused by both';
}
