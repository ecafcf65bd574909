/**
 * Sessions, admission control and PROXY headers come while `loadstar run` serves: its Envoy takes each of
 * them.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { backendOf, http1 } from '../../../demo/fakes/http1.ts';
import * as build from '../../../demo/fakes/manifests.ts';
import { LiveRun } from '../../support/live-run.ts';
import { World } from '../../support/live-world.ts';
import { type Manifest, policy } from '../../support/manifests.ts';
import { type ProxyBackend, startProxyBackend } from '../../support/proxy-backend.ts';

let world: World;
let proxied: ProxyBackend;
let run: LiveRun;
before(async () => {
  world = await World.start(28_190);
  proxied = await startProxyBackend('127.0.0.41');
  run = await LiveRun.start(world.manifests(), ['--drain-time', '2']);
});
after(async () => {
  await run?.stop();
  await proxied?.stop();
  await world?.stop();
});

const change = (more: Manifest[]) => run.change(world.manifests({ more }));
const ask = (path: string, cookie?: string) =>
  http1({ port: world.port, path, headers: cookie === undefined ? [] : [['cookie', cookie]] });

test('the first session makes its listener drain, and then clients stay at their hosts', async () => {
  const session = { sessionName: 's' };
  const kept = build.httpRoute('kept', [build.rule('/kept', { sessionPersistence: session })]);
  assert.match(await change([kept]), /drains/);
  const first = await ask('/kept');
  const [cookie = ''] = first.headers['set-cookie'] ?? [];
  assert.match(cookie, /^s="/);
  for (let i = 0; i < 8; i++)
    assert.equal(backendOf(await ask('/kept', cookie.split(';')[0])), backendOf(first));
});

test('a policy with admissionControl and one with proxyProtocol change clusters alone', async () => {
  const backend = build.backend('told', {
    endpoints: [{ ip: { address: proxied.address, port: proxied.port } }],
  });
  const told = build.httpRoute('told', [build.rule('/told', { backendRefs: [build.backendRef('told')] })]);
  await change([backend, told]);
  assert.equal((await ask('/told')).body, 'none');
  const both = { admissionControl: { minSuccessRate: 90 }, proxyProtocol: { version: 'V1' } };
  assert.doesNotMatch(await change([backend, told, policy('told', both)]), /drains/);
  assert.match((await ask('/told')).body, /^V1 127\.0\.0\./);
});
