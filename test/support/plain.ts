/**
 * Data as JSON would have it: a field that is undefined is absent. Everything that ships drops such fields.
 */
import assert from 'node:assert/strict';

export const plain = <T>(value: T): T =>
  value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T);

/** Deep equality of two values as JSON. */
export const same = (actual: unknown, expected: unknown, message?: string): void =>
  assert.deepEqual(plain(actual), plain(expected), message);
