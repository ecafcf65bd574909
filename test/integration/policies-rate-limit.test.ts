/**
 * Local rate limits on a real Envoy, with both engines: who is counted by which rule, what is answered, and
 * that the answer carries nothing of ours. Units are hours, so that no bucket fills while a test runs.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Backend, startBackends, stopAll } from '../../demo/fakes/backend.ts';
import { http1, type Request } from '../../demo/fakes/http1.ts';
import { type Engines, startEngines } from '../support/engines.ts';
import { consistentHash, gateway, httpRoute, type Manifest, policy, service } from '../support/manifests.ts';
import * as orca from '../support/orca.ts';

const perHour = (requests: number) => ({ requests, unit: 'Hour' });
const rule = (requests: number, selector?: Manifest, more: Manifest = {}): Manifest => ({
  ...(selector === undefined ? {} : { clientSelectors: [selector] }),
  limit: perHour(requests),
  ...more,
});
const local = (...rules: Manifest[]): Manifest => ({ rateLimit: { local: { rules } } });

type Ask = Omit<Request, 'port'> & { readonly query?: string };
const user = (value: string): Ask => ({ headers: [['x-user', value]] });
const from = (localAddress: string): Ask => ({ localAddress });
const at = (query: string): Ask => ({ query });
const by = (method: string): Ask => ({ method });
const header = (more: Manifest): Manifest => ({ headers: [{ name: 'x-user', ...more }] });

/** A policy, and requests in order with the status of each. */
const rows: Record<string, readonly [Manifest, readonly (readonly [Ask, number])[]]> = {
  all: [
    local(rule(2)),
    [
      [{}, 200],
      [user('a'), 200],
      [{}, 429],
    ],
  ],
  'header-exact': [
    local(rule(1, header({ value: 'one' }))),
    [
      [user('one'), 200],
      [user('one'), 429],
      [user('two'), 200],
      [{}, 200],
    ],
  ],
  'header-regex': [
    local(rule(1, header({ type: 'RegularExpression', value: 'o.*' }))),
    [
      [user('one'), 200],
      [user('other'), 429],
      [user('two'), 200],
    ],
  ],
  'header-inverted': [
    local(rule(1, header({ value: 'one', invert: true }))),
    [
      [user('two'), 200],
      [{}, 429],
      [user('one'), 200],
      [user('one'), 200],
    ],
  ],
  'header-distinct': [
    local(rule(1, header({ type: 'Distinct' }))),
    [
      [user('a'), 200],
      [user('b'), 200],
      [user('a'), 429],
      [user('b'), 429],
      [{}, 200],
      [{}, 200],
    ],
  ],
  'two-conditions': [
    local(rule(1, { ...header({ value: 'one' }), methods: [{ value: 'GET' }, { value: 'DELETE' }] })),
    [
      [user('one'), 200],
      [{ ...user('one'), method: 'DELETE' }, 429],
      [{ ...user('one'), method: 'POST' }, 200],
      [by('GET'), 200],
    ],
  ],
  methods: [
    local(rule(1, { methods: [{ value: 'POST', invert: true }] })),
    [
      [by('GET'), 200],
      [by('PUT'), 429],
      [by('POST'), 200],
      [by('POST'), 200],
    ],
  ],
  'path-exact': [
    local(rule(1, { path: { type: 'Exact', value: '/path-exact/x' } })),
    [
      [at('/x'), 200],
      [at('/x?evades=it'), 429],
      [at('/xy'), 200],
      [at('/x/y'), 200],
    ],
  ],
  'path-prefix': [
    local(rule(1, { path: { value: '/path-prefix/x' } })),
    [
      [at('/x/y'), 200],
      [at('/x'), 429],
      [at('/x?y'), 429],
      [at('/xy'), 200],
    ],
  ],
  'path-regex': [
    local(rule(1, { path: { type: 'RegularExpression', value: '/path-regex/[0-9]+' } })),
    [
      [at('/17'), 200],
      [at('/18?x'), 429],
      [at('/a'), 200],
    ],
  ],
  'address-range': [
    local(rule(1, { sourceCIDR: { value: '127.0.7.1/24' } })),
    [
      [from('127.0.7.1'), 200],
      [from('127.0.7.2'), 429],
      [from('127.0.8.1'), 200],
    ],
  ],
  'address-outside': [
    local(rule(1, { sourceCIDR: { value: '127.0.7.0/24', invert: true } })),
    [
      [from('127.0.8.1'), 200],
      [from('127.0.9.1'), 429],
      [from('127.0.7.1'), 200],
      [from('127.0.7.1'), 200],
    ],
  ],
  'address-distinct': [
    local(rule(1, { sourceCIDR: { type: 'Distinct', value: '127.0.7.0/24' } })),
    [
      [from('127.0.7.1'), 200],
      [from('127.0.7.2'), 200],
      [from('127.0.7.1'), 429],
      [from('127.0.7.2'), 429],
      [from('127.0.8.1'), 200],
      [from('127.0.8.1'), 200],
    ],
  ],
  query: [
    local(rule(1, { queryParams: [{ name: 'user', value: 'a' }] })),
    [
      [at('?user=a'), 200],
      [at('?user=a'), 429],
      [at('?user=b'), 200],
    ],
  ],
  'query-distinct': [
    local(rule(1, { queryParams: [{ type: 'Distinct', name: 'user' }] })),
    [
      [at('?user=a'), 200],
      [at('?user=b'), 200],
      [at('?user=a'), 429],
      [at(''), 200],
    ],
  ],
  // The documents: of several rules that count a request the strictest holds; the open one is for the rest.
  several: [
    local(rule(1), rule(3, header({ value: 'one' })), rule(2, { headers: [{ name: 'x-org', value: 'a' }] })),
    [
      [{}, 200],
      [{}, 429],
      [user('one'), 200],
      [
        {
          headers: [
            ['x-user', 'one'],
            ['x-org', 'a'],
          ],
        },
        200,
      ],
      [{ headers: [['x-org', 'a']] }, 200],
      [{ headers: [['x-org', 'a']] }, 429],
      [user('one'), 200],
      [user('one'), 429],
    ],
  ],
  cost: [
    local(rule(5, header({ value: 'one' }), { cost: { request: { from: 'Number', number: 2 } } })),
    [
      [user('one'), 200],
      [user('one'), 200],
      [user('one'), 429],
    ],
  ],
  shadow: [
    local(rule(1, header({ value: 'one' }), { shadowMode: true })),
    [
      [user('one'), 200],
      [user('one'), 200],
    ],
  ],
  'two-paths': [
    local({
      clientSelectors: [
        { path: { value: '/two-paths/a' } },
        { path: { type: 'RegularExpression', value: '.*z' } },
      ],
      limit: perHour(1),
    }),
    [
      [at('/a/z'), 200],
      [at('/a/z'), 429],
      [at('/a'), 200],
      [at('/b/z'), 200],
    ],
  ],
};
/** Headers of a rule, and whether answers have them. */
const headerRows: Record<string, readonly [Manifest, boolean]> = {
  'headers-usual': [local(rule(2)), true],
  'headers-off': [local(rule(2, undefined, { xRateLimitHeaders: 'Off' })), false],
  'headers-rule-off': [local(rule(2, { path: { value: '/' } }, { xRateLimitHeaders: 'Off' })), false],
};

let backends: Backend[] = [];
let engines: Engines;

before(async () => {
  backends = await startBackends(['127.0.0.11', '127.0.0.12']);
  for (const backend of backends) backend.reply = () => ({ headers: [...orca.complete(0.5)] });
  const routes = [...Object.entries(rows), ...Object.entries(headerRows)];
  engines = await startEngines([
    ...gateway(),
    ...service('backend', backends),
    ...routes.flatMap(([name, [spec]]) => [httpRoute({ name }), policy(name, spec)]),
    httpRoute({ name: 'keyed' }),
    policy('keyed', { ...consistentHash({ type: 'Header', header: { name: 'x-user' } }), ...local(rule(2)) }),
    httpRoute({ name: 'reported' }),
    policy('reported', {
      loadBalancer: { type: 'BackendUtilization', backendUtilization: {} },
      ...local(rule(2)),
    }),
    httpRoute({
      name: 'moved',
      filters: [{ type: 'RequestRedirect', requestRedirect: { hostname: 'other.example.com' } }],
      backends: {},
    }),
    policy('moved', local(rule(1))),
    httpRoute({ name: 'free' }),
  ]);
});
after(async () => {
  await engines?.stop();
  await stopAll(backends);
});

for (const engine of ['filter', 'native'] as const) {
  const ask = ({ query = '', ...request }: Ask, name: string) =>
    http1({ ...request, path: `/${name}${query}`, port: engines[engine].port() });

  for (const [name, [, requests]] of Object.entries(rows)) {
    test(`${engine}: ${name}`, async () => {
      const got: number[] = [];
      for (const [request] of requests) got.push((await ask(request, name)).status);
      assert.deepEqual(
        got,
        requests.map(([, status]) => status),
      );
    });
  }

  for (const [name, [, has]] of Object.entries(headerRows)) {
    test(`${engine}: ${name}: answers ${has ? 'say' : 'do not say'} what is left`, async () => {
      const { headers } = await ask({}, name);
      assert.equal(headers['x-ratelimit-remaining']?.[0], has ? '1' : undefined);
    });
  }

  test(`${engine}: each route counts for itself, and one without a policy not at all`, async () => {
    for (let i = 0; i < 5; i++) assert.equal((await ask({}, 'free')).status, 200);
  });

  test(`${engine}: a redirect is counted too`, async () => {
    const got = [await ask({}, 'moved'), await ask({}, 'moved')].map(({ status }) => status);
    assert.deepEqual(got, [302, 429]);
  });

  for (const name of ['keyed', 'reported'])
    test(`${engine}, ${name}: an answer of the limit has no hint, no cookie and no load report`, async () => {
      const answers = [];
      for (let i = 0; i < 3; i++) answers.push(await ask(user('a'), name));
      assert.deepEqual(
        answers.map(({ status }) => status),
        [200, 200, 429],
      );
      assert.deepEqual(Object.keys(answers[2]!.headers).sort(), [
        'connection',
        'content-length',
        'content-type',
        'date',
        'x-ratelimit-limit',
        'x-ratelimit-remaining',
        'x-ratelimit-reset',
      ]);
    });
}
