/** Gateway API, "HTTPRoute.spec.hostnames" and "Listener.hostname": which names remain. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { covers, hostInName, hostnameRank, intersectHostnames } from '../../../host/plan/attach/hostnames.ts';

const cases: [route: string[], listener: string | undefined, common: string[]][] = [
  [[], undefined, ['*']],
  [[], 'www.example.com', ['www.example.com']],
  [['b.example.com', 'a.example.com'], undefined, ['a.example.com', 'b.example.com']],
  [['www.example.com'], 'www.example.com', ['www.example.com']],
  [['www.example.com'], 'api.example.com', []],
  [['www.example.com', 'a.other.org'], '*.example.com', ['www.example.com']],
  [['a.b.example.com'], '*.example.com', ['a.b.example.com']],
  [['example.com'], '*.example.com', []],
  [['*.example.com'], 'www.example.com', ['www.example.com']],
  [['*.example.com'], '*.example.com', ['*.example.com']],
  [['*.com'], '*.example.com', ['*.example.com']],
  [['*.shop.example.com'], '*.example.com', ['*.shop.example.com']],
  [['*.example.org'], '*.example.com', []],
  [['*.badexample.com'], '*.example.com', []],
  [['*.example.com', 'www.example.com'], 'www.example.com', ['www.example.com']],
];
for (const [route, listener, common] of cases) {
  test(`[${route}] on ${listener ?? 'any host'} is [${common}]`, () => {
    assert.deepEqual(intersectHostnames(route, listener), common);
  });
}

test('a wildcard covers at least one label more', () => {
  assert.equal(covers('*.example.com', 'a.example.com'), true);
  assert.equal(covers('*.example.com', '.example.com'), false);
  assert.equal(covers('*.example.com', 'aexample.com'), false);
});

test('narrower listeners rank higher', () => {
  const ranks = [undefined, '*.com', '*.example.com', 'x.com', 'www.example.com'].map(hostnameRank);
  assert.deepEqual(
    ranks,
    [...ranks].sort((a, b) => a - b),
  );
  assert.equal(new Set(ranks).size, ranks.length);
});

test('dots become underscores in names, stars stay', () => {
  assert.equal(hostInName('*.example.com'), '*_example_com');
});
