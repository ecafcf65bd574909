/**
 * A SecurityPolicy comes and goes under `loadstar run`: it holds at once, on connections that are open, too.
 */
import assert from 'node:assert/strict';
import { Agent, request } from 'node:http';
import { after, before, test } from 'node:test';
import { securityPolicy, target } from '../../../demo/fakes/manifests.ts';
import { LiveRun } from '../../support/live-run.ts';
import { World } from '../../support/live-world.ts';
import { httpRoute, type Manifest } from '../../support/manifests.ts';

let world: World;
let run: LiveRun;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const route = httpRoute({ name: 'guarded' });
const policy = (action: string): Manifest =>
  securityPolicy('guard', [target('HTTPRoute', 'guarded')], {
    authorization: { rules: [{ action, principal: { clientCIDRs: ['127.0.0.0/8'] } }] },
  });
before(async () => {
  world = await World.start(28_190);
  run = await LiveRun.start(world.manifests({ more: [route] }), []);
});
after(async () => {
  agent.destroy();
  await run?.stop();
  await world?.stop();
});

/** On the one connection; and whether that is the one of the request before. */
const status = (method = 'GET'): Promise<readonly [number | undefined, boolean]> =>
  new Promise((resolve, reject) => {
    const headers = { host: 'www.example.com' };
    const made = { port: world.port, path: '/guarded', agent, headers, method };
    const sent = request(made, (answer) => {
      answer.resume().on('end', () => resolve([answer.statusCode, sent.reusedSocket]));
    }).on('error', reject);
    sent.end();
  });

test('the first one, another and the last one hold for the next request of an open connection', async () => {
  assert.deepEqual(await status(), [200, false]);
  assert.doesNotMatch(await run.change(world.manifests({ more: [route, policy('Deny')] })), /drains/);
  assert.deepEqual(await status(), [403, true]);
  await run.change(world.manifests({ more: [route, policy('Allow')] }));
  assert.deepEqual(await status(), [200, true]);
  await run.change(world.manifests({ more: [route, policy('Deny')] }));
  assert.deepEqual(await status(), [403, true]);
  assert.doesNotMatch(await run.change(world.manifests({ more: [route] })), /drains/);
  assert.deepEqual(await status(), [200, true]);
});

test('the first one that asks from which page a request comes holds there, too', async () => {
  const csrf = securityPolicy('guard', [target('HTTPRoute', 'guarded')], { csrf: {} });
  assert.deepEqual(await status('POST'), [200, true]);
  assert.doesNotMatch(await run.change(world.manifests({ more: [route, csrf] })), /drains/);
  assert.deepEqual(await status('POST'), [403, true]);
  assert.deepEqual(await status(), [200, true]);
  await run.change(world.manifests({ more: [route] }));
  assert.deepEqual(await status('POST'), [200, true]);
});
