/**
 * Every kind of policy on a real Envoy: the documents' loads spread as the documents say, with the filter and
 * without.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Backend, startBackends, stopAll } from '../../demo/fakes/backend.ts';
import { type Engines, startEngines } from '../support/engines.ts';
import { consistentHash, gateway, httpRoute, type Manifest, policy, service } from '../support/manifests.ts';
import { sendMany, spread } from '../support/send.ts';

const policies: Record<string, Manifest> = {
  round: { loadBalancer: { type: 'RoundRobin' } },
  random: { loadBalancer: { type: 'Random' } },
  least: { loadBalancer: { type: 'LeastRequest' } },
  source: consistentHash({ type: 'SourceIP' }),
  header: consistentHash({ type: 'Header', header: { name: 'FooBar' } }),
  cookie: consistentHash({
    type: 'Cookie',
    cookie: { name: 'FooBar', ttl: '60s', attributes: { SameSite: 'Strict' } },
  }),
  query: consistentHash({ type: 'QueryParams', queryParams: [{ name: 'user' }] }),
  utilization: { loadBalancer: { type: 'BackendUtilization', backendUtilization: {} } },
};

let backends: Backend[] = [];
let engines: Engines;

before(async () => {
  backends = await startBackends(['127.0.0.11', '127.0.0.12', '127.0.0.13', '127.0.0.14']);
  for (const backend of backends) backend.reply = () => ({ delayMs: 1 });
  engines = await startEngines([
    ...gateway(),
    ...service('backend', backends),
    httpRoute({ name: 'none' }),
    ...Object.entries(policies).flatMap(([name, spec]) => [httpRoute({ name }), policy(name, spec)]),
  ]);
});
after(async () => {
  await engines?.stop();
  await stopAll(backends);
});

for (const engine of ['filter', 'native'] as const) {
  const send = (path: string, count: number, headers: [string, string][] = []) =>
    sendMany(engines[engine], { path, headers }, count, 50).then(spread);

  test(`${engine}: round robin is even`, async () => {
    // One worker: a turn is four hosts, so counts differ by one at most.
    const counts = Object.values(await send('/round', 100));
    assert.equal(counts.length, 4);
    assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, String(counts));
  });

  test(`${engine}: random reaches all hosts, about equally`, async () => {
    // 1,000 draws of one in four: outside 180..320 with a probability below 1e-6 for each host (5 standard
    // deviations).
    const counts = Object.values(await send('/random', 1_000));
    assert.equal(counts.length, 4);
    assert.ok(
      counts.every((count) => count > 180 && count < 320),
      String(counts),
    );
  });

  for (const route of ['least', 'none', 'utilization']) {
    test(`${engine}: /${route} reaches all hosts`, async () => {
      // Even fair draws leave a host with fewer than 20 of 200 in less than one run of a million.
      const counts = Object.values(await send(`/${route}`, 200));
      assert.equal(counts.length, 4);
      assert.ok(
        counts.every((count) => count > 20),
        String(counts),
      );
    });
  }

  test(`${engine}: one source address goes to one host`, async () => {
    assert.deepEqual(Object.values(await send('/source', 100)), [100]);
  });

  test(`${engine}: one header value goes to one host, several values to several`, async () => {
    assert.deepEqual(Object.values(await send('/header', 100, [['FooBar', '1.2.3.4']])), [100]);
    const hosts = new Set<string>();
    // Thirty values on one of four hosts: probability 4^-29.
    for (let i = 0; i < 30; i++) {
      for (const host of Object.keys(await send('/header', 1, [['FooBar', `v${i}`]]))) hosts.add(host);
    }
    assert.ok(hosts.size > 1);
  });

  test(`${engine}: one cookie value goes to one host`, async () => {
    for (const value of ['1.2.3.4', '5.6.7.8']) {
      assert.deepEqual(Object.values(await send('/cookie', 10, [['Cookie', `FooBar=${value}`]])), [10]);
    }
  });

  test(`${engine}: one query parameter value goes to one host`, async () => {
    assert.deepEqual(Object.values(await send('/query?user=alice', 40)), [40]);
  });
}
