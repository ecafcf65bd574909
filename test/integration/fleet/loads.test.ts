/**
 * What the Envoys of a fleet count is seen at their server, while a page is open: shares of hosts as the
 * hosts themselves counted, of all Envoys together; one that is killed counts no more.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Backend, startBackends, stopAll } from '../../../demo/fakes/backend.ts';
import * as build from '../../../demo/fakes/manifests.ts';
import { envoyBinary } from '../../support/binary.ts';
import type { Envoy } from '../../support/envoy.ts';
import { eventually, sleep } from '../../support/eventually.ts';
import { ServeProcess, startEdge } from '../../support/fleet.ts';
import { IsolatedEdge, mayIsolate } from '../../support/isolated-edge.ts';
import { consistentHash, policy, render, service } from '../../support/manifests.ts';
import { PageEvents } from '../../support/page-events.ts';

const PORT = 28_496;
const EDGES = ['edge-1', 'edge-2', 'edge-3'];
const skip = mayIsolate ? false : 'networks of their own cannot be made here';
let folder: string;
let hosts: readonly Backend[];
let server: ServeProcess;
let url: string;
const sockets: Server[] = [];
const edges: IsolatedEdge[] = [];
/** Edges that get requests now. */
let loaded: IsolatedEdge[] = [];
let isOver = false;
const pages: PageEvents[] = [];
let alone: Envoy | undefined;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'loadstar-loads-'));
  hosts = await startBackends([91, 92, 93].map((last) => `127.0.0.${last}`));
  writeFileSync(
    join(folder, 'all.yaml'),
    render([
      build.gatewayClass,
      build.gateway('eg', [build.listener('http', PORT)]),
      ...service('backend', hosts),
      build.httpRoute('shop'),
      policy('shop', consistentHash({ type: 'Header', header: { name: 'x-user' } })),
    ]),
  );
  const args = ['-f', join(folder, 'all.yaml'), '--dashboard', '127.0.0.1:0'];
  server = await ServeProcess.start(`unix:${join(folder, 'xds.sock')}`, args);
  url = /^dashboard (\S+)$/m.exec(server.out)?.[1] ?? '';
});
after(async () => {
  isOver = true;
  for (const page of pages) page.close();
  for (const edge of edges) edge.kill();
  for (const socket of sockets) socket.close();
  await alone?.stop();
  await server?.end();
  await stopAll(hosts ?? []);
  rmSync(folder, { recursive: true, force: true });
});

/** A host where edges find it: behind a socket in the folder. */
function socketOf({ address, port }: Backend) {
  const path = join(folder, `host-${address}.sock`);
  const socket = createServer((from) => {
    const to = connect(port, address);
    from.on('error', () => to.destroy()).pipe(to);
    to.on('error', () => from.destroy()).pipe(from);
  });
  sockets.push(socket.listen(path));
  return { address, port, path };
}

function open(query: Readonly<Record<string, string>> = {}): PageEvents {
  const page = new PageEvents(url, query);
  pages.push(page);
  return page;
}

/** Few keys, so that hosts have unequal shares: the same for ever. */
async function load(edge: IsolatedEdge): Promise<void> {
  for (let i = 0; !isOver; i++) {
    if (loaded.includes(edge)) await edge.get('/', { 'x-user': `user-${i % 5}` }).catch(() => {});
    await sleep(10);
  }
}

const countOf = ({ hits }: Backend): number => [...hits.values()].reduce((sum, one) => sum + one, 0);

test('nobody looks: an Envoy is told so, and reports nothing more', { skip }, async () => {
  alone = await startEdge('edge-4', [server.address]);
  const { admin } = alone;
  const stats = async () => {
    const all = await admin.stats('^load_reporter\\.(requests|responses)$');
    // Envoy's names are the wrong way round: `requests` are the server's messages, `responses` its own.
    return { heard: all['load_reporter.requests'] ?? 0, told: all['load_reporter.responses'] ?? 0 };
  };
  await eventually('it is here', async () => assert.ok((await stats()).told > 0, 'not yet'));
  assert.equal((await stats()).heard, 0, 'nothing is asked for while no page is open');
  const page = open();
  const { told: silent } = await stats();
  await eventually('it reports', async () => assert.ok((await stats()).told > silent + 1, 'not yet'));
  const { heard } = await stats();
  page.close();
  await eventually('it is told to rest', async () => assert.ok((await stats()).heard > heard, 'not yet'));
  const { told } = await stats();
  // Longer than Envoy waits between two reports.
  await sleep(3_000);
  assert.equal((await stats()).told, told);
  pages.length = 0;
  await alone.stop();
});

test('shares of hosts are those that the hosts counted, of three Envoys together', { skip }, async () => {
  const binary = await envoyBinary();
  const inside = hosts.map(socketOf);
  for (const id of EDGES) {
    const edge = await IsolatedEdge.start(id, server.address, PORT, folder, binary, inside);
    await eventually(`${id} serves`, async () => assert.equal(await edge.get('/'), 200, 'no answer yet'));
    edges.push(edge);
  }
  for (const host of hosts) host.hits.clear();
  loaded = [...edges];
  for (const edge of edges) void load(edge);
  const first = open();
  const id = await eventually('the pool is known', () => {
    const [pool] = first.told.overview?.pools ?? [];
    if (pool === undefined) throw new Error('not yet');
    return pool.id;
  });
  const page = open({ pool: id });
  await eventually('all three tell', () => {
    const rates = page.told.fleet?.map(({ load }) => load?.rate ?? 0) ?? [];
    assert.ok(rates.length === 3 && rates.every((rate) => rate > 0), `${rates}`);
  });
  await eventually('shares are those of the hosts', () => {
    const counts = hosts.map(countOf);
    const all = counts.reduce((sum, one) => sum + one, 0);
    const seen = new Map(page.told.now?.hosts.map(({ host, share }) => [host, share]));
    assert.ok((page.pools.get(id)?.rate ?? 0) > 0, 'no requests are seen');
    hosts.forEach(({ address, port }, i) => {
      const share = seen.get(`${address}:${port}`) ?? Number.NaN;
      assert.ok(Math.abs(share - counts[i]! / all) < 0.1, `${address}: ${share}, ${counts} of ${all}`);
    });
  });
  assert.equal(page.told.now?.hosts[0]?.healthy, undefined, 'its health is not known');
});

test('an Envoy that is killed counts no more', { skip }, async () => {
  const page = pages.at(-1)!;
  const [first, ...others] = edges;
  loaded = [first!];
  await eventually('one has all requests', () => {
    const rates = page.told.fleet?.map(({ load }) => load?.rate ?? 0) ?? [];
    assert.ok(rates[0]! > 0 && rates[1] === 0 && rates[2] === 0, `${rates}`);
  });
  first!.kill();
  await eventually('it is gone, and what it counted', () => {
    assert.deepEqual(
      page.told.fleet?.map(({ id }) => id),
      EDGES.slice(1),
      'it is there',
    );
    const rates = [...page.pools.values()].map(({ rate }) => rate);
    assert.deepEqual(rates, [0], 'its requests are seen');
  });
  loaded = others;
  await eventually('those of the others are seen', () => {
    assert.ok(
      [...page.pools.values()].some(({ rate }) => rate > 0),
      'none',
    );
  });
});
