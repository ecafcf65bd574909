/** Of three Envoys with the same Gateway one stops in the middle of everything, and goes on later. */
import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as build from '../../../demo/fakes/manifests.ts';
import { envoyBinary } from '../../support/binary.ts';
import { eventually } from '../../support/eventually.ts';
import { ServeProcess } from '../../support/fleet.ts';
import { IsolatedEdge, mayIsolate } from '../../support/isolated-edge.ts';
import { render, service } from '../../support/manifests.ts';
import { cli } from '../../support/translate.ts';

const skip = mayIsolate ? false : 'needs user namespaces';
const PORT = 28_610;
/** No host is there, so a request that has a route gets 503, and one that has none 404. */
const [HAS_ROUTE, HAS_NONE] = [503, 404];

let folder: string;
let socket: string;
let server: ServeProcess;
const edges: IsolatedEdge[] = [];

function write(...paths: readonly string[]): void {
  const rules = paths.map((path) => build.rule(path, { backendRefs: [build.ref()] }));
  const manifests = [
    ...[build.gatewayClass, build.gateway('eg', [build.listener('http', PORT)])],
    ...[...service('backend', [{ address: '10.1.0.1', port: 3000 }]), build.httpRoute('shop', rules)],
  ];
  writeFileSync(join(folder, 'next'), render(manifests));
  renameSync(join(folder, 'next'), join(folder, 'all.yaml'));
}

const answers = (path: string, ...statuses: readonly number[]) =>
  eventually(`${path}: ${statuses}`, async () => {
    assert.deepEqual(
      await Promise.all(edges.slice(0, statuses.length).map((edge) => edge.get(path))),
      statuses,
    );
  });

before(async () => {
  if (skip !== false) return;
  folder = mkdtempSync(join(tmpdir(), 'loadstar-silent-'));
  socket = `unix:${join(folder, 'xds.sock')}`;
  write('/first');
  server = await ServeProcess.start(socket, ['-f', join(folder, 'all.yaml')]);
  for (const id of ['one', 'two', 'three'])
    edges.push(await IsolatedEdge.start(id, socket, PORT, folder, await envoyBinary()));
  await answers('/first', HAS_ROUTE, HAS_ROUTE, HAS_ROUTE);
});
after(async () => {
  for (const edge of edges) edge.kill();
  await server?.end();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

test('the others have the change, and the next one; it gets both when it goes on', { skip }, async () => {
  await answers('/second', HAS_NONE, HAS_NONE, HAS_NONE);
  edges[2]!.pause();
  write('/first', '/second');
  await server.said(/: no answer from three within \d+ ms; it gets it when it answers/);
  await answers('/second', HAS_ROUTE, HAS_ROUTE);
  write('/second', '/third');
  await answers('/third', HAS_ROUTE, HAS_ROUTE);
  await answers('/first', HAS_NONE, HAS_NONE);
  edges[2]!.resume();
  await answers('/third', HAS_ROUTE, HAS_ROUTE, HAS_ROUTE);
  await answers('/first', HAS_NONE, HAS_NONE, HAS_NONE);
});

test('it is counted again: the change after that is acknowledged by all', { skip }, async () => {
  await eventually('all are current', async () => {
    const { stdout } = await cli(['status', '--server', socket]);
    assert.equal(stdout.match(/ current$/gm)?.length, 3, stdout);
  });
  const from = server.out.length;
  write('/fourth');
  await server.said(/: acknowledged after \d+ ms$/, from);
  await answers('/fourth', HAS_ROUTE, HAS_ROUTE, HAS_ROUTE);
});
