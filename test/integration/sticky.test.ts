/**
 * Sticky until hot on a real Envoy: a key stays home, a host that says it is hot gives keys away and gets
 * them back, requests in flight bound what a host gets and are counted correctly however a request ends.
 */
import assert from 'node:assert/strict';
import { request as send } from 'node:http';
import { after, before, beforeEach, test } from 'node:test';
import { type Backend, type Reply, startBackends, stopAll } from '../../demo/fakes/backend.ts';
import { backendOf, connections, http1, type Response } from '../../demo/fakes/http1.ts';
import { Http2Client } from '../../demo/fakes/http2.ts';
import { inParallel } from '../support/engines.ts';
import { Envoy } from '../support/envoy.ts';
import { eventually, sleep } from '../support/eventually.ts';
import { gateway, httpRoute, type Manifest, policy, quickCheck, service } from '../support/manifests.ts';
import * as orca from '../support/orca.ts';
import { translate } from '../support/translate.ts';

const addresses = [1, 2, 3, 4].map((n) => `127.0.0.${20 + n}`);
const clusterOf = (route: string) => `httproute/default/${route}/rule/0`;

const sticky = (route: string, annotations: Readonly<Record<string, string>> = {}): Manifest => {
  const made = policy(route, {
    loadBalancer: {
      type: 'ConsistentHash',
      consistentHash: { type: 'Headers', headers: [{ name: 'x-user' }], tableSize: 1021 },
    },
    healthCheck: quickCheck('/health', '200ms'),
  });
  const names = { 'utilization-target': '0.5', ...annotations };
  const prefixed = Object.fromEntries(
    Object.entries(names).map(([name, value]) => [`loadstar/${name}`, value]),
  );
  return { ...made, metadata: { ...(made.metadata as object), annotations: prefixed } };
};

/** As the documents write it where load reports must not leave. */
const removingReports: Manifest = {
  type: 'ResponseHeaderModifier',
  responseHeaderModifier: { remove: ['endpoint-load-metrics', 'Endpoint-Load-Metrics-Bin'] },
};

let backends: Backend[] = [];
let http2Backends: Backend[] = [];
let envoy: Envoy;

/** What a backend answers to all but health checks, which are always fine and fast. */
const answers = (backend: Backend, reply: () => Reply): void => {
  backend.reply = ({ path }) => (path === '/health' ? {} : reply());
};
const quiet = (): void => {
  for (const backend of [...backends, ...http2Backends]) answers(backend, () => ({}));
};

before(async () => {
  backends = await startBackends(addresses);
  http2Backends = await startBackends(addresses, { protocol: 'h2c' });
  const bootstrap = await translate(
    [
      ...gateway(),
      ...service('backend', backends),
      ...service('h2', http2Backends, { appProtocol: 'kubernetes.io/h2c' }),
      ...['flight', 'bound', 'silent', 'away'].flatMap((name) => [httpRoute({ name }), sticky(name)]),
      httpRoute({ name: 'hot' }),
      sticky('hot', {
        'metric-names': 'named_metrics.kv_cache_usage_perc',
        'report-format': 'text',
        'reason-header': 'X-Why',
      }),
      httpRoute({ name: 'lies', filters: [removingReports] }),
      sticky('lies', { 'metric-names': 'named_metrics.kv_cache_usage_perc' }),
      httpRoute({ name: 'trailers', backends: { h2: 1 } }),
      sticky('trailers'),
    ],
    'filter',
  );
  envoy = await Envoy.start(bootstrap);
});
after(async () => {
  await envoy?.stop();
  await stopAll([...backends, ...http2Backends]);
});
beforeEach(quiet);

const key = (n: number): readonly [string, string] => ['x-user', `user-${n}`];
const get = (route: string, n: number, agent = connections(1)) =>
  http1({ port: envoy.port(), path: `/${route}`, headers: [key(n)], agent });

/**
 * Where connections were broken, a host may have failed a health check. Workers hear that it is well again up
 * to a second later than the admin interface says so (Envoy's update_merge_window).
 */
const allServe = (route: string): Promise<void> =>
  eventually(`every host of ${route} has keys`, async () => {
    const hosts = new Set<string>();
    for (let n = 0; n < 40; n++) hosts.add(backendOf(await get(route, n)));
    assert.equal(hosts.size, backends.length);
  });

async function gauge(what: string, route: string): Promise<number[]> {
  const stats = await envoy.admin.filterStats();
  const name = (host: Backend) => `loadstar_host_${what}.cluster.${clusterOf(route)}.host.${host.host}`;
  const hosts = route === 'trailers' ? http2Backends : backends;
  return hosts.map((host) => stats[name(host)] ?? Number.NaN);
}
const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
const inFlight = async (route: string) => sum(await gauge('in_flight', route));
const becomes = (what: string, route: string, count: number) =>
  eventually(what, async () => assert.equal(await inFlight(route), count));

test('in flight: counted from the first byte, on new connections too, and gone with every end of a stream', async (t) => {
  const slow = () => {
    for (const backend of backends) answers(backend, () => ({ delayMs: 3_000 }));
  };
  await t.test('answered', async () => {
    slow();
    const all = Array.from({ length: 12 }, (_, n) => get('flight', n));
    await becomes('all are in flight before any is answered', 'flight', 12);
    await Promise.all(all);
    await becomes('none is left', 'flight', 0);
  });
  await t.test('given up by the client', async () => {
    slow();
    const all = Array.from({ length: 12 }, (_, n) => {
      const options = {
        port: envoy.port(),
        path: '/flight',
        headers: { host: 'www.example.com', 'x-user': `user-${n}` },
      };
      const request = send(options).on('error', () => {});
      request.end();
      return request;
    });
    await becomes('all are in flight', 'flight', 12);
    for (const request of all) request.destroy();
    await becomes('none is left', 'flight', 0);
  });
  await t.test('reset by the backend', async () => {
    slow();
    const all = Array.from({ length: 12 }, (_, n) => get('flight', n));
    await becomes('all are in flight', 'flight', 12);
    for (const backend of backends) backend.dropConnections();
    const ends = await Promise.all(all);
    assert.ok(ends.every(({ status }) => status === 503));
    await becomes('none is left', 'flight', 0);
  });
});

test('without reports every key stays home while load is even', async () => {
  await allServe('silent');
  // Three at a time: a host is free to have that many, however late it answers.
  const agent = connections(3);
  const homes = new Map<number, string>();
  let moved = 0;
  const before_ = await envoy.admin.filterStats();
  await inParallel(
    Array.from({ length: 400 }, (_, i) => i % 100),
    3,
    async (n) => {
      const host = backendOf(await get('silent', n, agent));
      if ((homes.get(n) ?? host) !== host) moved++;
      homes.set(n, host);
    },
  );
  agent.destroy();
  assert.equal(new Set(homes.values()).size, backends.length);
  // On a busy machine a host may look slow for a moment.
  assert.ok(moved <= 12, `${moved} of 400 were elsewhere`);
  assert.equal(
    (await get('silent', 1)).headers['x-why'],
    undefined,
    'nothing is told unless it is asked for',
  );
  const now = await envoy.admin.filterStats();
  const more = (name: string) =>
    now[`loadstar_sticky_${name}_total`]! - before_[`loadstar_sticky_${name}_total`]!;
  const all = ['home', 'spilled_1', 'spilled_2', 'spilled_3_to_7'].map(more);
  assert.equal(sum(all), 401);
  assert.ok(all[0]! >= 388, `${all}`);
  assert.equal(more('hot_key'), 0);
});

test('a host gets no more in flight than the bound, and each key that is turned away has the same next host', async () => {
  await allServe('bound');
  const probe = connections(1);
  const home = new Map<string, number[]>();
  for (let n = 0; n < 200; n++) {
    const host = backendOf(await get('bound', n, probe));
    home.set(host, [...(home.get(host) ?? []), n]);
  }
  probe.destroy();
  for (const backend of backends) answers(backend, () => ({ delayMs: 1_500 }));
  // All at one host's keys: 3 are free, then 2.5 times a quarter of all that is in flight.
  const keys = home.get('b1')!.slice(0, 32);
  const hosts = (await Promise.all(keys.map((n) => get('bound', n)))).map(backendOf);
  const atHome = hosts.filter((host) => host === 'b1').length;
  assert.ok(atHome < 26, `${atHome} of ${keys.length} at home`);
  assert.ok(atHome >= 8, `${atHome} of ${keys.length} at home`);
  await becomes('none is left', 'bound', 0);
});

/** A trickle on all keys, with some always in flight, until `enough`. */
async function load(
  route: string,
  keys: number,
  enough: () => Promise<boolean>,
  http2?: Http2Client,
): Promise<void> {
  const agent = connections(16);
  let done = false;
  let n = 0;
  const worker = async (): Promise<void> => {
    while (!done) {
      const [name, value] = key(n++ % keys);
      if (http2 === undefined) await get(route, n % keys, agent);
      else await http2.request({ path: `/${route}`, headers: { [name]: value } });
    }
  };
  const all = Array.from({ length: 16 }, worker);
  try {
    const end = Date.now() + 40_000;
    while (!(await enough())) {
      if (Date.now() > end) throw new Error(`not within 40 s: ${await gauge('shed_permille', route)}`);
      await sleep(250);
    }
  } finally {
    done = true;
    await Promise.all(all);
    agent.destroy();
  }
}

const keys = 300;
async function answersOf<T>(route: string, read: (answer: Response) => T): Promise<T[]> {
  const agent = connections(1);
  const all: T[] = [];
  for (let n = 0; n < keys; n++) all.push(read(await get(route, n, agent)));
  agent.destroy();
  return all;
}
const hostsOf = (route: string): Promise<string[]> => answersOf(route, backendOf);

test('a host that says it is hot gives away a part of its keys, always the same ones, and gets them back', async () => {
  const used = (hot: number): void => {
    for (const backend of backends) {
      const load = backend === backends[0] ? hot : 0.2;
      answers(backend, () => ({ delayMs: 20, headers: orca.vllm(load) }));
    }
  };
  // Without reports the shares stay as they are for ten seconds: where keys are is then asked for at rest.
  const atRest = async (): Promise<string[]> => {
    quiet();
    // Two ticks, which take over what came last.
    await sleep(600);
    return await hostsOf('hot');
  };
  const shed = async () => await gauge('shed_permille', 'hot');
  await allServe('hot');
  const home = await atRest();
  used(0.95);
  await load('hot', keys, async () => (await shed())[0]! > 250);
  const away = await atRest();
  assert.deepEqual(await gauge('utilization_permille', 'hot'), [950, 200, 200, 200]);
  const left = async () => (await envoy.admin.filterStats()).loadstar_sticky_left_reported_total!;
  const leftBefore = await left();
  const again = await answersOf(
    'hot',
    (answer) => [backendOf(answer), `${answer.headers['x-why']}`] as const,
  );
  const leftThen = (await left()) - leftBefore;
  assert.deepEqual(
    again.map(([host]) => host),
    away,
    'always the same keys',
  );
  assert.deepEqual((await shed()).slice(1), [0, 0, 0]);
  assert.ok(
    away.every((host, n) => home[n] === 'b1' || host === home[n]),
    'only keys of the hot host move',
  );
  const moved = away.filter((host, n) => host !== home[n]);
  assert.equal(leftThen, moved.length);
  for (const [n, [host, why]] of again.entries())
    assert.match(why, host === home[n] ? /^host=1$/ : /^host=[234]; home=reported$/);
  const part = moved.length / home.filter((host) => host === 'b1').length;
  assert.ok(part > 0.1 && part < 0.7, `${part} moved`);
  assert.ok(new Set(moved).size > 1, 'to several hosts');

  const { loadstar_sticky_returned_total: returned = 0 } = await envoy.admin.filterStats();
  used(0.1);
  await load('hot', keys, async () => (await shed())[0] === 0);
  // On a busy machine a host may seem slow for a moment.
  await eventually('all keys are home', async () => assert.deepEqual(await atRest(), home));
  const { loadstar_sticky_returned_total: now = 0 } = await envoy.admin.filterStats();
  assert.ok(now > returned, `${returned}, then ${now} returned`);
});

test('servers are asked for reports, and the client sees none', async () => {
  for (const backend of backends) answers(backend, () => ({ headers: orca.vllm(0.3) }));
  const { headers } = await get('hot', 1);
  assert.ok(
    Object.keys(headers).every(
      (name) => !name.startsWith('endpoint-load-metrics') && name !== 'x-loadstar-host',
    ),
    `a client sees ${Object.keys(headers).join(', ')}`,
  );
  // The last request of this route, not a health check that came after it.
  const seen = backends
    .flatMap((backend) => backend.seen.filter(({ path }) => path === '/hot').slice(-1))
    .map(({ headers: sent }) => sent['endpoint-load-metrics-format']);
  assert.ok(seen.includes('text'), `formats asked for: ${seen.join(', ')}`);
});

test('reports in trailers count', async () => {
  for (const backend of http2Backends) {
    const load = backend === http2Backends[0] ? 0.95 : 0.2;
    answers(backend, () => ({ delayMs: 20, trailers: orca.binary(load) }));
  }
  const client = await Http2Client.connect(envoy.port());
  try {
    await load('trailers', keys, async () => (await gauge('shed_permille', 'trailers'))[0]! > 100, client);
    assert.deepEqual((await gauge('shed_permille', 'trailers')).slice(1), [0, 0, 0]);
  } finally {
    await client.stop();
  }
});

test('a host cannot give its load to another by an internal header, and reports count that the user removes', async () => {
  const [other, liar] = backends as [Backend, Backend];
  const hint = ['x-loadstar-host', Buffer.from(other.host).toString('base64')] as const;
  for (const backend of backends) answers(backend, () => ({ delayMs: 20, headers: orca.vllm(0.1) }));
  answers(liar, () => ({ delayMs: 20, headers: [...orca.vllm(0.95), hint] }));
  await load('lies', keys, async () => (await gauge('shed_permille', 'lies'))[1]! > 100);
  assert.equal((await gauge('shed_permille', 'lies'))[0], 0);
});

test('a host that was away comes back with half of its keys', async () => {
  const healthy = (good: boolean): void => {
    backends[0]!.reply = ({ path }) => ({ status: path === '/health' && !good ? 500 : 200 });
  };
  const state = async () => (await envoy.admin.hosts(clusterOf('away')))[backends[0]!.host]!.healthy;
  await allServe('away');
  const home = await hostsOf('away');
  assert.ok(home.includes('b1'));
  healthy(false);
  await eventually('Envoy takes it out', async () => assert.equal(await state(), false));
  assert.ok(!(await hostsOf('away')).includes('b1'));
  await sleep(600);
  healthy(true);
  await eventually('Envoy takes it back', async () => assert.equal(await state(), true));
  await get('away', home.indexOf('b1'));
  await eventually('it sheds', async () => {
    // With a message: without one, assert looks for its own source text, which takes seconds of this process
    // each time.
    const shed = (await gauge('shed_permille', 'away'))[0]!;
    assert.ok(shed > 300, `${shed}`);
  });
  const now = (await hostsOf('away')).filter((host) => host === 'b1').length;
  const all = home.filter((host) => host === 'b1').length;
  assert.ok(now > all * 0.2 && now < all * 0.85, `${now} of ${all}`);
});
