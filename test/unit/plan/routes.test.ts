/**
 * What happens to a request of a route: timeouts, retries, hash keys, stripping, matches that occur twice.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { on, one } from './routes-world.ts';
import { basics, httpRoute, lb, type Manifest, policy, rule, target, world } from './world.ts';

const HOUR = 3_600_000;
const timeouts: [string, Manifest, Manifest, object][] = [
  ['none', {}, {}, {}],
  [
    'the policy’s',
    {},
    { http: { requestTimeout: '5s', maxStreamDuration: '9s' } },
    { requestMs: 5000, idleMs: HOUR, maxStreamMs: 9000 },
  ],
  [
    'the route’s first',
    { timeouts: { request: '7s' } },
    { http: { requestTimeout: '5s' } },
    { requestMs: 7000, idleMs: HOUR },
  ],
  ['longer than an hour', { timeouts: { request: '2h' } }, {}, { requestMs: 2 * HOUR, idleMs: 2 * HOUR }],
  ['idle, as the policy says', {}, { http: { streamIdleTimeout: '5m' } }, { idleMs: 300_000 }],
  [
    'idle, as the policy says, beside a longer request',
    { timeouts: { request: '2h' } },
    { http: { streamIdleTimeout: '0s' } },
    { requestMs: 2 * HOUR, idleMs: 0 },
  ],
  ['0 is none', { timeouts: { request: '0s' } }, {}, { requestMs: 0, idleMs: 0 }],
  [
    'backendRequest without retries',
    { timeouts: { request: '7s', backendRequest: '2s' } },
    {},
    { requestMs: 2000, idleMs: HOUR },
  ],
  [
    'backendRequest with retries',
    { timeouts: { request: '7s', backendRequest: '2s' }, retry: { attempts: 1 } },
    {},
    { requestMs: 7000, idleMs: HOUR },
  ],
];
for (const [what, r, timeout, expected] of timeouts) {
  test(`timeouts: ${what}`, () => {
    const w = one(rule('/', r), on({ timeout }));
    assert.deepEqual(JSON.parse(JSON.stringify(w.forward('r/0').timeouts)), expected);
  });
}

const ON = ['connect-failure', 'refused-stream', 'unavailable', 'cancelled', 'retriable-status-codes'];
const retries: [string, Manifest, Manifest | undefined, object | undefined][] = [
  ['none', {}, undefined, undefined],
  ['defaults', {}, {}, { on: ON, statusCodes: [503], attempts: 2 }],
  [
    'the policy’s',
    {},
    {
      numRetries: 5,
      numAttemptsPerPriority: 1,
      retryOn: { triggers: ['5xx', 'reset'], httpStatusCodes: [503, 500] },
      perRetry: { timeout: '250ms', backOff: { baseInterval: '100ms', maxInterval: '1s' } },
    },
    {
      on: ['5xx', 'reset'],
      statusCodes: [500, 503],
      attempts: 5,
      attemptsPerPriority: 1,
      perTryTimeoutMs: 250,
      backoff: { baseMs: 100, maxMs: 1000 },
    },
  ],
  [
    'the route’s, as a whole',
    { retry: { codes: [502, 500], backoff: '50ms' }, timeouts: { backendRequest: '1s' } },
    { numRetries: 5 },
    {
      on: [...ON, 'reset'],
      statusCodes: [502, 500],
      attempts: 2,
      perTryTimeoutMs: 1000,
      backoff: { baseMs: 50 },
    },
  ],
];
for (const [what, r, retry, expected] of retries) {
  test(`retries: ${what}`, () => {
    const w = one(rule('/', r), ...(retry === undefined ? [] : [on({ retry })]));
    const got = w.forward('r/0').retry;
    assert.deepEqual(got === undefined ? undefined : JSON.parse(JSON.stringify(got)), expected);
  });
}

const keys: [string, Manifest, object[]][] = [
  ['SourceIP', {}, [{ kind: 'source-ip' }]],
  ['Header', { header: { name: 'X-User' } }, [{ kind: 'header', name: 'X-User' }]],
  [
    'Headers',
    { headers: [{ name: 'b' }, { name: 'a' }] },
    [
      { kind: 'header', name: 'b' },
      { kind: 'header', name: 'a' },
    ],
  ],
  ['QueryParams', { queryParams: [{ name: 'u' }] }, [{ kind: 'query', name: 'u' }]],
  ['Cookie', { cookie: { name: 'sid' } }, [{ kind: 'cookie', name: 'sid', attributes: [] }]],
  [
    'Cookie',
    { cookie: { name: 'sid', ttl: '0s', attributes: { SameSite: 'Strict', Secure: '' } } },
    [
      {
        kind: 'cookie',
        name: 'sid',
        ttlMs: 0,
        attributes: [
          { name: 'SameSite', value: 'Strict' },
          { name: 'Secure', value: '' },
        ],
      },
    ],
  ],
];
for (const [type, more, expected] of keys) {
  test(`hash by ${type} ${JSON.stringify(more)}`, () => {
    const w = one(rule('/'), on(lb('ConsistentHash', { consistentHash: { type, ...more } })));
    assert.deepEqual(JSON.parse(JSON.stringify(w.forward('r/0').hash)), expected);
  });
}

const strips: [string, Manifest, Manifest, boolean][] = [
  ['route', target('HTTPRoute', 'r'), {}, true],
  ['Gateway', target('Gateway', 'eg'), {}, true],
  ['listener', target('Gateway', 'eg', 'http'), {}, true],
  ['rule', target('HTTPRoute', 'r', 'one'), {}, true],
  ['route that keeps', target('HTTPRoute', 'r'), { keepResponseHeaders: true }, false],
  ['route that does not remove', target('HTTPRoute', 'r'), { removeResponseHeaders: false }, false],
];
for (const [what, aim, backendUtilization, expected] of strips) {
  test(`load reports of a policy on a ${what} are ${expected ? 'stripped' : 'kept'}`, () => {
    const w = one(
      rule('/', { name: 'one' }),
      policy('p', [aim], lb('BackendUtilization', { backendUtilization })),
    );
    assert.equal(w.forward('r/0').stripLoadReports, expected);
  });
}
test('other types strip nothing', () => assert.equal(one(rule('/')).forward('r/0').stripLoadReports, false));

test('sticky: in the balancer, and the reports it asks for do not leak', () => {
  const sticky = policy(
    'p',
    [target('HTTPRoute', 'r')],
    lb('ConsistentHash', { consistentHash: { type: 'SourceIP' } }),
    {
      annotations: { 'loadstar/utilization-target': '0.7' },
    },
  );
  const w = one(rule('/'), sticky);
  const { balancer } = w.pool('httproute/default/r/rule/0');
  assert.equal(balancer.kind === 'maglev' && balancer.sticky?.utilizationTarget, 0.7);
  assert.equal(w.forward('r/0').stripLoadReports, true);
});

test('two routes with one match: the first is reached, both say so', () => {
  const w = world(
    basics,
    httpRoute('a', [rule('/x')]),
    httpRoute('b', [rule('/x/')]),
    httpRoute('c', [rule('/y')]),
  );
  const text = (name: string): string | undefined =>
    w.conditions('HTTPRoute', name).RouteRulesOverlap?.message;
  assert.equal(text('a'), 'Overlapping match conditions with route(s): HTTPRoute default/b');
  assert.equal(text('c'), undefined);
  const found = w.find('routes-overlap');
  assert.equal(found.severity, 'warning');
  assert.ok(found.notes?.[0]?.at);
});

test('two rules of one route with one match: the second is told, without a condition', () => {
  const w = world(basics, httpRoute('a', [rule('/x'), rule('/y'), rule('/x')]));
  const found = w.find('routes-overlap');
  assert.match(found.message, /^spec\.rules\[0\] has the same match/);
  assert.equal(found.field, 'spec.rules[2]');
  assert.equal(w.conditions('HTTPRoute', 'a').RouteRulesOverlap, undefined);
});
