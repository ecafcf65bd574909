/** Many notices, told as one: on a clock that only the test moves. */
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { Debounce } from '../../../host/basics/debounce.ts';

const rows: readonly (readonly [string, readonly number[], readonly number[]])[] = [
  ['one', [0], [40]],
  ['several in a row', [0, 10, 20], [60]],
  ['two with quiet between them', [0, 100], [40, 140]],
  ['a steady stream', [0, 30, 60, 90, 120, 150, 180, 210], [100, 220]],
];
for (const [what, notices, expected] of rows)
  test(`${what}: told when it is quiet, or when it has lasted`, () => {
    let now = 0;
    const told: number[] = [];
    mock.timers.enable({ apis: ['setTimeout'] });
    const clock = mock.method(performance, 'now', () => now);
    try {
      const debounce = new Debounce(40, 100, () => told.push(now));
      for (; now < 400; now++) {
        if (notices.includes(now)) debounce.notice();
        mock.timers.tick(1);
      }
      // A timer fires at the end of its millisecond.
      assert.deepEqual(
        told.map((at) => at + 1),
        expected,
      );
      debounce.notice();
      debounce.close();
      mock.timers.tick(1_000);
      assert.equal(told.length, expected.length);
    } finally {
      clock.mock.restore();
      mock.timers.reset();
    }
  });
