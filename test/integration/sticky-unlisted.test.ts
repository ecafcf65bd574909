/**
 * Sticky until hot where the filter is told no hosts: a Backend with a name, whose hosts another control
 * plane gives Envoy (EDS from a file here), and changes behind the filter's back.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Backend, startBackends, stopAll } from '../../demo/fakes/backend.ts';
import { backendOf, connections, http1 } from '../../demo/fakes/http1.ts';
import { calm } from '../support/calm.ts';
import { inParallel } from '../support/engines.ts';
import { Envoy } from '../support/envoy.ts';
import { eventually } from '../support/eventually.ts';
import { consistentHash, gateway, httpRoute, type Manifest, policy, untilHot } from '../support/manifests.ts';
import * as orca from '../support/orca.ts';
import { translate } from '../support/translate.ts';

const CLUSTER = 'httproute/default/app/rule/0';
const KEYS = 300;
const folder = mkdtempSync(join(tmpdir(), 'loadstar-eds-'));
const file = join(folder, 'hosts.json');
let backends: Backend[] = [];
let envoy: Envoy;

const named: Manifest = {
  apiVersion: 'gateway.envoyproxy.io/v1alpha1',
  kind: 'Backend',
  metadata: { name: 'named', namespace: 'default' },
  spec: { endpoints: [{ fqdn: { hostname: 'app.example.com', port: 3000 } }] },
};
const byUser = consistentHash({ type: 'Headers', headers: [{ name: 'x-user' }], tableSize: 1021 });
const sticky = untilHot(policy('app', byUser));

/** Envoy reads the file again when another takes its place. */
function serve(hosts: readonly Backend[]): void {
  const endpoint = ({ host }: Backend) => {
    const [address, port] = host.split(':');
    return { endpoint: { address: { socket_address: { address, port_value: Number(port) } } } };
  };
  const assignment = {
    '@type': 'type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment',
    cluster_name: CLUSTER,
    endpoints: [{ lb_endpoints: hosts.map(endpoint) }],
  };
  writeFileSync(`${file}.new`, JSON.stringify({ resources: [assignment] }));
  renameSync(`${file}.new`, file);
}

/** The named host is busy, the others are not. */
function report(busy?: string): void {
  for (const backend of backends)
    backend.reply = () => ({ delayMs: 10, headers: orca.vllm(backend.name === busy ? 0.95 : 0.1) });
}

before(async () => {
  backends = await startBackends([1, 2, 3, 4, 5].map((n) => `127.0.0.${60 + n}`));
  serve(backends.slice(0, 4));
  const route = httpRoute({ name: 'app' });
  const rules = [
    { backendRefs: [{ group: 'gateway.envoyproxy.io', kind: 'Backend', name: 'named', port: 3000 }] },
  ];
  const bootstrap = await translate(
    [...gateway(), named, { ...route, spec: { ...(route.spec as object), rules } }, sticky],
    'filter',
  );
  const { clusters } = bootstrap.static_resources as { clusters: Record<string, unknown>[] };
  const cluster = clusters.find(({ name }) => name === CLUSTER)!;
  for (const field of ['load_assignment', 'dns_lookup_family', 'dns_refresh_rate', 'respect_dns_ttl'])
    delete cluster[field];
  delete cluster.cluster_type;
  cluster.type = 'EDS';
  cluster.eds_cluster_config = {
    eds_config: { path_config_source: { path: file }, resource_api_version: 'V3' },
  };
  envoy = await Envoy.start(bootstrap);
});
after(async () => {
  await envoy?.stop();
  await stopAll(backends);
  rmSync(folder, { recursive: true });
});

/** One request of each key; who answered. Nothing may fail, whatever becomes of the hosts. */
async function round(): Promise<string[]> {
  const agent = connections(3);
  const users = Array.from({ length: KEYS }, (_, n) => `u${n}`);
  const hosts = await inParallel(users, 3, async (user) => {
    const answer = await http1({ port: envoy.port(), path: '/', headers: [['x-user', user]], agent });
    assert.equal(answer.status, 200);
    assert.ok(Object.keys(answer.headers).every((name) => !/loadstar|load-metrics|original_dst/.test(name)));
    return backendOf(answer);
  });
  agent.destroy();
  return hosts;
}
const calmRound = (): Promise<string[]> => calm(envoy.admin, round);
const reported = async (): Promise<number> =>
  (await envoy.admin.filterStats()).loadstar_sticky_left_reported_total!;
async function shed(backend: Backend): Promise<number> {
  const stats = await envoy.admin.filterStats();
  return stats[`loadstar_host_shed_permille.cluster.${CLUSTER}.host.${backend.host}`] ?? Number.NaN;
}
/** Rounds of requests until something is so. */
async function until(what: string, is: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 120_000;
  while (!(await is())) {
    assert.ok(Date.now() < end, `not within 120 s: ${what}`);
    await round();
  }
}

test('hosts are learnt; a hot one gives keys away, others none, and gets them back', async () => {
  const [hot] = backends as [Backend];
  report();
  await round();
  const home = await calmRound();
  assert.deepEqual([...new Set(home)].sort(), ['b1', 'b2', 'b3', 'b4']);
  assert.deepEqual(await calmRound(), home);
  report('b1');
  const before = await reported();
  await until('it sheds', async () => (await reported()) - before > 20);
  const away = await calmRound();
  const moved = away.filter((host, n) => host !== home[n]).length;
  const own = home.filter((host) => host === 'b1').length;
  assert.ok(
    away.every((host, n) => host === home[n] || home[n] === 'b1'),
    'only keys of the hot host move',
  );
  assert.ok(moved > 0 && moved < own, `${moved} of ${own}`);
  report();
  await until('it is well', async () => (await shed(hot)) === 0);
  assert.deepEqual(await calmRound(), home);
});

test('hosts change behind its back: nothing fails, the new one serves, the old one is forgotten', async () => {
  const gone = backends[3]!;
  report('b4');
  await until('it sheds', async () => (await shed(gone)) > 150);
  serve([...backends.slice(0, 3), backends[4]!]);
  report();
  let answered: string[] = [];
  await eventually('Envoy has the new host', async () => {
    answered = await round();
    assert.ok(answered.includes('b5'), answered.join(' '));
  });
  await eventually('the old one has no keys', async () =>
    assert.ok(!(await round()).includes('b4'), 'it has some'),
  );
  // Not by and by, as what a host sheds that is there and brings no reports.
  const seen: number[] = [];
  await until('it is forgotten', async () => seen.push(await shed(gone)) > 0 && seen.at(-1) === 0);
  assert.ok(
    seen.every((one) => one === 0 || one > 75),
    seen.join(', '),
  );
  serve(backends.slice(0, 4));
  await eventually('it is back', async () => assert.ok((await round()).includes('b4'), 'b4 answers'));
  await until('all have settled', async () =>
    (await Promise.all(backends.map(shed))).every((one) => one === 0),
  );
  const home = await calmRound();
  assert.deepEqual(await calmRound(), home);
  assert.deepEqual([...new Set(home)].sort(), ['b1', 'b2', 'b3', 'b4']);
});
