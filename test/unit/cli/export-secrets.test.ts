/** `loadstar export --to envoy-files` with API keys: they stand in private files, whole, and nowhere else. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import * as build from '../../../demo/fakes/manifests.ts';
import { cli } from '../../support/translate.ts';
import { inFolder } from './run-cli.ts';

const KEY = 'a-key-of-the-test';
const manifests = (key: string): string =>
  build.render([
    build.gatewayClass,
    build.gateway('eg', [build.listener('http', 18_080)]),
    build.backend('shop', { endpoints: [{ ip: { address: '127.0.0.1', port: 3000 } }] }),
    build.httpRoute('shop', [build.rule('/', { backendRefs: [build.backendRef('shop')] })]),
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'keys' }, stringData: { desk: key } },
    build.securityPolicy('desk', [build.target('HTTPRoute', 'shop')], {
      apiKeyAuth: { credentialRefs: [{ name: 'keys' }], extractFrom: [{ headers: ['x-key'] }] },
    }),
  ]);

test('a key is in a file that only its owner reads, and what Envoy follows has neither it nor a word for it', () =>
  inFolder(async (folder) => {
    const out = join(folder, 'out');
    const written = await cli(['export', '--to', 'envoy-files', '-f', '-', '-o', out], manifests(KEY));
    assert.equal(written.code, 0, written.stderr);
    assert.ok(!`${written.stdout}${written.stderr}`.includes(KEY));
    for (const name of readdirSync(out).filter((one) => /\.(json|yaml)$/.test(one))) {
      const text = readFileSync(join(out, name), 'utf8');
      assert.ok(!text.includes(KEY) && !/"key": ?"hidden"|key: hidden/.test(text), name);
    }
    const [file] = readdirSync(join(out, 'tls')).filter((name) => name.startsWith('auth_'));
    const path = join(out, 'tls', file!);
    assert.ok(readFileSync(path, 'utf8').includes(KEY));
    assert.equal(statSync(path).mode & 0o777, 0o600);
  }));

test('--check tells that a key is another one', () =>
  inFolder(async (folder) => {
    const out = join(folder, 'out');
    await cli(['export', '--to', 'envoy-files', '-f', '-', '-o', out], manifests(KEY));
    const check = (key: string) =>
      cli(['export', '--to', 'envoy-files', '-f', '-', '--check', out], manifests(key));
    assert.equal((await check(KEY)).code, 0);
    const other = await check('another-key');
    assert.equal(other.code, 1);
    assert.match(other.stdout, /^tls\/auth_\S+ differs$/m);
  }));
