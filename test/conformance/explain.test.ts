/**
 * explain against a real Envoy: a thousand requests of all kinds, each explained from the manifests alone and
 * sent to an Envoy that was started from the same manifests; the host that answers must be the one that was
 * named. Then the same with a host down, and which route serves odd paths, hosts, headers and queries.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { type Backend, startBackends, stopAll } from '../../demo/fakes/backend.ts';
import { backendOf, connections, http1, type Request } from '../../demo/fakes/http1.ts';
import { explain } from '../../host/explain/explain.ts';
import type { Explanation, KeyChoice } from '../../host/explain/explanation.ts';
import { Filter, Filters } from '../../host/filter/driver.ts';
import { type FilterPlan, planFilter } from '../../host/filter/plan.ts';
import { type Translation, translate as translateHere } from '../../host/translate.ts';
import { clusterOf } from '../support/bootstrap.ts';
import { inParallel, nameOf } from '../support/engines.ts';
import { Envoy } from '../support/envoy.ts';
import { eventually } from '../support/eventually.ts';
import {
  consistentHash,
  gateway,
  httpRoute,
  type Manifest,
  policy,
  render,
  service,
} from '../support/manifests.ts';
import { type Engine, translate, wasmPath } from '../support/translate.ts';

type Sent = Pick<Request, 'headers' | 'path' | 'localAddress' | 'method'>;

const many = <T>(count: number, make: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => make(i));

/** 1,000 in all. The paths' first part is the route. */
const requests: readonly Sent[] = [
  ...many(250, (i) => ({ path: '/header', headers: [['X-Key', `user-${i}`]] as const })),
  ...many(50, (i) => ({
    path: `/header?page=${i}`,
    headers: [
      ['x-key', `b${i}`],
      ['X-KEY', 'a'],
    ] as const,
  })),
  ...many(150, (i) => ({
    path: '/headers',
    headers: [
      ['X-Tenant', `t${i % 7}`],
      ['X-User', `u${i}`],
    ] as const,
  })),
  ...many(20, (i) => ({ path: '/headers', headers: [['X-User', `only-${i}`]] as const })),
  ...many(200, (i) => ({ path: '/cookie', headers: [['Cookie', `a=1; FooBar="${i * 31}"; b=2`]] as const })),
  ...many(150, (i) => ({ path: `/query?x=${i % 3}&user=u${i}&user=later` })),
  ...many(80, (i) => ({ path: '/source', localAddress: `127.0.2.${20 + i}` })),
  ...many(100, (i) => ({ path: '/weighted', headers: [['X-Key', `w-${i}`]] as const })),
];

const healthCheck = {
  active: {
    type: 'HTTP',
    timeout: '2s',
    interval: '100ms',
    unhealthyThreshold: 1,
    healthyThreshold: 1,
    http: { path: '/healthz', expectedStatuses: [200] },
  },
};

const retry = {
  numRetries: 3,
  retryOn: { httpStatusCodes: [503] },
  perRetry: { backOff: { baseInterval: '1ms', maxInterval: '1ms' } },
};

const hashing: Readonly<Record<string, Manifest>> = {
  header: { type: 'Header', header: { name: 'X-Key' } },
  headers: { type: 'Headers', headers: [{ name: 'X-Tenant' }, { name: 'X-User' }] },
  cookie: { type: 'Cookie', cookie: { name: 'FooBar', ttl: '60s' } },
  query: { type: 'QueryParams', queryParams: [{ name: 'user' }] },
  source: { type: 'SourceIP' },
  retry: { type: 'Header', header: { name: 'X-Key' } },
  weighted: { type: 'Header', header: { name: 'X-Key' }, tableSize: 1009 },
};

/** A filter on a backend makes two clusters of one rule. */
const splitRoute: readonly Manifest[] = [
  {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'split', namespace: 'default' },
    spec: {
      parentRefs: [{ name: 'eg' }],
      hostnames: ['www.example.com'],
      rules: [
        {
          matches: [{ path: { type: 'PathPrefix', value: '/split' } }],
          backendRefs: [
            { name: 'stable', port: 3000, weight: 70 },
            {
              name: 'canary',
              port: 3000,
              weight: 30,
              filters: [
                {
                  type: 'RequestHeaderModifier',
                  requestHeaderModifier: { set: [{ name: 'x-canary', value: 'yes' }] },
                },
              ],
            },
          ],
        },
      ],
    },
  },
  policy('split', consistentHash({ type: 'Header', header: { name: 'X-Key' } })),
];

let backends: Backend[] = [];
let envoy: Envoy;
let here: Translation;
let filterPlans: Record<Engine, FilterPlan>;
let native: Envoy;
let filters: Filters;
const agent = connections(8);
const nativeAgent = connections(8);

before(async () => {
  backends = await startBackends(many(5, (i) => `127.0.0.${11 + i}`));
  const manifests = [
    ...gateway(),
    ...service('backend', backends),
    ...service('stable', backends.slice(0, 3)),
    ...service('canary', backends.slice(3)),
    ...splitRoute,
    ...Object.entries(hashing).flatMap(([name, keys]) => [
      httpRoute({ name, ...(name === 'weighted' ? { backends: { stable: 80, canary: 20 } } : {}) }),
      policy(name, { ...consistentHash(keys), healthCheck, ...(name === 'retry' ? { retry } : {}) }),
    ]),
  ];
  const text = render(manifests);
  const options = {
    engine: 'filter',
    wasm: wasmPath(),
    admin: { address: '127.0.0.1', port: 0 },
    strict: true,
  } as const;
  here = translateHere([{ file: 'test.yaml', text }], options);
  assert.deepEqual(
    here.diagnostics.filter(({ severity }) => severity === 'error'),
    [],
  );
  filterPlans = { filter: here.filter, native: planFilter(here.plan, 'native') };
  filters = new Filters(Filter.compile(readFileSync(wasmPath())));
  [envoy, native] = await Promise.all([start(text, 'filter'), start(text, 'native')]);
  for (const backend of backends) await until(backend, true);
});
after(async () => {
  agent.destroy();
  nativeAgent.destroy();
  await envoy?.stop();
  await native?.stop();
  await stopAll(backends);
});

async function start(text: string, engine: Engine): Promise<Envoy> {
  const bootstrap = await translate(text, engine);
  for (const name of Object.keys(hashing)) {
    // Envoy waits a minute between checks of a cluster that has not been used yet.
    const checks = clusterOf(bootstrap, `httproute/default/${name}/rule/0`).health_checks as {
      no_traffic_interval?: string;
    }[];
    for (const check of checks) check.no_traffic_interval = '0.1s';
  }
  return Envoy.start(bootstrap);
}

async function until(backend: Backend, healthy: boolean): Promise<void> {
  for (const name of Object.keys(hashing)) {
    for (const { admin } of [envoy, native]) {
      await eventually(`${backend.name} is ${healthy ? 'healthy' : 'unhealthy'} for ${name}`, async () => {
        assert.equal((await admin.hosts(`httproute/default/${name}/rule/0`))[backend.host]?.healthy, healthy);
      });
    }
  }
}

/**
 * Waits until workers have the tables that follow from the health of hosts: Envoy hands changes on at most
 * once a second (common_lb_config.update_merge_window), after its admin page shows them. `changed`: the hosts
 * whose keys tell, those that went down or came back.
 */
async function settled(
  down: readonly string[],
  engine: Engine = 'filter',
  changed: readonly string[] = down,
): Promise<void> {
  for (const route of Object.keys(hashing)) {
    const own = requests
      .filter(({ path }) => path?.split('?')[0] === `/${route}`)
      .filter((sent) => changed.includes(keyChoice(explained(sent)).pick!.host))
      .slice(0, 8 * changed.length);
    if (own.length === 0) continue;
    const named = own.map((sent) => {
      const choice = keyChoice(explained(sent, down, engine));
      return nameOf(backends, choice.down?.host ?? choice.pick!.host);
    });
    await eventually(`keys of ${route} are where they belong`, async () =>
      assert.deepEqual(await inParallel(own, 4, (sent) => ask(sent, engine)), named),
    );
  }
}

function explained(sent: Sent, unhealthy: readonly string[] = [], engine: Engine = 'filter'): Explanation {
  return explain({
    plan: here.plan,
    filter: filterPlans[engine],
    targets: new Map(),
    filters,
    request: {
      method: sent.method ?? 'GET',
      host: 'www.example.com',
      path: sent.path ?? '/',
      headers: (sent.headers ?? []).map(([name, value]) => [name.toLowerCase(), value] as const),
      sourceIp: sent.localAddress ?? '127.0.0.1',
    },
    unhealthy,
    utilization: new Map(),
  });
}

function keyChoice(explanation: Explanation): KeyChoice {
  const choice = explanation.pools[0]?.choice;
  assert.equal(choice?.kind, 'key', JSON.stringify(explanation));
  return choice as KeyChoice;
}

const ask = async (sent: Sent, engine: Engine = 'filter'): Promise<string> =>
  backendOf(
    await http1({
      port: (engine === 'filter' ? envoy : native).port(),
      ...sent,
      ...(sent.localAddress === undefined ? { agent: engine === 'filter' ? agent : nativeAgent } : {}),
    }),
  );

test('1,000 requests: the host that answers is the one that was named', async (t) => {
  assert.equal(requests.length, 1_000);
  const answered = await inParallel(requests, 8, (sent) => ask(sent));
  const named = requests.map((sent) => {
    const choice = keyChoice(explained(sent));
    assert.equal(choice.by, 'filter');
    return nameOf(backends, choice.pick!.host);
  });
  const differing = requests.filter((_, i) => answered[i] !== named[i]);
  t.diagnostic(`${requests.length} requests, ${differing.length} differ, ${new Set(named).size} hosts`);
  assert.deepEqual(differing, []);
  assert.equal(new Set(answered).size, backends.length);
});

test('the same with a host down', async (t) => {
  const sick = backends[1]!;
  sick.reply = ({ path }) => (path === '/healthz' ? { status: 503 } : {});
  await until(sick, false);
  await settled([sick.host]);
  const answered = await inParallel(requests, 8, (sent) => ask(sent));
  const named = requests.map((sent) => nameOf(backends, keyChoice(explained(sent, [sick.host])).down!.host!));
  sick.reply = () => ({});
  await until(sick, true);
  const differing = requests.filter((_, i) => answered[i] !== named[i]);
  const moved = requests.filter((sent) => keyChoice(explained(sent)).pick!.host === sick.host);
  t.diagnostic(`${moved.length} requests were its own, ${differing.length} of ${requests.length} differ`);
  assert.deepEqual(differing, []);
  assert.ok(moved.length > 100 && !answered.includes(sick.name));
});

test('native engine: the same hosts, and where its rebuilt table sends keys with a host down', async (t) => {
  // The tests before took hosts down and up again, in this Envoy too.
  await settled(
    [],
    'native',
    backends.map(({ host }) => host),
  );
  const all = await inParallel(requests, 8, (sent) => ask(sent, 'native'));
  const homes = requests.map((sent) => {
    const choice = keyChoice(explained(sent, [], 'native'));
    assert.equal(choice.by, 'envoy');
    return nameOf(backends, choice.pick!.host);
  });
  assert.deepEqual(all, homes);
  const sick = backends[3]!;
  sick.reply = ({ path }) => (path === '/healthz' ? { status: 503 } : {});
  await until(sick, false);
  await settled([sick.host], 'native');
  const answered = await inParallel(requests, 8, (sent) => ask(sent, 'native'));
  const named = requests.map((sent) =>
    nameOf(backends, keyChoice(explained(sent, [sick.host], 'native')).down!.host!),
  );
  sick.reply = () => ({});
  await until(sick, true);
  const others = requests.filter((_, i) => homes[i] !== sick.name && answered[i] !== homes[i]);
  t.diagnostic(`${others.length} keys of healthy hosts moved in Envoy's own table, as explained`);
  assert.deepEqual(answered, named);
});

test('two hosts of five down are no panic, three are', async () => {
  const sick = backends.slice(0, 3);
  for (const count of [2, 3]) {
    for (const backend of sick.slice(0, count))
      backend.reply = ({ path }) => (path === '/healthz' ? { status: 503 } : {});
    for (const backend of sick.slice(0, count)) await until(backend, false);
    const down = sick.slice(0, count).map(({ host }) => host);
    await settled(down);
    const some = requests.slice(0, 300);
    const answered = await inParallel(some, 8, (sent) => ask(sent));
    const choices = some.map((sent) => keyChoice(explained(sent, down)).down!);
    assert.equal(
      choices.every(({ panic }) => panic === (count === 3)),
      true,
    );
    assert.deepEqual(
      answered,
      choices.map(({ host }) => nameOf(backends, host!)),
    );
  }
  for (const backend of sick) backend.reply = () => ({});
  for (const backend of sick) await until(backend, true);
});

test('retries go to the hosts that were named, in their order', async () => {
  // The test before took hosts down, and workers hear of their return later than the admin page.
  const all = backends.map(({ host }) => host);
  for (const engine of ['filter', 'native'] as const) await settled([], engine, all);
  const tried = new Map<string, string[]>();
  for (const backend of backends) {
    backend.reply = ({ path, headers }) => {
      if (!path.startsWith('/retry')) return {};
      const key = String(headers['x-key']);
      tried.set(key, [...(tried.get(key) ?? []), backend.name]);
      return { status: 503 };
    };
  }
  const keys = many(60, (i) => `again-${i}`);
  const sent = (key: string): Sent => ({ path: '/retry', headers: [['X-Key', key]] });
  for (const engine of ['filter', 'native'] as const) {
    tried.clear();
    await inParallel(keys, 4, (key) => ask(sent(key), engine));
    for (const key of keys) {
      const { pick, retries = [] } = keyChoice(explained(sent(key), [], engine));
      assert.deepEqual(
        tried.get(key),
        [pick!.host, ...retries].map((host) => nameOf(backends, host)),
        `${engine}: ${key}`,
      );
    }
  }
  for (const backend of backends) backend.reply = () => ({});
});

test('of a split, the backend and the host that a key belongs to', async () => {
  const keys = many(200, (i): Sent => ({ path: '/split', headers: [['X-Key', `s-${i}`]] }));
  for (const engine of ['filter', 'native'] as const) {
    const answered = await inParallel(keys, 8, (sent) => ask(sent, engine));
    const named = keys.map((sent) => {
      const { pools } = explained(sent, [], engine);
      assert.equal(pools.length, 2);
      const { choice } = pools.find(({ chosen }) => chosen)!;
      assert.ok(choice.kind === 'key');
      return nameOf(backends, choice.pick!.host);
    });
    assert.deepEqual(answered, named, engine);
    assert.ok(named.some((name) => name === 'b5') && named.some((name) => name === 'b1'));
  }
});

test('a cookie that Envoy hands out leads where explain says', async () => {
  for (let i = 0; i < 20; i++) {
    const first = await http1({ port: envoy.port(), path: '/cookie' });
    const line = first.headers['set-cookie']?.[0] ?? '';
    const value = /^FooBar="([0-9a-f]{16})"/.exec(line)?.[1];
    assert.ok(value !== undefined, line);
    const choice = keyChoice(explained({ path: '/cookie', headers: [['Cookie', `FooBar="${value}"`]] }));
    assert.equal(backendOf(first), nameOf(backends, choice.pick!.host));
  }
});

test('a generated cookie is the one Envoy would send, but for the addresses', () => {
  const choice = keyChoice(explained({ path: '/cookie' }));
  assert.equal(choice.key[0]?.from, 'generated');
  assert.match(choice.setCookie[0] ?? '', /^FooBar="[0-9a-f]{16}"; Max-Age=60; HttpOnly$/);
});

test('without a key no host is named, and Envoy spreads', async () => {
  assert.equal(keyChoice(explained({ path: '/header' })).pick, undefined);
  const answered = new Set(await Promise.all(many(40, () => ask({ path: '/header' }))));
  assert.ok(answered.size > 1);
});
