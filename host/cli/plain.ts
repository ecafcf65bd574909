/**
 * A stage's value → plain data that can be printed: functions left out, a position as `file:line:column`,
 * nothing of a secret.
 */
import { Hidden } from '../basics/hidden.ts';
import { type Location, placeText } from '../diagnostics/diagnostic.ts';

export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'function') return undefined;
  if (value instanceof Hidden) return String(value);
  if (value instanceof Map) return plain(Object.fromEntries(value));
  if (typeof value !== 'object' || value === null) return value;
  if ('lineText' in value && 'file' in value) {
    return placeText(value as unknown as Location);
  }
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, v]) => (v === undefined ? [] : [[key, plain(v)]])),
  );
}
