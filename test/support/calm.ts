/**
 * On a busy machine a host seems slow for a moment, and sheds keys, as it should. Where a test asks for
 * something else, such a round does not count.
 */
import assert from 'node:assert/strict';
import type { Admin } from './admin.ts';
import { eventually } from './eventually.ts';

/** Why keys leave their home, beside load reports. */
const reasons = ['slow', 'silent', 'busy', 'hot_key'];

/**
 * What `round` gives, of the first one in which no key left its home but for what the home reports.
 */
export function calm<T>(admin: Admin, round: () => Promise<T>): Promise<T> {
  const left = async (): Promise<number[]> => {
    const now = await admin.settledStats();
    return reasons.map((reason) => now[`loadstar_sticky_left_${reason}_total`] ?? 0);
  };
  return eventually(
    `a round in which no key leaves for ${reasons.join(', ')}`,
    async () => {
      const before = await left();
      const result = await round();
      assert.deepEqual(await left(), before);
      return result;
    },
    120_000,
  );
}
