/** What happens to a request of a route: matches, filters, timeouts, retries, hash keys, stripping. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RouteAction } from '../../../host/plan/types.ts';
import { patternFault } from '../../../host/regex/re2.ts';
import {
  basics,
  gateway,
  gatewayClass,
  grpcRoute,
  httpRoute,
  lb,
  listener,
  type Manifest,
  policy,
  ref,
  rule,
  service,
  slice,
  target,
  upstream,
  world,
} from './world.ts';

const one = (r: Manifest, ...more: Manifest[]) => world(basics, httpRoute('r', [r]), more);
const on = (spec: Manifest): Manifest => policy('p', [target('HTTPRoute', 'r')], spec);

const grpc: [string, Manifest | undefined, object, object[]][] = [
  ['no method', undefined, { kind: 'prefix', value: '/' }, []],
  ['service and method', { service: 'a.B', method: 'C' }, { kind: 'exact', value: '/a.B/C' }, []],
  ['service', { service: 'a.B' }, { kind: 'prefix', value: '/a.B' }, []],
  [
    'method',
    { method: 'C' },
    { kind: 'prefix', value: '/' },
    [{ kind: 'suffix', name: ':path', value: '/C' }],
  ],
  [
    'regular expressions',
    { type: 'RegularExpression', service: 'a.*', method: 'C|D' },
    { kind: 'regex', value: '/a.*/C|D' },
    [],
  ],
  [
    'a service as one',
    { type: 'RegularExpression', service: 'a.*' },
    { kind: 'regex', value: '/a.*/[A-Za-z_][A-Za-z_0-9]*' },
    [],
  ],
];
for (const [what, method, path, headers] of grpc) {
  test(`gRPC match by ${what}`, () => {
    const w = world(
      basics,
      grpcRoute('g', [{ matches: [method === undefined ? {} : { method }], backendRefs: [ref()] }]),
    );
    const route = w.route('grpcroute/default/g/rule/0/match/0');
    assert.deepEqual(route.match.path, path);
    assert.deepEqual(route.match.headers, headers);
    assert.deepEqual(route.action.kind === 'forward' && route.action.upgrades, []);
  });
}

test('a rule without matches takes everything: match 0 of HTTPRoutes, match -1 of GRPCRoutes', () => {
  const w = world(
    basics,
    httpRoute('r', [{ backendRefs: [ref()] }]),
    grpcRoute('g', [{ backendRefs: [ref()] }], { hostnames: ['g.example.com'] }),
  );
  const names = w.plan.listeners[0]!.virtualHosts.flatMap((v) => v.routes.map((r) => r.name));
  assert.deepEqual(names, [
    'httproute/default/r/rule/0/match/0/www_example_com',
    'grpcroute/default/g/rule/0/match/-1/g_example_com',
  ]);
});

const patterns: [string, boolean][] = [
  ['/a.*', true],
  ['^/(foo|bar)/\\d+$', true],
  ['(?i)/A', true],
  ['/(?P<id>[[:alpha:]]+)', true],
  ['/(?:x)', true],
  ['/\\(?=', true],
  ['/(?=x)', false],
  ['/(?<!x)y', false],
  ['/(a)\\1', false],
  ['/(', false],
  ['/[', false],
];
for (const [pattern, good] of patterns) {
  test(`${pattern} is ${good ? 'taken' : 'refused'}`, () =>
    assert.equal(patternFault(pattern) === undefined, good));
}

test('a pattern that Envoy cannot compile drops its rule, not the route', () => {
  const bad = { matches: [{ path: { type: 'RegularExpression', value: '/(?=x)' } }], backendRefs: [ref()] };
  const w = world(basics, httpRoute('r', [rule('/ok'), bad]));
  assert.deepEqual(
    w.plan.listeners[0]!.virtualHosts[0]!.routes.map((r) => r.name),
    ['httproute/default/r/rule/0/match/0/www_example_com'],
  );
  const conditions = w.conditions('HTTPRoute', 'r');
  assert.equal(conditions.Accepted?.status, 'True');
  assert.match(
    conditions.PartiallyInvalid!.message,
    /^Dropped Rule\(s\) \[1\]: Failed to process route rule 1: /,
  );
  const all = world(basics, httpRoute('r', [bad]));
  assert.deepEqual(
    [all.conditions('HTTPRoute', 'r').Accepted?.status, all.find('route-refused').severity],
    ['False', 'error'],
  );
});

const header = (type: 'Request' | 'Response', edits: Manifest): Manifest => {
  const name = `${type.toLowerCase()}HeaderModifier`;
  return { type: `${type}HeaderModifier`, [name]: edits };
};

test('header edits', () => {
  const w = one(
    rule('/', {
      filters: [
        header('Request', {
          set: [{ name: 'X-A', value: '1' }],
          add: [{ name: 'x-b', value: '2' }],
          remove: ['x-c'],
        }),
        header('Response', { remove: ['server', 'x-d'] }),
      ],
    }),
  );
  const { requestHeaders, responseHeaders } = w.route('r/0');
  assert.deepEqual(requestHeaders, {
    set: [{ name: 'X-A', value: '1' }],
    add: [{ name: 'x-b', value: '2' }],
    remove: ['x-c'],
  });
  assert.deepEqual(responseHeaders.remove, ['server', 'x-d']);
});

test('Host cannot be edited: Envoy would refuse the configuration, so the rule answers 500', () => {
  const w = one(rule('/', { filters: [header('Request', { set: [{ name: 'Host', value: 'x' }] })] }));
  const { action } = w.route('r/0');
  assert.equal(action.kind === 'respond' && action.status, 500);
  assert.deepEqual(w.conditions('HTTPRoute', 'r').Accepted?.reason, 'UnsupportedValue');
});

const redirectTo = (redirect: Manifest, port = 80): RouteAction => {
  const filter = { type: 'RequestRedirect', requestRedirect: redirect };
  const r = { matches: [{ path: { type: 'PathPrefix', value: '/old/' } }], filters: [filter] };
  return world(gatewayClass, upstream, gateway('eg', [listener('http', port)]), httpRoute('r', [r])).route(
    'r/0',
  ).action;
};
const redirects: [string, Manifest, number, object][] = [
  ['https', { scheme: 'https' }, 80, { status: 302, scheme: 'https' }],
  ['https from another port', { scheme: 'https' }, 8080, { status: 302, scheme: 'https' }],
  ['the listener’s port', { hostname: 'b.org' }, 8080, { status: 302, host: 'b.org', port: 8080 }],
  ['a bound port is not the listener’s', { hostname: 'b.org' }, 81, { status: 302, host: 'b.org', port: 81 }],
  ['a port', { port: 8443, statusCode: 301 }, 80, { status: 301, port: 8443 }],
  [
    'a full path',
    { path: { type: 'ReplaceFullPath', replaceFullPath: '/new' } },
    80,
    { status: 302, path: { kind: 'full', value: '/new' } },
  ],
  [
    'a prefix',
    { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/new/' } },
    80,
    { status: 302, path: { kind: 'prefix', from: '/old', value: '/new' } },
  ],
  [
    'the root',
    { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' } },
    80,
    { status: 302, path: { kind: 'prefix', from: '/old', value: '/' } },
  ],
];
for (const [what, redirect, port, expected] of redirects) {
  test(`redirect: ${what}`, () => {
    assert.deepEqual(JSON.parse(JSON.stringify(redirectTo(redirect, port))), {
      kind: 'redirect',
      ...expected,
    });
  });
}

test('a redirect has no pool, and no policy spoils it but an invalid one', () => {
  const filter = { type: 'RequestRedirect', requestRedirect: { scheme: 'https' } };
  assert.deepEqual(one(rule('/', { filters: [filter], backendRefs: [] })).plan.pools, []);
});

test('rewrite of host and path', () => {
  const rewrite = (path: Manifest): unknown =>
    one(rule('/v1', { filters: [{ type: 'URLRewrite', urlRewrite: { hostname: 'in.org', path } }] })).forward(
      'r/0',
    ).rewrite;
  assert.deepEqual(rewrite({ type: 'ReplacePrefixMatch', replacePrefixMatch: '/v2/' }), {
    host: 'in.org',
    path: { kind: 'prefix', from: '/v1', value: '/v2' },
  });
  assert.deepEqual(rewrite({ type: 'ReplaceFullPath', replaceFullPath: '/x' }), {
    host: 'in.org',
    path: { kind: 'full', value: '/x' },
  });
});

const mirror = (name: string, rest: Manifest = {}): Manifest => ({
  type: 'RequestMirror',
  requestMirror: { backendRef: { name, port: 3000 }, ...rest },
});
test('mirrors have pools of their own, after the rule’s, and no policy shapes them', () => {
  const shadow = [service('shadow'), slice('shadow-1', 'shadow', ['10.7.0.1'])];
  const r = rule('/', {
    filters: [
      mirror('shadow', { fraction: { numerator: 1, denominator: 3 } }),
      mirror('shadow', { percent: 20 }),
      mirror('shadow'),
    ],
  });
  const w = one(r, ...shadow, on(lb('Random')));
  assert.deepEqual(
    w.plan.pools.map((p) => [p.name, p.balancer.kind]),
    [
      ['httproute/default/r/rule/0', 'random'],
      ...[0, 1, 2].map((i) => [`httproute/default/r/rule/0-mirror-${i}`, 'least-request']),
    ],
  );
  assert.deepEqual(
    w.forward('r/0').mirrors.map((m) => [m.numerator, m.denominator]),
    [
      [1, 3],
      [20, 100],
      [1, 1],
    ],
  );
});

test('a mirror to nowhere breaks the rule, one without endpoints is left out', () => {
  const broken = one(rule('/', { filters: [mirror('nowhere')] }));
  const { action } = broken.route('r/0');
  assert.equal(action.kind === 'respond' && action.status, 500);
  assert.equal(
    broken.conditions('HTTPRoute', 'r').ResolvedRefs?.message,
    'Failed to validate the RequestMirror filter: service default/nowhere not found.',
  );
  const empty = one(rule('/', { filters: [mirror('empty')] }), service('empty'));
  assert.deepEqual(empty.forward('r/0').mirrors, []);
  assert.equal(empty.conditions('HTTPRoute', 'r').BackendsAvailable?.status, 'False');
});

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
