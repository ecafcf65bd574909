/** Changes of a pool as they are written on the command line, and each way to get them wrong. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostsOf } from '../../../host/filter/hosts.ts';
import { type Change, changePool, resolveHost } from '../../../host/simulate/change.ts';
import { poolOf } from './pools.ts';

const pool = poolOf([
  {
    hosts: [
      ['127.0.0.1', 1],
      ['127.0.0.2', 1],
      ['127.0.0.3', 1],
    ],
  },
]);
const none: Change = { remove: [], add: [], weights: [] };

function changed(change: Partial<Change>): string[] {
  const result = changePool(pool, { ...none, ...change });
  assert.ok(result.ok, JSON.stringify(result));
  return result.pool.localities.flatMap(({ endpoints }) =>
    endpoints.map((e) => `${e.address}:${e.port}=${e.weight}`),
  );
}
function problem(change: Partial<Change>): string {
  const result = changePool(pool, { ...none, ...change });
  assert.ok(!result.ok);
  return result.problems.join('\n');
}

test('hosts go, come and are weighed otherwise', () => {
  assert.deepEqual(changed({ remove: ['127.0.0.2:80'] }), ['127.0.0.1:80=1', '127.0.0.3:80=1']);
  assert.deepEqual(changed({ add: ['127.0.0.9:81=4', '[::1]:80'], remove: ['127.0.0.1', '127.0.0.2'] }), [
    '127.0.0.3:80=1',
    '127.0.0.9:81=4',
    '::1:80=1',
  ]);
  assert.deepEqual(changed({ weights: ['127.0.0.3:80=7'] }), [
    '127.0.0.1:80=1',
    '127.0.0.2:80=1',
    '127.0.0.3:80=7',
  ]);
  assert.deepEqual(hostsOf(pool), ['127.0.0.1:80', '127.0.0.2:80', '127.0.0.3:80']);
});

const wrong: readonly [Partial<Change>, RegExp][] = [
  [{ remove: ['127.0.0.22:80'] }, /--remove 127\.0\.0\.22:80: no such host; did you mean 127\.0\.0\.2:80\?/],
  [{ remove: ['example.com'] }, /no such host; the hosts are 127\.0\.0\.1:80, 127/],
  [{ remove: ['80'] }, /this names several hosts/],
  [{ remove: ['127.0.0.1', '127.0.0.2', '127.0.0.3'] }, /No host is left/],
  [{ add: ['127.0.0.1:80'] }, /is there already/],
  [{ add: ['127.0.0.9'] }, /write IP:PORT/],
  [{ add: ['127.0.0.9:0'] }, /write IP:PORT/],
  [{ add: ['127.0.0.9:80=0'] }, /write IP:PORT/],
  [{ weights: ['127.0.0.1:80'] }, /write HOST=WEIGHT/],
  [{ weights: ['127.0.0.1:80=many'] }, /write HOST=WEIGHT/],
];
for (const [change, message] of wrong) {
  test(`refused: ${JSON.stringify(change)}`, () => assert.match(problem(change), message));
}

test('all that is wrong is told at once', () => {
  assert.equal(problem({ remove: ['x'], add: ['y'] }).split('\n').length, 2);
});

test('an IPv6 host is found however it is written', () => {
  assert.deepEqual(resolveHost(['[2001:db8::1]:80'], '[2001:DB8:0:0::1]:80'), {
    kind: 'found',
    host: '[2001:db8::1]:80',
  });
});
