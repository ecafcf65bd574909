/** Shares of hosts around a change, as they were seen. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lines } from '../../../host/dashboard/lines.ts';
import { seenShares } from '../../../host/dashboard/seen.ts';

const hosts = ['a', 'b', 'c'].map((host) => ({ host, key: host }));
const AT = 60_000;

/** Before the change a has 3 of 4 requests and c none; after it c has half. */
function lines(until: number): Lines {
  const made = new Lines();
  for (let at = 0; at <= until; at += 3_000)
    made.add(at, (record) => {
      record('a', at <= AT ? 30 : 10, undefined);
      record('b', 10, undefined);
      if (at > AT) record('c', 20, undefined);
    });
  return made;
}

test('the minute before and the minute after are told apart', () => {
  assert.deepEqual(seenShares(lines(3 * AT), hosts, AT, 3 * AT), {
    why: '',
    hosts: [
      { host: 'a', before: 0.75, after: 0.25 },
      { host: 'b', before: 0.25, after: 0.25 },
      { host: 'c', before: 0, after: 0.5 },
    ],
  });
});

test('why nothing can be told: too soon, or nobody looked', () => {
  assert.match(seenShares(lines(AT + 9_000), hosts, AT, AT + 10_000).why, /^ask again in 20 s/);
  assert.match(seenShares(lines(3 * AT), hosts, -AT, 3 * AT).why, /no page was open in the minute before/);
  assert.match(seenShares(lines(2 * AT), hosts, 2 * AT, 5 * AT).why, /no page was open in the minute after/);
});
