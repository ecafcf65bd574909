/**
 * A Backend that is a name, followed by `loadstar run`: the filter picks its hosts, they come and go with
 * DNS, and stay through an outage and the first "no such name".
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Backend, startBackends, stopAll } from '../../../demo/fakes/backend.ts';
import { backendOf, http1 } from '../../../demo/fakes/http1.ts';
import { SteadyLoad } from '../../../demo/fakes/steady-load.ts';
import { DnsServer } from '../../support/dns-server.ts';
import { eventually } from '../../support/eventually.ts';
import { homesOf } from '../../support/live-homes.ts';
import { LiveRun } from '../../support/live-run.ts';
import { consistentHash, gateway, httpRoute, type Manifest, policy } from '../../support/manifests.ts';

const NAME = 'shop.test';
/** As bound: the port of the Gateway. */
const PORT = 8_080;
let backends: Backend[] = [];
let dns: DnsServer;
let run: LiveRun;

const byName = () => [{ fqdn: { hostname: NAME, port: backends[0]?.port } }];
const manifests = (endpoints: readonly Manifest[] = byName()): Manifest[] => {
  const route = httpRoute({ name: 'shop', path: '/cart' }) as { spec: { rules: Manifest[] } };
  const [rule] = route.spec.rules;
  const backendRefs = [{ group: 'gateway.envoyproxy.io', kind: 'Backend', name: 'shop' }];
  return [
    ...gateway(),
    { ...route, spec: { ...route.spec, rules: [{ ...rule, backendRefs }] } },
    {
      apiVersion: 'gateway.envoyproxy.io/v1alpha1',
      kind: 'Backend',
      metadata: { name: 'shop', namespace: 'default' },
      spec: { endpoints },
    },
    policy('shop', consistentHash({ type: 'Header', header: { name: 'x-key' } })),
  ];
};
const resolveTo = (hosts: readonly Backend[]) =>
  dns.names.set(NAME, { a: hosts.map(({ address }) => address), ttl: 1 });

before(async () => {
  backends = await startBackends(['127.0.0.11', '127.0.0.12', '127.0.0.13', '127.0.0.14']);
  dns = await DnsServer.start();
  resolveTo(backends.slice(0, 3));
  run = await LiveRun.start(manifests(), ['--dns-server', `127.0.0.1:${dns.port}`]);
});
after(async () => {
  await run?.stop();
  await dns?.stop();
  await stopAll(backends);
});

async function homes(): Promise<string[]> {
  const found: string[] = [];
  for (let i = 0; i < 100; i++)
    found.push(backendOf(await http1({ port: PORT, path: '/cart', headers: [['x-key', `key-${i}`]] })));
  return found;
}
/** Of the same keys, were the hosts addresses. */
function homesByTable(hosts: readonly Backend[]): string[] {
  const names = new Map(hosts.map(({ host, name }) => [host, name]));
  const ofHosts = homesOf(manifests(hosts.map(({ address, port }) => ({ ip: { address, port } }))));
  return Array.from({ length: 100 }, (_, i) => {
    const [host = '', ...more] = ofHosts('/cart', `key-${i}`);
    assert.equal(more.length, 0);
    return names.get(host) ?? host;
  });
}
const told = (line: RegExp) =>
  eventually(`it says ${line}`, () => assert.match(run.out + run.err, line), 30_000);

test('the filter picks for a name', async () => {
  assert.doesNotMatch(run.err, /pool-dns/);
  const before = await run.admin.filterStats();
  await homes();
  const after = await run.admin.filterStats();
  const picks = (stats: Record<string, number>) =>
    Object.entries(stats).reduce((sum, [name, value]) => sum + (/pick/.test(name) ? value : 0), 0);
  assert.ok(picks(after) - picks(before) >= 100, JSON.stringify(after));
});

test('a host of the name comes and goes: keys move to it, home again, and nothing fails', async () => {
  const sent = new SteadyLoad({ port: PORT, paths: ['/cart'], rate: 100 });
  try {
    const before = await homes();
    assert.deepEqual(before, homesByTable(backends.slice(0, 3)));
    resolveTo(backends);
    await told(/\+127\.0\.0\.14:\d+: acknowledged/);
    // By the table: Maglev itself moves a few keys between hosts that stay.
    const during = await homes();
    assert.deepEqual(during, homesByTable(backends));
    assert.ok(during.includes(backends[3]?.name ?? ''));
    resolveTo(backends.slice(0, 3));
    await told(/-127\.0\.0\.14:\d+: acknowledged/);
    assert.deepEqual(await homes(), before);
    await sent.stop();
    assert.deepEqual(sent.failed, []);
  } finally {
    await sent.stop();
  }
});

test('an outage and the first "no such name" change nothing', async () => {
  const before = await homes();
  dns.names.set(NAME, 'SERVFAIL');
  await told(
    /shop\.test cannot be resolved: the server failed \(SERVFAIL\); it has 3 addresses as last known/,
  );
  assert.deepEqual(await homes(), before);
  resolveTo(backends.slice(0, 3));
  await told(/shop\.test resolves again, to 3 addresses/);
  assert.deepEqual(await homes(), before);
});
