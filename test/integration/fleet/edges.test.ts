/** What becomes of the others when one Envoy of the fleet dies, refuses, or is not known. */
import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Backend, startBackends, stopAll } from '../../../demo/fakes/backend.ts';
import { backendOf, http1 } from '../../../demo/fakes/http1.ts';
import * as build from '../../../demo/fakes/manifests.ts';
import { Envoy } from '../../support/envoy.ts';
import { eventually } from '../../support/eventually.ts';
import { ServeProcess, startEdge } from '../../support/fleet.ts';
import { FleetWorld } from '../../support/fleet-world.ts';
import { render, service } from '../../support/manifests.ts';
import { cli } from '../../support/translate.ts';

const PORT = 28_485;

test('an Envoy is killed, and comes back: the others lose no request', async (t) => {
  const world = await FleetWorld.start(PORT);
  try {
    await world.current();
    const killed = performance.now();
    await world.kill(1);
    await world.current(world.servers, [2, 3]);
    world.write(world.manifests({ hosts: world.hosts }));
    await eventually('the others have the change', async () => {
      for (const edge of [2, 3]) {
        const { log, admin } = world.edges[edge - 1]!;
        const stats = await admin.stats('membership_total$');
        assert.ok(Object.values(stats).includes(4), log || 'not yet');
      }
    });
    await world.restart(1);
    await world.current();
    const back = performance.now();
    await world.steady();
    await Promise.all(world.loads.map((load) => load.stop()));
    const [first, ...others] = world.loads;
    assert.deepEqual(others.flatMap((load) => load.failed).slice(0, 5), []);
    assert.deepEqual(
      first!.failed.filter(({ sent, ended }) => ended < killed || sent > back).slice(0, 5),
      [],
    );
    assert.ok(first!.failed.length > 0, 'it was gone');
    t.diagnostic(`${others.flatMap(({ shots }) => shots).length} requests at the others`);
  } finally {
    await world.stop();
  }
});

/** Envoys that are all for one Gateway, at one address of this machine: only the first can have it. */
const ADDRESS = '127.0.0.71';
let folder: string;
let hosts: readonly Backend[];
let server: ServeProcess;
const edges: Envoy[] = [];

function write(change: readonly Backend[], listeners = [build.listener('http', PORT)]): void {
  const gateway = build.gateway('eg', listeners);
  const manifests = [
    build.gatewayClass,
    { ...gateway, spec: { ...gateway.spec, addresses: [{ type: 'IPAddress', value: ADDRESS }] } },
    ...service('backend', change),
    build.httpRoute('shop'),
  ];
  writeFileSync(join(folder, 'next'), render(manifests));
  renameSync(join(folder, 'next'), join(folder, 'all.yaml'));
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'loadstar-edges-'));
  hosts = await startBackends(['127.0.0.72', '127.0.0.73']);
  write(hosts.slice(0, 1));
  server = await ServeProcess.start('127.0.0.1:0', ['-f', join(folder, 'all.yaml')]);
});
after(async () => {
  await Promise.all([...edges.map((edge) => edge.stop()), server.end()]);
  await stopAll(hosts);
  rmSync(folder, { recursive: true, force: true });
});

test('an Envoy that refuses is told with its words, and keeps no change from the others', async () => {
  for (const id of ['good', 'bad'])
    edges.push(await startEdge(id, [server.address], ['--gateway', 'default/eg']));
  const refuses = /^bad refuses the lds default\/eg\/http: .*cannot bind '127\.0\.0\.71:28485'/m;
  await eventually('status says so', async () => {
    const { code, stdout } = await cli(['status', '--server', server.address]);
    assert.match(stdout, /^good .* current$/m);
    assert.match(stdout, /^bad .* refuses for \d+ s$/m);
    assert.match(stdout, refuses);
    assert.equal(code, 1);
  });
  const from = server.out.length;
  write(hosts.slice(1));
  await server.said(
    /default\/eg: pool .*: \+127\.0\.0\.73:\d+, -127\.0\.0\.72:\d+: acknowledged .*, but not by bad: /,
    from,
  );
  const answer = () => http1({ host: ADDRESS, port: PORT });
  assert.equal(backendOf(await answer()), hosts[1]!.name);
  const { stdout } = await cli(['status', '--server', server.address]);
  assert.match(stdout, refuses);

  await edges.shift()!.stop();
  const before = server.out.length;
  write(hosts);
  await server.said(/default\/eg: .*: acknowledged/, before);
  await eventually('the address is free: it listens', async () => {
    const found = await cli(['status', '--server', server.address]);
    assert.match(found.stdout, /^bad .* current$/m);
    assert.equal(found.code, 0);
  });
  assert.equal((await answer()).status, 200);
});

test('a Gateway that is not there: the server says so, and so does the log of the Envoy', async () => {
  const made = await cli([
    ...['bootstrap', '--xds', server.address, '--node', 'lost', '--gateway', 'default/eq'],
    ...['--format', 'json'],
  ]);
  const envoy = await Envoy.start(JSON.parse(made.stdout) as object).catch((error: Error) => error);
  try {
    const words = /there is no Gateway default\/eq in the input\. .*default\/eg/;
    await server.said(new RegExp(`^Envoy lost is not served: ${words.source}`));
    const log = envoy instanceof Envoy ? () => envoy.log : () => envoy.message;
    await eventually('the log', () => assert.match(log(), words));
    const { envoys } = await server.status();
    assert.ok(!envoys.some(({ id }) => id === 'lost'));
  } finally {
    if (envoy instanceof Envoy) await envoy.stop();
  }
});
