/**
 * Two servers with the same input, three Envoys that know both, and requests at each of them all the time:
 * whatever becomes of the servers, no request fails, and every change arrives.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually } from '../../support/eventually.ts';
import type { ServeProcess } from '../../support/fleet.ts';
import { EDGES, FleetWorld } from '../../support/fleet-world.ts';

let world: FleetWorld;
before(async () => {
  world = await FleetWorld.start(28_480);
  await world.current();
});
after(() => world?.stop());

const other = (server: ServeProcess): ServeProcess => world.servers.find((one) => one !== server)!;
/** Which hosts the Envoys have of the shop. */
async function hostsOf(edge: number): Promise<string[]> {
  const { admin } = world.edges[edge - 1]!;
  const clusters = JSON.parse(await admin.text('/clusters?format=json')) as {
    cluster_statuses: { name: string }[];
  };
  const shop = clusters.cluster_statuses.find(({ name }) => name !== 'loadstar-xds')!;
  return Object.keys(await admin.hosts(shop.name)).sort();
}
const modified = (edge: number) =>
  world.edges[edge - 1]!.admin.stats(
    '^(cluster_manager\\.cluster_(modified|updated)|listener_manager\\.listener_(modified|added|removed)|.*\\.config_reload|.*\\.update_rejected)$',
  );

test('both serve the same versions', async () => {
  const versions = new Map<string, Set<string>>();
  for (const { gateway, serves } of await world.served())
    versions.set(gateway, (versions.get(gateway) ?? new Set()).add(serves));
  for (const [gateway, of] of versions) assert.equal(of.size, 1, gateway);
});

test('a server is killed: its Envoys go to the other one, which sends nothing that they have', async () => {
  const server = await world.serverOf(1);
  const before = await Promise.all(EDGES.map(modified));
  await server.end('SIGKILL');
  await world.current([other(server)]);
  assert.deepEqual(await Promise.all(EDGES.map(modified)), before);
  await world.steady();

  await world.change({ hosts: world.hosts }, [other(server)]);
  for (const edge of EDGES) assert.equal((await hostsOf(edge)).length, 4);
  await server.again();
  await world.current();
  await world.steady();
});

test('what changed while its server was gone, an Envoy gets of the other one, and loses what was removed', async () => {
  await world.change({ second: 'more', paths: ['/more'] });
  const names = async (edge: number) => Object.keys(await world.edges[edge - 1]!.admin.listeners()).length;
  for (const edge of EDGES) assert.equal(await names(edge), 2);
  for (const server of world.servers) await server.end('SIGKILL');
  world.write(world.manifests({ hosts: world.hosts.slice(0, 2) }));
  await world.steady();
  for (const server of world.servers) await server.again();
  await world.current();
  for (const edge of EDGES) {
    assert.equal(await names(edge), 1, 'the removed listener is gone');
    assert.equal((await hostsOf(edge)).length, 2);
  }
  await world.steady();
});

test('both are gone, and a listener takes the place of another: the Envoys get that, too', async () => {
  await world.change({ second: 'more' });
  for (const server of world.servers) await server.end('SIGKILL');
  world.write(world.manifests({ second: 'other' }));
  for (const server of world.servers) await server.again();
  await world.current();
  for (const edge of EDGES) {
    const names = Object.keys(await world.edges[edge - 1]!.admin.listeners());
    assert.deepEqual(names.map((name) => name.split('/').at(-1)).sort(), ['http', 'other']);
  }
  await world.change({});
});

test('a change that is no good: both say so, and every Envoy keeps what it has', async () => {
  const before = await world.served();
  const marks = world.servers.map(({ err }) => err.length);
  const [edge] = EDGES;
  const [one, two] = [await world.serverOf(edge), other(await world.serverOf(edge))];
  world.write('{"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute"');
  for (const server of (await two.status()).groups.length > 0 ? [one, two] : [one]) {
    const said = () => server.err.slice(marks[world.servers.indexOf(server)]);
    await eventually('it is told', () => assert.match(said(), /what Envoy has stays/));
    assert.match(said(), /all\.yaml:1:\d+: error/);
  }
  assert.deepEqual(
    (await world.served()).map(({ serves }) => serves),
    before.map(({ serves }) => serves),
  );
  await world.current();
  await world.steady();
  await world.change({ hosts: world.hosts });
});

test('100 changes, with a server killed after 30 and back after 60', async () => {
  const [first] = world.servers as [ServeProcess, ServeProcess];
  let servers = world.servers;
  for (let i = 0; i < 100; i++) {
    if (i === 30) {
      await first.end('SIGKILL');
      servers = [other(first)];
    }
    if (i === 60) {
      await first.again();
      servers = world.servers;
    }
    const hosts = i % 2 === 0 ? world.hosts.slice(0, 3) : world.hosts;
    await world.change({ hosts, paths: i % 5 === 0 ? ['/more'] : [] }, servers);
  }
  await world.change({ hosts: world.hosts.slice(1) }, servers);
  for (const edge of EDGES) assert.equal((await hostsOf(edge)).length, 3);
  const versions = new Set((await world.served()).map(({ serves, gateway }) => `${gateway} ${serves}`));
  assert.equal(versions.size, EDGES.length, 'both serve the same after different histories');
});

test('of all that, no request failed', async (t) => {
  const shots = (await Promise.all(world.loads.map((load) => load.stop()))).flat();
  assert.deepEqual(world.loads.flatMap((load) => load.failed).slice(0, 5), []);
  assert.ok(shots.length > 500);
  t.diagnostic(`${shots.length} requests`);
});
