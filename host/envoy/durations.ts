/** Milliseconds to protobuf's JSON duration, as Envoy and Envoy Gateway print it: `60s`, `0.250s`. */

export type Duration = `${string}s`;

/** @param ms Milliseconds, 0 or more; fractions of a millisecond are rounded. */
export function duration(ms: number): Duration {
  const whole = Math.round(ms);
  const seconds = Math.floor(whole / 1000);
  const rest = whole % 1000;
  return rest === 0 ? `${seconds}s` : `${seconds}.${String(rest).padStart(3, '0')}s`;
}

/** The same for a field that may be absent; absent stays absent (emit.ts leaves undefined fields out). */
export const optionalDuration = (ms: number | undefined): Duration | undefined =>
  ms === undefined ? undefined : duration(ms);
