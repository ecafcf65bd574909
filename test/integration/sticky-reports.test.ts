/**
 * Sticky until hot on a real Envoy, by load reports: a host that says it is hot gives keys away and gets them
 * back, reports count wherever they stand, and none reaches a client.
 */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { type Backend, stopAll } from '../../demo/fakes/backend.ts';
import { backendOf, connections, http1 } from '../../demo/fakes/http1.ts';
import { Http2Client } from '../../demo/fakes/http2.ts';
import { eventually, sleep } from '../support/eventually.ts';
import { httpRoute, type Manifest, service } from '../support/manifests.ts';
import * as orca from '../support/orca.ts';
import {
  allServe,
  answers,
  answersOf,
  backends,
  calmly,
  envoy,
  gauge,
  get,
  hostsOf,
  key,
  keys,
  quiet,
  startHttp2Backends,
  startWorld,
  sticky,
  stopWorld,
} from '../support/sticky-world.ts';

/** As the documents write it where load reports must not leave. */
const removingReports: Manifest = {
  type: 'ResponseHeaderModifier',
  responseHeaderModifier: { remove: ['endpoint-load-metrics', 'Endpoint-Load-Metrics-Bin'] },
};

let http2Backends: Backend[] = [];

before(async () => {
  http2Backends = await startHttp2Backends();
  await startWorld(
    ...service('h2', http2Backends, { appProtocol: 'kubernetes.io/h2c' }),
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
  );
});
after(async () => {
  await stopWorld();
  await stopAll(http2Backends);
});
beforeEach(() => quiet([...backends, ...http2Backends]));

/** What the hosts of a route shed, in thousandths. */
const shedOf = (route: string): Promise<number[]> =>
  gauge('shed_permille', route, route === 'trailers' ? http2Backends : backends);

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
    const end = Date.now() + 120_000;
    while (!(await enough())) {
      if (Date.now() > end) throw new Error(`not within 120 s: ${await shedOf(route)}`);
      await sleep(250);
    }
  } finally {
    done = true;
    await Promise.all(all);
    agent.destroy();
  }
}

test('a host that says it is hot gives away a part of its keys, always the same ones, and gets them back', async () => {
  const used = (hot: number, delayMs = 20): void => {
    for (const backend of backends) {
      const load = backend === backends[0] ? hot : 0.2;
      answers(backend, () => ({ delayMs, headers: orca.vllm(load) }));
    }
  };
  // At its target a host neither sheds more nor takes back.
  const atRest = async (): Promise<string[]> => {
    used(0.5, 10);
    await hostsOf('hot');
    return await calmly(() => hostsOf('hot'));
  };
  const shed = async () => await shedOf('hot');
  await allServe('hot');
  const home = await atRest();
  const reported = async () => (await envoy.admin.settledStats()).loadstar_sticky_left_reported_total!;
  let away = home;
  await eventually(
    'it sheds by its reports',
    async () => {
      used(0.95);
      await load('hot', keys, async () => (await shed())[0]! > 250);
      assert.deepEqual(await gauge('utilization_permille', 'hot'), [950, 200, 200, 200]);
      away = await atRest();
      const moved = away.filter((host, n) => host !== home[n]).length;
      assert.ok(moved > 10, `${moved} keys moved`);
    },
    120_000,
  );
  const { again, leftThen } = await calmly(async () => {
    const before = await reported();
    const again = await answersOf(
      'hot',
      (answer) => [backendOf(answer), `${answer.headers['x-why']}`] as const,
    );
    return { again, leftThen: (await reported()) - before };
  });
  assert.deepEqual(
    again.map(([host]) => host),
    away,
    'always the same keys',
  );
  await eventually('the others shed none', async () => assert.deepEqual((await shed()).slice(1), [0, 0, 0]));
  assert.ok(
    away.every((host, n) => home[n] === 'b1' || host === home[n]),
    'only keys of the hot host move',
  );
  const moved = away.filter((host, n) => host !== home[n]);
  assert.equal(leftThen, moved.length);
  for (const [n, [host, why]] of again.entries())
    assert.match(why, host === home[n] ? /^host=1$/ : /^host=[234]; home=reported$/);
  const part = moved.length / home.filter((host) => host === 'b1').length;
  assert.ok(part > 0.1 && part < 0.95, `${part} moved`);
  assert.ok(new Set(moved).size > 1, 'to several hosts');

  const { loadstar_sticky_returned_total: returned = 0 } = await envoy.admin.filterStats();
  await eventually('all keys are home', async () => {
    used(0.1);
    await load('hot', keys, async () => (await shed())[0] === 0);
    assert.deepEqual(await atRest(), home);
  });
  const { loadstar_sticky_returned_total: now = 0 } = await envoy.admin.filterStats();
  assert.ok(now > returned, `${returned}, then ${now} returned`);
});

test('a request without a key has no home, and is told none', async () => {
  assert.match(`${(await get('hot', 1)).headers['x-why']}`, /^host=/);
  const { status, headers } = await http1({ port: envoy.port(), path: '/hot', agent: connections(1) });
  assert.equal(status, 200);
  assert.equal(headers['x-why'], undefined);
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
    await load('trailers', keys, async () => (await shedOf('trailers'))[0]! > 100, client);
    await eventually('the others shed none', async () =>
      assert.deepEqual((await shedOf('trailers')).slice(1), [0, 0, 0]),
    );
  } finally {
    await client.stop();
  }
});

test('a host cannot give its load to another by an internal header, and reports count that the user removes', async () => {
  const [other, liar] = backends as [Backend, Backend];
  const hint = ['x-loadstar-host', Buffer.from(other.host).toString('base64')] as const;
  for (const backend of backends) answers(backend, () => ({ delayMs: 20, headers: orca.vllm(0.1) }));
  answers(liar, () => ({ delayMs: 20, headers: [...orca.vllm(0.95), hint] }));
  await load('lies', keys, async () => (await shedOf('lies'))[1]! > 100);
  await eventually('the other sheds none', async () => assert.equal((await shedOf('lies'))[0], 0, 'it does'));
});
