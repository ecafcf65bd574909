/**
 * credentialInjection of HTTPRouteFilters on a real Envoy: what backends are shown, from a configuration that
 * does not hold it, and a renewed one without a restart.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Backend } from '../../demo/fakes/backend.ts';
import { http1 } from '../../demo/fakes/http1.ts';
import { httpRoute, ref, rule, secret } from '../../demo/fakes/manifests.ts';
import { Envoy } from '../support/envoy.ts';
import { eventually } from '../support/eventually.ts';
import { extensionRef, injects } from '../support/injection.ts';
import { gateway, type Manifest, service } from '../support/manifests.ts';
import { translateInto } from '../support/translate.ts';

const shows = (name: string, more: Manifest = {}): Manifest =>
  rule(`/${name}`, { backendRefs: [ref()], filters: [extensionRef(name)], ...more });
const manifests = (token: string): Manifest[] => [
  ...gateway(),
  ...service('backend', [backend]),
  httpRoute('r', [
    rule('/open', { backendRefs: [ref()] }),
    ...['usual', 'own', 'kept'].map((name) => shows(name)),
    rule('/lifted', { backendRefs: [{ ...ref(), filters: [extensionRef('usual')] }] }),
  ]),
  injects('usual', 'one'),
  injects('own', 'two', { header: 'x-token', overwrite: true }),
  injects('kept', 'two', { header: 'x-token' }),
  secret('one', { credential: token }),
  secret('two', { credential: 'Basic b25lOnR3bw==' }),
];

const folder = mkdtempSync(join(tmpdir(), 'loadstar-credential-'));
let backend: Backend;
let envoy: Envoy;
before(async () => {
  backend = await Backend.start();
  envoy = await Envoy.start(await translateInto(folder, manifests('Bearer first')));
});
after(async () => {
  await envoy?.stop();
  await backend?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const seen = async (path: string, headers: readonly [string, string][] = []) => {
  const answer = await http1({ port: envoy.port(), path, headers });
  assert.equal(answer.status, 200);
  const { authorization, 'x-token': token } = backend.seen.at(-1)!.headers;
  return [authorization, token];
};

const cases: readonly (readonly [string, readonly [string, string][], readonly unknown[]])[] = [
  ['/open', [], [undefined, undefined]],
  ['/usual', [], ['Bearer first', undefined]],
  ['/usual', [['authorization', 'Bearer of the client']], ['Bearer of the client', undefined]],
  ['/own', [], [undefined, 'Basic b25lOnR3bw==']],
  ['/own', [['x-token', 'of the client']], [undefined, 'Basic b25lOnR3bw==']],
  ['/kept', [['x-token', 'of the client']], [undefined, 'of the client']],
  ['/lifted', [], ['Bearer first', undefined]],
];
for (const [path, headers, expected] of cases)
  test(`${path} with ${JSON.stringify(headers)}: the backend sees ${JSON.stringify(expected)}`, async () => {
    assert.deepEqual(await seen(path, [...headers]), expected);
  });

test('no credential stands in the configuration, and only its owner reads the files beside it', () => {
  const text = readFileSync(join(folder, 'envoy.json'), 'utf8');
  for (const one of ['Bearer first', 'b25lOnR3bw', Buffer.from('Bearer first').toString('base64')])
    assert.ok(!text.includes(one));
  const beside = join(folder, 'envoy.json.tls');
  const files = readdirSync(beside);
  assert.equal(files.length, 3);
  for (const file of files) assert.equal(statSync(join(beside, file)).mode & 0o777, 0o600);
});

test('a renewed credential is shown without a restart', async () => {
  await translateInto(folder, manifests('Bearer second'));
  await eventually('the renewed one is shown', async () => {
    assert.deepEqual(await seen('/usual'), ['Bearer second', undefined]);
  });
});
