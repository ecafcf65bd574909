/**
 * Which host gets a request when not all hosts are equal: retries, health checks, ejection, draining,
 * overrides, zones, slow start.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Backend, startBackends, stopAll } from '../../demo/fakes/backend.ts';
import { backendOf, connections, http1, type Response } from '../../demo/fakes/http1.ts';
import { inParallel } from '../support/engines.ts';
import { Envoy } from '../support/envoy.ts';
import { eventually } from '../support/eventually.ts';
import { consistentHash, gateway, httpRoute, type Manifest, policy, service } from '../support/manifests.ts';
import { type Engine, translate } from '../support/translate.ts';

const balancer = (type: string, more: Manifest = {}): Manifest => ({ loadBalancer: { type, ...more } });
const hash = (tableSize: number, more: Manifest = {}): Manifest =>
  balancer('ConsistentHash', {
    consistentHash: { type: 'Header', header: { name: 'x-key' }, tableSize },
    ...more,
  });
const retry = {
  retry: { numRetries: 2, retryOn: { httpStatusCodes: [503], triggers: ['retriable-status-codes'] } },
};
const named = { endpointOverride: { extractFrom: [{ header: 'x-to' }] } };
const force = {
  zoneAware: { preferLocal: { minEndpointsThreshold: 1, force: { minEndpointsInZoneThreshold: 1 } } },
};
const active = {
  type: 'HTTP',
  http: { path: '/healthz', expectedStatuses: [200] },
  interval: '100ms',
  unhealthyThreshold: 1,
};

const policies: Record<string, Manifest> = {
  'retry-round': { ...balancer('RoundRobin'), ...retry },
  'retry-hash': { ...consistentHash({ type: 'Header', header: { name: 'x-key' } }), ...retry },
  checked: { ...balancer('RoundRobin'), healthCheck: { active } },
  ejected: {
    ...balancer('RoundRobin'),
    healthCheck: { passive: { consecutive5XxErrors: 1, interval: '100ms', maxEjectionPercent: 50 } },
  },
  plain: hash(1021),
  large: hash(65_537),
  override: hash(1021, named),
  slow: balancer('RoundRobin', { slowStart: { window: '1s' } }),
  zone: balancer('RoundRobin', force),
};

let backends: Backend[] = [];
const envoys: Partial<Record<Engine, Envoy>> = {};
const agent = connections(8);

before(async () => {
  backends = await startBackends(['127.0.0.11', '127.0.0.12', '127.0.0.13', '127.0.0.14']);
  backends[1]!.reply = ({ path }) => (/^\/(retry|healthz|ejected)/.test(path) ? { status: 503 } : {});
  const [svc, slice] = service('backend', backends) as [Manifest, Manifest];
  const withFields = (name: string, fields: object[]): Manifest[] => [
    { ...svc, metadata: { name, namespace: 'default' } },
    {
      ...slice,
      metadata: { name, namespace: 'default', labels: { 'kubernetes.io/service-name': name } },
      endpoints: (slice.endpoints as object[]).map((endpoint, i) => ({ ...endpoint, ...fields[i] })),
    },
  ];
  const ready = { conditions: { ready: true } };
  const terminating = { conditions: { ready: false, serving: true, terminating: true } };
  const manifests = [
    ...gateway(),
    svc,
    slice,
    ...withFields('zones', [{ zone: 'a' }, { zone: 'b' }, { zone: 'b' }, { zone: 'b' }]),
    ...withFields('leaving', [ready, { conditions: { ready: false } }, ready, terminating]),
    ...Object.entries(policies).flatMap(([name, spec]) => [
      httpRoute({ name, backends: { [name === 'zone' ? 'zones' : 'backend']: 1 } }),
      policy(name, spec),
    ]),
    ...['round', 'hash'].flatMap((name) => [
      httpRoute({ name: `leaving-${name}`, backends: { leaving: 1 } }),
      policy(`leaving-${name}`, name === 'round' ? balancer('RoundRobin') : hash(1021)),
    ]),
  ];
  for (const engine of ['filter', 'native'] as const)
    envoys[engine] = await Envoy.start(await translate(manifests, engine, { more: ['--zone', 'a'] }));
});
after(async () => {
  agent.destroy();
  for (const envoy of Object.values(envoys)) await envoy.stop();
  await stopAll(backends);
});

for (const engine of ['filter', 'native'] as const) {
  const send = (path: string, count = 100, headers: [string, string][] = []): Promise<Response[]> =>
    inParallel(new Array(count).fill(0), 8, (_, i) =>
      http1({ port: envoys[engine]!.port(), path, agent, headers: [['x-key', `key-${i}`], ...headers] }),
    );
  const names = async (...of: Parameters<typeof send>): Promise<string[]> =>
    (await send(...of)).map(backendOf);
  const distinct = (list: readonly string[]): string[] => [...new Set(list)].sort();

  for (const name of ['retry-round', 'retry-hash']) {
    test(`${engine}: ${name}: a 503 is tried again on another host`, async () => {
      const before = backends[1]!.hits.get(`/${name}`) ?? 0;
      const responses = await send(`/${name}`);
      assert.ok((backends[1]!.hits.get(`/${name}`) ?? 0) > before, 'the failing host was asked');
      // A key's further tries are draws from the table: five that all fall on the host that failed (4^-5 for
      // each of about 25 keys) leave the 503. More than 5 such keys: less than once in a billion runs.
      const failed = responses.filter(({ status }) => status === 503);
      assert.ok(
        failed.length <= (name === 'retry-hash' ? 5 : 0),
        `${failed.length} were not tried elsewhere`,
      );
      const answered = responses.filter(({ status }) => status === 200);
      assert.equal(answered.length + failed.length, 100);
      assert.deepEqual(distinct(answered.map(backendOf)), ['b1', 'b3', 'b4']);
    });
  }

  test(`${engine}: a host that fails its health check gets nothing`, async () => {
    // Envoy checks a cluster often only once it has had a request.
    await eventually('the check has failed', async () =>
      assert.deepEqual(distinct(await names('/checked', 20)), ['b1', 'b3', 'b4']),
    );
    assert.deepEqual(distinct(await names('/checked')), ['b1', 'b3', 'b4']);
  });

  test(`${engine}: a host that answers 503 is ejected`, async () => {
    await eventually('it is out', async () =>
      assert.deepEqual(distinct((await send('/ejected', 20)).map((r) => String(r.status))), ['200']),
    );
    assert.deepEqual(distinct(await names('/ejected')), ['b1', 'b3', 'b4']);
  });

  for (const name of ['round', 'hash']) {
    test(`${engine}: ${name}: hosts that are not ready, or leave, get nothing`, async () => {
      assert.deepEqual(distinct(await names(`/leaving-${name}`)), ['b1', 'b3']);
    });
  }

  test(`${engine}: endpointOverride: the named host, else the table of the same size`, async () => {
    for (const backend of backends)
      assert.deepEqual(distinct(await names('/override', 20, [['x-to', backend.host]])), [backend.name]);
    const keyed = await names('/override', 300);
    assert.deepEqual(keyed, await names('/plain', 300));
    assert.notDeepEqual(keyed, await names('/large', 300), 'another table size moves some keys');
  });

  test(`${engine}: preferLocal: the hosts of Envoy’s own zone`, async () => {
    assert.deepEqual(distinct(await names('/zone')), ['b1']);
  });

  test(`${engine}: with slow start all hosts are reached`, async () => {
    await eventually('all are warm', async () => assert.equal(distinct(await names('/slow', 200)).length, 4));
  });
}
