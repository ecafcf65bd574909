/**
 * Global rate limits on a real Envoy, with both engines and a service over gRPC: what it is asked, who is
 * limited, and what happens while it is away.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Backend, startBackends, stopAll } from '../../demo/fakes/backend.ts';
import { http1, type Request } from '../../demo/fakes/http1.ts';
import type { DomainConfig } from '../../host/envoy/handling/service-config.ts';
import { type Bootstrap, Envoy } from '../support/envoy.ts';
import { eventually } from '../support/eventually.ts';
import { consistentHash, gateway, httpRoute, type Manifest, policy, service } from '../support/manifests.ts';
import * as orca from '../support/orca.ts';
import { RateLimitService } from '../support/rate-limit-service.ts';
import { cli, translate } from '../support/translate.ts';

const rule = (requests: number, selector?: Manifest, more: Manifest = {}): Manifest => ({
  ...(selector === undefined ? {} : { clientSelectors: [selector] }),
  limit: { requests, unit: 'Hour' },
  ...more,
});
const global = (...rules: Manifest[]): Manifest => ({ rateLimit: { global: { rules } } });
const number = (count: number): Manifest => ({ from: 'Number', number: count });
const each = { headers: [{ type: 'Distinct', name: 'x-user' }] };

const sharedBy = policy('shared-a', global(rule(2, undefined, { shared: true })));
const manifests = (backends: readonly Backend[]): Manifest[] => [
  ...gateway(),
  ...service('backend', backends),
  ...['all', 'users', 'cost', 'later', 'shadow', 'both', 'address'].map((name) => httpRoute({ name })),
  policy('all', global(rule(2))),
  policy('users', global(rule(1, each), rule(5))),
  policy('cost', global(rule(5, undefined, { cost: { request: number(2) } }))),
  policy('later', global(rule(2, undefined, { cost: { request: number(0), response: number(3) } }))),
  policy('shadow', global(rule(1, undefined, { shadowMode: true }))),
  policy('both', { rateLimit: { ...(global(rule(5)).rateLimit as object), local: { rules: [rule(1)] } } }),
  policy('address', global(rule(1, { sourceCIDR: { type: 'Distinct', value: '127.0.7.0/24' } }))),
  httpRoute({ name: 'shared-a' }),
  httpRoute({ name: 'shared-b' }),
  {
    ...sharedBy,
    spec: {
      ...(sharedBy.spec as object),
      targetRefs: ['shared-a', 'shared-b'].map((name) => ({
        ...{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name },
      })),
    },
  },
  httpRoute({ name: 'keyed' }),
  policy('keyed', { ...consistentHash({ type: 'Header', header: { name: 'x-user' } }), ...global(rule(1)) }),
  httpRoute({ name: 'free' }),
];

/** Envoy waits 20 ms for the service and then lets a request through. A busy machine may need longer. */
const patient = (bootstrap: Bootstrap): Bootstrap =>
  JSON.parse(
    JSON.stringify(bootstrap).replaceAll('"rate_limit_service":', '"timeout":"10s","rate_limit_service":'),
  );

let backends: Backend[] = [];
before(async () => {
  backends = await startBackends(['127.0.0.11', '127.0.0.12']);
  for (const backend of backends) backend.reply = () => ({ headers: [...orca.complete(0.5)] });
});
after(() => stopAll(backends));

for (const engine of ['filter', 'native'] as const) {
  let limits: RateLimitService;
  let envoy: Envoy;
  before(async () => {
    limits = await RateLimitService.start();
    const more = ['--rate-limit-service', `127.0.0.1:${limits.port}`];
    const made = await translate(manifests(backends), engine, { more: [...more, '--stage', 'rate-limit'] });
    limits.config = made as unknown as readonly DomainConfig[];
    envoy = await Envoy.start(patient(await translate(manifests(backends), engine, { more })));
  });
  after(async () => {
    await envoy?.stop();
    await limits?.stop();
  });
  const ask = (name: string, request: Omit<Request, 'port'> = {}) =>
    http1({ ...request, path: `/${name}`, port: envoy.port() });
  async function statuses(...requests: (readonly [string, Omit<Request, 'port'>?])[]): Promise<number[]> {
    const got: number[] = [];
    for (const [name, request] of requests) got.push((await ask(name, request)).status);
    return got;
  }
  const user = (name: string): Omit<Request, 'port'> => ({ headers: [['x-user', name]] });
  const entry = (key: string, value = key) => ({ key, value });

  test(`${engine}: requests of a route are counted by its name in the domain of the listener`, async () => {
    limits.asked.length = 0;
    assert.deepEqual(await statuses(['all'], ['all'], ['all']), [200, 200, 429]);
    const route = 'httproute/default/all/rule/0/match/0/www_example_com';
    assert.deepEqual(limits.asked[0], {
      domain: 'default/eg/http',
      descriptors: [{ entries: [entry(route), entry('rule-0-match--1')] }],
    });
  });

  test(`${engine}: each user is counted, and all together; a request asks once`, async () => {
    limits.asked.length = 0;
    const got = await statuses(['users', user('a')], ['users', user('b')], ['users', user('a')], ['users']);
    assert.deepEqual(got, [200, 200, 429, 200]);
    assert.equal(limits.asked.length, 4);
    assert.deepEqual(
      limits.asked[0]?.descriptors.map(({ entries }) => entries[1]),
      [entry('rule-0-match-0', 'a'), entry('rule-1-match--1')],
    );
  });

  test(`${engine}: an address for itself, by Envoy Gateway's keys`, async () => {
    limits.asked.length = 0;
    const from = (localAddress: string) => ['address', { localAddress }] as const;
    const got = await statuses(from('127.0.7.1'), from('127.0.7.2'), from('127.0.7.1'), from('127.0.8.1'));
    assert.deepEqual(got, [200, 200, 429, 200]);
    assert.deepEqual(limits.asked[0]?.descriptors[0]?.entries.slice(1), [
      entry('masked_remote_address', '127.0.7.0/24'),
      entry('remote_address', '127.0.7.1'),
    ]);
  });

  test(`${engine}: costs of requests, and of answers for those that follow`, async () => {
    assert.deepEqual(await statuses(['cost'], ['cost'], ['cost']), [200, 200, 429]);
    limits.asked.length = 0;
    assert.equal((await ask('later')).status, 200);
    await eventually('the answer is counted', () => assert.equal(limits.asked.length, 2));
    assert.deepEqual(
      limits.asked.map(({ descriptors }) => descriptors.map(({ hits }) => hits)),
      [[0], [3]],
    );
    assert.equal((await ask('later')).status, 429);
  });

  test(`${engine}: shadow mode counts and lets pass`, async () => {
    assert.deepEqual(await statuses(['shadow'], ['shadow'], ['shadow']), [200, 200, 200]);
  });

  test(`${engine}: a shared rule counts the routes of its policy together`, async () => {
    limits.asked.length = 0;
    assert.deepEqual(
      await statuses(['shared-a'], ['shared-b'], ['shared-a'], ['shared-b']),
      [200, 200, 429, 429],
    );
    assert.deepEqual(limits.asked[0], {
      domain: 'default/shared-a-policy',
      descriptors: [{ entries: [entry('default/shared-a-policy/rule/0'), entry('rule-0-match--1')] }],
    });
  });

  test(`${engine}: a local limit comes first; what it refuses is not asked for`, async () => {
    limits.asked.length = 0;
    assert.deepEqual(await statuses(['both'], ['both']), [200, 429]);
    assert.equal(limits.asked.length, 1);
  });

  test(`${engine}: a refused request gets nothing of ours; a route without a limit asks nobody`, async () => {
    assert.equal((await ask('keyed', user('a'))).status, 200);
    const { status, headers } = await ask('keyed', user('a'));
    assert.equal(status, 429);
    assert.deepEqual(
      Object.keys(headers).filter((name) => /loadstar|endpoint-load|cookie|envoy/.test(name)),
      [],
    );
    limits.asked.length = 0;
    assert.equal((await ask('free')).status, 200);
    assert.equal(limits.asked.length, 0);
  });

  for (const [closed, status] of [
    [true, 500],
    [false, 200],
  ] as const)
    test(`${engine}: while the service is away, requests ${closed ? 'are refused' : 'pass'}`, async () => {
      const away = await RateLimitService.start();
      const more = ['--rate-limit-service', `127.0.0.1:${away.port}`];
      await away.stop();
      if (closed) more.push('--rate-limit-fail-closed');
      const bootstrap: Bootstrap = await translate(manifests(backends), engine, { more });
      const alone = await Envoy.start(bootstrap);
      try {
        const port = alone.port();
        assert.equal((await http1({ port, path: '/all' })).status, status);
        assert.equal((await http1({ port, path: '/free' })).status, 200);
      } finally {
        await alone.stop();
      }
    });
}

test('without a service such a policy is refused, and its routes are closed', async () => {
  const { code, stdout, stderr } = await cli(
    ['translate', '-f', '-', '--keep-going', '--engine', 'native', '--format', 'json'],
    JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests(backends) }),
  );
  assert.equal(code, 1);
  assert.match(stderr, /rate-limit-service-missing/);
  const envoy = await Envoy.start(JSON.parse(stdout) as Bootstrap);
  try {
    for (const [path, status] of [
      ['/all', 500],
      ['/free', 200],
    ] as const)
      assert.equal((await http1({ port: envoy.port(), path })).status, status);
  } finally {
    await envoy.stop();
  }
});
