/** Access by a kubeconfig, and from within a pod. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { stringify } from 'yaml';
import { inCluster } from '../../../host/kubernetes/in-cluster.ts';
import { readKubeconfig } from '../../../host/kubernetes/kubeconfig.ts';

const folder = mkdtempSync(join(tmpdir(), 'loadstar-kubeconfig-'));
after(() => rmSync(folder, { recursive: true }));
const write = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const base64 = (text: string): string => Buffer.from(text).toString('base64');

function config(user: object, cluster: object = {}): string {
  return write(
    'config',
    stringify({
      'current-context': 'one',
      contexts: [
        { name: 'one', context: { cluster: 'c', user: 'u' } },
        { name: 'two', context: { cluster: 'c', user: 'u', namespace: 'edge' } },
        { name: 'lost', context: { cluster: 'nowhere', user: 'u' } },
      ],
      clusters: [{ name: 'c', cluster: { server: 'https://10.0.0.1:6443', ...cluster } }],
      users: [{ name: 'u', user }],
    }),
  );
}

test('a context chooses server, certificates, token and namespace', async () => {
  write('ca.crt', 'the authority');
  const file = config(
    { token: 't1', 'client-certificate-data': base64('cert'), 'client-key-data': base64('key') },
    { 'certificate-authority': 'ca.crt', 'tls-server-name': 'kubernetes' },
  );
  const access = readKubeconfig(file, 'two');
  assert.equal(access.server.href, 'https://10.0.0.1:6443/');
  assert.equal(access.namespace, 'edge');
  assert.equal(await access.token(false), 't1');
  assert.deepEqual(
    Object.fromEntries(Object.entries(access.tls).map(([key, value]) => [key, String(value)])),
    { ca: 'the authority', cert: 'cert', key: 'key', servername: 'kubernetes' },
  );
  assert.equal(readKubeconfig(file).namespace, 'default');
});

test('a token in a file is read each time', async () => {
  const path = write('token', 'first\n');
  const { token } = readKubeconfig(config({ tokenFile: path }));
  assert.equal(await token(false), 'first');
  write('token', 'second\n');
  assert.equal(await token(false), 'second');
});

test('a program gives tokens: asked again when one ends or was refused', async () => {
  const count = write('count', '');
  const credential = `{"kind":"ExecCredential","status":{"token":"'$(wc -c < ${count} | tr -d " ")'"}}`;
  const exec = { command: 'sh', args: ['-c', `printf x >> ${count}; echo '${credential}'`] };
  const { token } = readKubeconfig(config({ exec }));
  assert.deepEqual(await Promise.all([token(false), token(false)]), ['1', '1']);
  assert.equal(await token(false), '1');
  assert.equal(await token(true), '2');
});

test('a program that fails is named', async () => {
  const { token } = readKubeconfig(config({ exec: { command: 'sh', args: ['-c', 'exit 3'] } }));
  await assert.rejects(token(false), /sh, which .*config names, gives no token/);
  const mute = readKubeconfig(config({ exec: { command: 'sh', args: ['-c', 'echo hello'] } }));
  await assert.rejects(mute.token(false), /without a token/);
});

for (const [what, make, message] of [
  ['no file', () => readKubeconfig(join(folder, 'nothing')), /cannot be read: ENOENT/],
  ['no YAML', () => readKubeconfig(write('bad', 'a: [')), /cannot be read/],
  ['an unknown context', () => readKubeconfig(config({}), 'x'), /no context "x"; it has one, two, lost/],
  ['an unknown cluster', () => readKubeconfig(config({}), 'lost'), /no cluster "nowhere"/],
  [
    'no verification',
    () => readKubeconfig(config({}, { 'insecure-skip-tls-verify': true })),
    /insecure-skip-tls-verify is not supported/,
  ],
  ['a password', () => readKubeconfig(config({ username: 'a' })), /username is not supported/],
  [
    'plain text to another machine',
    () => readKubeconfig(config({}, { server: 'http://10.0.0.1:8080' })),
    /must be https/,
  ],
  ['no URL', () => readKubeconfig(config({}, { server: 'kubernetes' })), /must be a URL/],
] as const)
  test(`refused: ${what}`, () => assert.throws(make, message));

test('plain text to this machine, as of kubectl proxy, is taken', () => {
  assert.equal(readKubeconfig(config({}, { server: 'http://127.0.0.1:8001' })).server.port, '8001');
});

test('in a pod: by its service account, whose token is read each time', async () => {
  write('ca.crt', 'the authority');
  write('namespace', 'edge');
  write('token', 'first');
  const access = inCluster({ KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' }, folder);
  assert.equal(access.server.host, '[fd00::1]');
  assert.equal(access.namespace, 'edge');
  write('token', 'second');
  assert.equal(await access.token(false), 'second');
  assert.throws(
    () => inCluster({ KUBERNETES_SERVICE_HOST: '10.0.0.1' }, join(folder, 'x')),
    /cannot be read/,
  );
});
