/**
 * An Envoy of `serve` prefers hosts of its zone as far as the proxies of its Gateway are in that zone, and
 * follows them as they come and go. The other proxy is a small client: only that it is there counts.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Backend, startBackends, stopAll } from '../../../demo/fakes/backend.ts';
import { backendOf, http1 } from '../../../demo/fakes/http1.ts';
import * as build from '../../../demo/fakes/manifests.ts';
import type { Envoy } from '../../support/envoy.ts';
import { eventually } from '../../support/eventually.ts';
import { ServeProcess, startEdge } from '../../support/fleet.ts';
import { policy, render, service } from '../../support/manifests.ts';
import { SmallClient } from '../../support/small-client.ts';
import { cli } from '../../support/translate.ts';

const PORT = 28_491;
/** Clusters alone. */
const NONE = { cds: [''], eds: [], ecds: [], sds: [], lds: [], rds: [] };
let folder: string;
let hosts: readonly Backend[];
let server: ServeProcess;
let edge: Envoy;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'loadstar-zones-'));
  hosts = await startBackends(['127.0.0.81', '127.0.0.82']);
  const [pool, slice] = service('backend', hosts);
  const endpoints = hosts.map(({ address }, i) => ({ addresses: [address], zone: ['a', 'b'][i] }));
  writeFileSync(
    join(folder, 'all.yaml'),
    render([
      build.gatewayClass,
      build.gateway('eg', [build.listener('http', PORT)]),
      ...[pool!, { ...slice, endpoints }],
      build.httpRoute('shop'),
      policy('shop', {
        loadBalancer: { type: 'RoundRobin', zoneAware: { preferLocal: { minEndpointsThreshold: 1 } } },
      }),
    ]),
  );
  server = await ServeProcess.start(`unix:${join(folder, 'xds.sock')}`, ['-f', join(folder, 'all.yaml')]);
  edge = await startEdge('edge', [server.address], ['--zone', 'a']);
});
after(async () => {
  await edge?.stop();
  await server?.end();
  await stopAll(hosts ?? []);
  rmSync(folder, { recursive: true, force: true });
});

/** Of 40 requests, those at the host of each zone. */
async function shares(): Promise<readonly number[]> {
  const names: string[] = [];
  for (let i = 0; i < 40; i++) names.push(backendOf(await http1({ port: PORT })));
  return hosts.map(({ name }) => names.filter((one) => one === name).length);
}
const evenly = () =>
  eventually('both zones have requests', async () => {
    const [own, other] = (await shares()) as [number, number];
    assert.ok(own > 5 && other > 5, `${own} and ${other}`);
  });

test('alone, it is all of the proxies, and its zone has half of the hosts: both zones get requests', evenly);

test('with a proxy in the other zone it keeps to its own; when that goes, it does not', async () => {
  const path = server.address.replace('unix:', '');
  for (let round = 0; round < 2; round++) {
    const client = new SmallClient('other', 'loadstar', path, NONE, 'b');
    await eventually('its own zone alone', async () => assert.deepEqual(await shares(), [40, 0]));
    client.close();
    await evenly();
  }
});

test('who the proxies are is no part of what is served: nobody is behind because of them', async () => {
  const before = await cli(['status', '--server', server.address]);
  assert.match(before.stdout, /^edge +all +a +1\.\d+\.\d+ +[0-9a-f]{16} +current$/m);
  const [serves] = /[0-9a-f]{16}/.exec(before.stdout)!;
  const path = server.address.replace('unix:', '');
  const client = new SmallClient('more', 'loadstar', path, NONE, 'c');
  await eventually('it is there', async () => {
    const { stdout } = await cli(['status', '--server', server.address]);
    assert.match(stdout, /^more +all +c /m);
    assert.match(stdout, new RegExp(`^serves  all ${serves} `, 'm'));
    assert.match(stdout, /^edge .* current$/m);
  });
  client.close();
  assert.doesNotMatch(server.err, /zone/, 'each says its own');
});
