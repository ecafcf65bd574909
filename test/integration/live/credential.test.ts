/**
 * credentialInjection under `loadstar run`: a renewed credential holds at once and changes no listener; one
 * that is gone is told, and what Envoy has stays.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { http1 } from '../../../demo/fakes/http1.ts';
import { secret } from '../../../demo/fakes/manifests.ts';
import { extensionRef, injects } from '../../support/injection.ts';
import { LiveRun } from '../../support/live-run.ts';
import { World } from '../../support/live-world.ts';
import { httpRoute, type Manifest } from '../../support/manifests.ts';

let world: World;
let run: LiveRun;
const plain = httpRoute({ name: 'shown' });
const shown = httpRoute({ name: 'shown', filters: [extensionRef('token')] });
const filter = injects('token', 'secret', { overwrite: true });
const token = (credential: string): Manifest => secret('secret', { credential });

before(async () => {
  world = await World.start(28_199);
  run = await LiveRun.start(world.manifests({ more: [plain] }), []);
});
after(async () => {
  await run?.stop();
  await world?.stop();
});
const change = (...more: readonly Manifest[]): Promise<string> => run.change(world.manifests({ more }));

/** What a backend of the route is shown. */
async function seen(): Promise<unknown> {
  const headers: [string, string][] = [['host', 'www.example.com']];
  const answer = await http1({ port: world.port, path: '/shown', headers });
  assert.equal(answer.status, 200);
  const name = answer.headers['x-backend']?.[0];
  const backend = world.backends.find((one) => one.name === name);
  return backend?.seen.at(-1)?.headers.authorization;
}

test('a credential is shown, a renewed one takes its place, and none when the filter is gone', async () => {
  assert.equal(await seen(), undefined);
  const told = await change(shown, filter, token('Bearer first'));
  assert.doesNotMatch(told, /Bearer/);
  assert.equal(await seen(), 'Bearer first');
  assert.match(await change(shown, filter, token('Bearer second')), /credential .*renewed/);
  assert.equal(await seen(), 'Bearer second');
  await change(plain);
  assert.equal(await seen(), undefined);
});

test('a Secret that is gone is told, and what Envoy has stays', async () => {
  await change(shown, filter, token('Bearer third'));
  const told = await run.change(world.manifests({ more: [shown, filter] }), /credential-unresolved/);
  assert.match(told, /Secret default\/secret does not exist/);
  assert.equal(await seen(), 'Bearer third');
});
