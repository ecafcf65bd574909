/**
 * Passwords and API keys of SecurityPolicies on a real Envoy, from a configuration that holds none of them:
 * they are in files beside it. Another password holds without a restart.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Backend } from '../../demo/fakes/backend.ts';
import { http1 } from '../../demo/fakes/http1.ts';
import { httpRoute, ref, rule, secret, securityPolicy, target } from '../../demo/fakes/manifests.ts';
import { Envoy } from '../support/envoy.ts';
import { eventually } from '../support/eventually.ts';
import { gateway, type Manifest, service } from '../support/manifests.ts';
import { translateInto } from '../support/translate.ts';

const hashed = (password: string): string => `{SHA}${createHash('sha1').update(password).digest('base64')}`;
const security = (sectionName: string, spec: Manifest): Manifest =>
  securityPolicy(sectionName, [target('HTTPRoute', 'r', sectionName)], spec);
const users = { users: { name: 'users' } };
const keys = { credentialRefs: [{ name: 'keys' }, { name: 'more' }] };
const manifests = (password: string): Manifest[] => [
  ...gateway(),
  ...service('backend', [backend]),
  httpRoute(
    'r',
    ['open', 'basic', 'told', 'key', 'clean', 'both'].map((name) =>
      rule(`/${name}`, { name, backendRefs: [ref()] }),
    ),
  ),
  secret('users', { '.htpasswd': `# ours\r\nann:${hashed(password)}\r\nbob:${hashed('b:b')}\n` }),
  secret('keys', { shop: 'shop-key-1', desk: 'desk-key-2' }),
  secret('more', { shop: 'never-used', till: 'till-key-3' }),
  security('basic', { basicAuth: users }),
  security('told', { basicAuth: { ...users, forwardUsernameHeader: 'x-user' } }),
  security('key', {
    apiKeyAuth: {
      ...keys,
      extractFrom: [{ headers: ['x-key', 'authorization'] }, { params: ['key'] }, { cookies: ['key'] }],
    },
  }),
  security('clean', {
    apiKeyAuth: {
      ...keys,
      extractFrom: [{ headers: ['x-key'] }],
      forwardClientIDHeader: 'x-client',
      sanitize: true,
    },
  }),
  security('both', { basicAuth: users, apiKeyAuth: { ...keys, extractFrom: [{ headers: ['x-key'] }] } }),
];

const folder = mkdtempSync(join(tmpdir(), 'loadstar-proof-'));
let backend: Backend;
let envoy: Envoy;
before(async () => {
  backend = await Backend.start();
  envoy = await Envoy.start(await translateInto(folder, manifests('first')));
});
after(async () => {
  await envoy?.stop();
  await backend?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const send = (path: string, headers: Readonly<Record<string, string>> = {}) =>
  http1({ port: envoy.port(), path, headers: Object.entries(headers) });
const basic = (user: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(user).toString('base64')}`,
});

const cases: readonly (readonly [string, Readonly<Record<string, string>>, number])[] = [
  ['/open', {}, 200],
  ['/basic', {}, 401],
  ['/basic', basic('ann:first'), 200],
  ['/basic', basic('bob:b:b'), 200],
  ['/basic', basic('ann:second'), 401],
  ['/basic', basic('ann:'), 401],
  ['/basic', basic('nobody:'), 401],
  ['/basic', { authorization: 'Bearer first' }, 401],
  ['/key', {}, 401],
  ['/key', { 'x-key': 'shop-key-1' }, 200],
  ['/key', { authorization: 'Bearer till-key-3' }, 200],
  ['/key?key=desk-key-2', {}, 200],
  ['/key', { cookie: 'a=b; key=desk-key-2' }, 200],
  ['/key', { 'x-key': 'never-used' }, 401],
  ['/key', { 'x-key': 'shop-key-1x' }, 401],
  ['/key', { 'x-key': 'hidden' }, 401],
  ['/both', basic('ann:first'), 401],
  ['/both', { 'x-key': 'shop-key-1' }, 401],
  ['/both', { ...basic('ann:first'), 'x-key': 'shop-key-1' }, 200],
];
for (const [path, headers, status] of cases)
  test(`${path} with ${JSON.stringify(headers)}: ${status}`, async () => {
    const answer = await send(path, headers);
    assert.equal(answer.status, status);
    assert.equal(answer.headers['x-backend'] !== undefined, status === 200);
  });

test('the backend is told who it is, and nobody else can say so', async () => {
  assert.equal((await send('/told', { ...basic('ann:first'), 'x-user': 'root' })).status, 200);
  assert.equal(backend.seen.at(-1)?.headers['x-user'], 'ann');
  assert.equal((await send('/clean', { 'x-key': 'till-key-3', 'x-client': 'root' })).status, 200);
  const { headers } = backend.seen.at(-1)!;
  assert.deepEqual([headers['x-client'], headers['x-key']], ['till', undefined]);
});

test('no secret stands in the configuration, and only its owner reads the files beside it', () => {
  const text = readFileSync(join(folder, 'envoy.json'), 'utf8');
  for (const one of ['shop-key-1', 'till-key-3', hashed('first').slice(5), 'ann'])
    assert.ok(!text.includes(one));
  const beside = join(folder, 'envoy.json.tls');
  const files = readdirSync(beside);
  assert.equal(files.length, 6);
  for (const file of files) assert.equal(statSync(join(beside, file)).mode & 0o777, 0o600);
});

test('another password holds without a restart', async () => {
  await translateInto(folder, manifests('second'));
  await eventually('the other password holds', async () => {
    assert.equal((await send('/basic', basic('ann:second'))).status, 200);
  });
  assert.equal((await send('/basic', basic('ann:first'))).status, 401);
});
