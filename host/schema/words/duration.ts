/**
 * Durations of the Gateway API (GEP-2257): up to four numbers of at most five digits, each with a unit of h,
 * m, s or ms. In the model they are milliseconds.
 */
import { leaf } from './shape.ts';

const pattern = /^([0-9]{1,5}(h|m|s|ms)){1,4}$/;
const part = /([0-9]{1,5})(ms|h|m|s)/g;
const unitMs: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** `1h30m` → 5400000; undefined when it is no duration. */
export function parseDuration(value: unknown): number | undefined {
  if (typeof value !== 'string' || !pattern.test(value)) return undefined;
  let total = 0;
  for (const [, digits, unit] of value.matchAll(part)) total += Number(digits) * unitMs[unit!]!;
  return total;
}

/** Of a duration that is known to be one. */
export const milliseconds = (text: string): number => parseDuration(text)!;

/** Milliseconds. `aboveZero`: 0 is refused. */
export const duration = (aboveZero = false) =>
  leaf<number>({
    rule: aboveZero
      ? 'a duration greater than 0, as 10s, 1h30m or 500ms'
      : 'a duration, as 10s, 1h30m or 500ms (h, m, s, ms; whole numbers of at most 5 digits)',
    code: 'duration-invalid',
    hint: repair,
    read: (value) => {
      const ms = parseDuration(value);
      return ms === 0 && aboveZero ? undefined : ms;
    },
  });

/** Milliseconds from `min` to `max`. */
export function durationBetween(min: number, max: number, rule: string) {
  return leaf<number>({
    rule,
    code: 'duration-invalid',
    read: (value) => {
      const ms = parseDuration(value);
      return ms !== undefined && ms >= min && ms <= max ? ms : undefined;
    },
  });
}

/** What the user most likely meant. */
function repair(value: unknown): string | undefined {
  const written = String(value).trim();
  if (/^\d{1,5}$/.test(written) && written !== '0') return `Add a unit: "${written}s".`;
  const fraction = written.match(/^(\d*\.\d+)(h|m|s)$/);
  if (fraction !== null) {
    const ms = Math.round(Number(fraction[1]) * unitMs[fraction[2]!]!);
    if (ms <= 99_999) return `Write it in whole numbers: "${ms}ms".`;
  }
  if (/^(\d+(h|m|s|ms))+$/.test(written) && /\d{6}/.test(written))
    return 'A number has at most 5 digits: take a larger unit, up to 99999h.';
  const days = written.match(/^(\d{1,3})d$/);
  if (days !== null) return `Write it in hours: "${Number(days[1]) * 24}h".`;
  return undefined;
}
