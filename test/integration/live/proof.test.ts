/**
 * Passwords and API keys under `loadstar run`: they hold at once, on connections that are open, too, and
 * those of a renewed Secret take their place.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Agent, get } from 'node:http';
import { after, before, test } from 'node:test';
import * as build from '../../../demo/fakes/manifests.ts';
import { LiveRun } from '../../support/live-run.ts';
import { World } from '../../support/live-world.ts';
import { httpRoute, type Manifest } from '../../support/manifests.ts';

let world: World;
let run: LiveRun;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const route = httpRoute({ name: 'guarded' });
const policy = (spec: Manifest): Manifest =>
  build.securityPolicy('guard', [build.target('HTTPRoute', 'guarded')], spec);
const secret = (stringData: Manifest): Manifest => build.secret('secret', stringData);
const users = (password: string): Manifest =>
  secret({ '.htpasswd': `ann:{SHA}${createHash('sha1').update(password).digest('base64')}` });
const byPassword = (more: Manifest = {}) => policy({ basicAuth: { users: { name: 'secret' }, ...more } });
const byKey = policy({
  apiKeyAuth: { credentialRefs: [{ name: 'secret' }], extractFrom: [{ headers: ['x-key'] }] },
});

before(async () => {
  world = await World.start(28_198);
  run = await LiveRun.start(world.manifests({ more: [route] }), []);
});
after(async () => {
  agent.destroy();
  await run?.stop();
  await world?.stop();
});
const change = (...more: readonly Manifest[]): Promise<string> =>
  run.change(world.manifests({ more: [route, ...more] }));

/** On the one connection. */
const status = (own: Readonly<Record<string, string>> = {}): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const headers = { host: 'www.example.com', ...own };
    get({ port: world.port, path: '/guarded', agent, headers }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode));
    }).on('error', reject);
  });
const ann = (password: string) => ({
  authorization: `Basic ${Buffer.from(`ann:${password}`).toString('base64')}`,
});

test('a password is asked for on an open connection, and another one takes its place', async () => {
  assert.equal(await status(), 200);
  const told = await change(users('first'), byPassword());
  assert.doesNotMatch(told, /drains/);
  assert.doesNotMatch(told, /\{SHA\}/);
  assert.equal(await status(), 401);
  assert.equal(await status(ann('first')), 200);
  assert.doesNotMatch(await change(users('second'), byPassword()), /drains/);
  assert.equal(await status(ann('first')), 401);
  assert.equal(await status(ann('second')), 200);
});

test('so it is where the name is forwarded, which needs another listener', async () => {
  await change();
  assert.equal(await status(), 200);
  await change(users('third'), byPassword({ forwardUsernameHeader: 'x-user' }));
  assert.equal(await status(), 401);
  assert.equal(await status(ann('third')), 200);
});

test('a key is asked for, and another one takes its place', async () => {
  await change();
  assert.equal(await status(), 200);
  const told = await change(secret({ shop: 'key-1' }), byKey);
  assert.doesNotMatch(told, /drains|key-1/);
  assert.equal(await status(), 401);
  assert.equal(await status({ 'x-key': 'key-1' }), 200);
  await change(secret({ shop: 'key-2' }), byKey);
  assert.equal(await status({ 'x-key': 'key-1' }), 401);
  assert.equal(await status({ 'x-key': 'key-2' }), 200);
});

test('a Secret that is gone is told, and what Envoy has stays', async () => {
  const told = await run.change(world.manifests({ more: [route, byKey] }), /credential-unresolved/);
  assert.match(told, /Secret default\/secret does not exist/);
  assert.equal(await status(), 401);
  assert.equal(await status({ 'x-key': 'key-2' }), 200);
});
