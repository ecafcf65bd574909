/**
 * The filter's table against Envoy's own: the same keys are sent through a real Envoy with its native MAGLEV
 * and through one in which the filter picks, and asked of the compiled filter in Node. Envoy is the
 * reference; no Maglev of ours is.
 */
import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { after, before, test } from 'node:test';
import { type Backend, startBackends, stopAll } from '../../demo/fakes/backend.ts';
import { backendOf, connections, http1 } from '../../demo/fakes/http1.ts';
import { withFilterConfig } from '../support/bootstrap.ts';
import { type Engines, inParallel, startEngines } from '../support/engines.ts';
import { Envoy } from '../support/envoy.ts';
import { consistentHash, gateway, httpRoute, type Manifest, policy, service } from '../support/manifests.ts';
import { picker } from '../support/picker.ts';

const byHeader = (tableSize?: number): Manifest =>
  consistentHash({
    type: 'Header',
    header: { name: 'X-Key' },
    ...(tableSize === undefined ? {} : { tableSize }),
  });

/** A route per host set; the services are started below. `keys` of each are compared on real requests. */
const sets = [
  { name: 'four-65537', backends: { four: 1 }, keys: 1_000 },
  { name: 'three-251', backends: { three: 1 }, tableSize: 251, keys: 600 },
  { name: 'one', backends: { one: 1 }, keys: 20 },
  { name: 'twelve-1021', backends: { twelve: 1 }, tableSize: 1021, keys: 600 },
  { name: 'canary-80-20', backends: { four: 80, three: 20 }, keys: 600 },
  { name: 'canary-251', backends: { four: 80, three: 20 }, tableSize: 251, keys: 600 },
  { name: 'canary-1-999', backends: { three: 1, twelve: 999 }, keys: 300 },
  { name: 'three-ways', backends: { three: 7, four: 2, one: 5 }, keys: 300 },
] as const;
const six = { name: 'ipv6', backends: { 'six-a': 3, 'six-b': 1, three: 1 }, keys: 300 };
const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some((a) => a.address === '::1'));

const addresses = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `127.0.0.${from + i}`);

let backends: Backend[] = [];
let engines: Engines;

const clusterOf = (route: string): string => `httproute/default/${route}/rule/0`;

before(async () => {
  const services: Record<string, Backend[]> = {
    four: await startBackends(addresses(11, 4)),
    three: await startBackends(addresses(21, 3)),
    one: await startBackends(addresses(31, 1)),
    twelve: await startBackends(addresses(41, 12)),
  };
  if (hasIpv6) {
    services['six-a'] = await startBackends(['::1']);
    services['six-b'] = await startBackends(['::1']);
  }
  for (const [name, list] of Object.entries(services)) {
    // Names must tell the hosts of all services apart.
    for (const backend of list) backend.reply = () => ({ headers: [['x-host', backend.host]] });
    backends = [...backends, ...list];
    assert.ok(list.length > 0, name);
  }
  const all = hasIpv6 ? [...sets, six] : sets;
  const manifests = [
    ...gateway(),
    ...Object.entries(services).flatMap(([name, list]) => service(name, list)),
    ...all.flatMap((set) => [
      httpRoute({ name: set.name, backends: set.backends }),
      policy(set.name, byHeader('tableSize' in set ? set.tableSize : undefined)),
    ]),
  ];
  engines = await startEngines(manifests);
});
after(async () => {
  await engines?.stop();
  await stopAll(backends);
});

const agents = { filter: connections(16), native: connections(16) };
after(() => {
  agents.filter.destroy();
  agents.native.destroy();
});

async function hostOf(
  envoy: Envoy,
  agent: (typeof agents)['filter'],
  route: string,
  key: string,
): Promise<string> {
  const response = await http1({ port: envoy.port(), path: `/${route}`, headers: [['X-Key', key]], agent });
  assert.equal(response.status, 200, response.body);
  backendOf(response);
  return response.headers['x-host']![0]!;
}

/**
 * Keys of every length from 0 to 40, so that each branch of the hash's tail is used, beside plain numbers.
 */
const keyAt = (i: number): string =>
  i % 3 === 0 ? 'k'.repeat(i % 41) + i : i % 3 === 1 ? `user-${i}` : String(i * 7919);

for (const set of [...sets, six]) {
  const skip = set === six && !hasIpv6 ? 'this machine has no ::1' : false;
  test(`${set.name}: Envoy with the filter, Envoy without and the filter in Node pick the same host`, {
    skip,
  }, async () => {
    const keys = Array.from({ length: set.keys }, (_, i) => keyAt(i));
    const before = (await engines.filter.admin.filterStats()).loadstar_picks_total ?? 0;
    const native = await inParallel(keys, 8, (key) => hostOf(engines.native, agents.native, set.name, key));
    const filter = await inParallel(keys, 8, (key) => hostOf(engines.filter, agents.filter, set.name, key));
    const node = picker(engines.bootstraps.filter);
    const differing = keys.flatMap((key, i) => {
      const own = node.pick(clusterOf(set.name), [['x-key', key]]);
      return native[i] === filter[i] && native[i] === own ? [] : [`${key}: ${native[i]} ${filter[i]} ${own}`];
    });
    assert.deepEqual(differing, [], 'key: native, with filter, filter in Node');
    const picks = ((await engines.filter.admin.filterStats()).loadstar_picks_total ?? 0) - before;
    assert.equal(picks, set.keys, 'the filter picked for every request');
    const hosts = new Set(native).size;
    assert.ok(set.name === 'one' ? hosts === 1 : hosts > 1, `keys reach several hosts: ${hosts}`);
  });
}

test('10,000 keys: the filter in Node and native Envoy differ in none', async (t) => {
  const keys = Array.from({ length: 10_000 }, (_, i) => `key-${i}`);
  const native = await inParallel(keys, 16, (key) =>
    hostOf(engines.native, agents.native, 'four-65537', key),
  );
  const node = picker(engines.bootstraps.filter);
  const differing = keys.filter(
    (key, i) => node.pick(clusterOf('four-65537'), [['x-key', key]]) !== native[i],
  );
  t.diagnostic(`${keys.length} keys, ${differing.length} differ`);
  assert.deepEqual(differing, []);
});

test('a filter with another table sends keys elsewhere: what answers above is the filter', async (t) => {
  // The next smaller prime gives an unrelated table, while the cluster's native table stays: were the hint
  // ignored, nothing would move. Two unrelated tables of four hosts agree on a quarter of the keys, so 225 of
  // 300 should differ; fewer than 150 has a probability below 1e-20 (binomial, p = 3/4).
  const skewed = withFilterConfig(engines.bootstraps.filter, (config) => ({
    ...config,
    tables: (config.tables as { size: number }[]).map((table) =>
      table.size === 65_537 ? { ...table, size: 65_521 } : table,
    ),
  }));
  const envoy = await Envoy.start(skewed);
  const agent = connections(8);
  try {
    const keys = Array.from({ length: 300 }, (_, i) => `key-${i}`);
    const native = await inParallel(keys, 8, (key) =>
      hostOf(engines.native, agents.native, 'four-65537', key),
    );
    const other = await inParallel(keys, 8, (key) => hostOf(envoy, agent, 'four-65537', key));
    const differing = keys.filter((_, i) => native[i] !== other[i]).length;
    t.diagnostic(`${differing} of ${keys.length} differ`);
    assert.ok(differing > 150, `${differing} of 300 differ`);
    const node = picker(skewed);
    assert.deepEqual(
      other,
      keys.map((key) => node.pick(clusterOf('four-65537'), [['x-key', key]])),
      'and they go where the skewed filter says',
    );
  } finally {
    agent.destroy();
    await envoy.stop();
  }
});
