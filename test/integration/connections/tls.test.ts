/**
 * TLSRoutes on a real Envoy, by clients that verify certificates: Passthrough (that of the backend is seen)
 * and Terminate, beside HTTPS on one port, told apart by server name.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect } from 'node:tls';
import { type Backend, startBackends, stopAll } from '../../../demo/fakes/backend.ts';
import * as build from '../../../demo/fakes/manifests.ts';
import {
  authority,
  authorityMap,
  type Issued,
  issue,
  serviceTls,
  tlsSecret,
} from '../../support/certificates.ts';
import { Envoy } from '../../support/envoy.ts';
import { service } from '../../support/manifests.ts';
import { type PassingBackend, startPassingBackend } from '../../support/passing-backend.ts';
import { startTcpBackends, type TcpBackend, TcpClient } from '../../support/tcp-backend.ts';
import { askTls } from '../../support/tls-client.ts';
import { translateInto } from '../../support/translate.ts';

const ca = authority();
const named = (name: string, ...dnsNames: string[]): Issued => issue({ name, dnsNames, issuer: ca });
/** Of the backend, and of the listeners. */
const own = named('own', 'pass.example.com', 'mail.example.com', 'again.example.com');
const front = named('front', '*.example.com');
const folder = mkdtempSync(join(tmpdir(), 'loadstar-connections-'));
let passing: PassingBackend;
let plain: TcpBackend[] = [];
let web: Backend[] = [];
let envoy: Envoy;

before(async () => {
  passing = await startPassingBackend('127.0.0.21', own);
  plain = await startTcpBackends(['127.0.0.22', '127.0.0.23']);
  web = await startBackends(['127.0.0.24']);
  const tls = (name: string, mode: 'Terminate' | 'Passthrough', more: build.Manifest = {}, port = 8443) =>
    build.listener(name, port, {
      protocol: 'TLS',
      tls: { mode, ...(mode === 'Terminate' ? { certificateRefs: [{ name: 'front' }] } : {}) },
      ...more,
    });
  const route = (name: string, hostnames: string[], to: string, sectionName: string) =>
    build.connectionRoute('TLSRoute', name, [build.ref(to)], {
      hostnames,
      parentRefs: [{ name: 'eg', sectionName }],
    });
  const manifests = [
    build.gatewayClass,
    build.gateway('eg', [
      tls('pass', 'Passthrough', { hostname: 'pass.example.com' }),
      tls('ends', 'Terminate', { hostname: 'ends.example.com' }),
      tls('wide', 'Passthrough', { hostname: '*.example.com' }),
      build.listener('web', 8443, {
        protocol: 'HTTPS',
        hostname: 'web.example.com',
        tls: { certificateRefs: [{ name: 'front' }] },
      }),
      // Alone on its port, for any name: plain bytes must not pass.
      tls('any', 'Passthrough', {}, 8444),
      tls('again', 'Terminate', {}, 8445),
    ]),
    ...service('passing', [passing]),
    ...service('plain', plain),
    ...service('web', web),
    ...service('secure', [passing]),
    route('pass', ['pass.example.com'], 'passing', 'pass'),
    route('ends', ['ends.example.com'], 'plain', 'ends'),
    route('mail', ['mail.example.com'], 'passing', 'wide'),
    {
      ...build.connectionRoute('TLSRoute', 'any', [build.ref('passing')], {
        parentRefs: [{ name: 'eg', sectionName: 'any' }],
      }),
      apiVersion: 'gateway.networking.k8s.io/v1alpha2',
    },
    build.connectionRoute('TCPRoute', 'again', [build.ref('secure')], {
      parentRefs: [{ name: 'eg', sectionName: 'again' }],
    }),
    build.httpRoute('web', [build.rule('/', { backendRefs: [build.ref('web')] })], {
      hostnames: [],
      parentRefs: [{ name: 'eg', sectionName: 'web' }],
    }),
    build.policy(
      'ends',
      [build.target('TLSRoute', 'ends')],
      build.lb('ConsistentHash', { consistentHash: { type: 'SourceIP' } }),
    ),
    serviceTls('secure', 'secure', 'again.example.com'),
    authorityMap('ca', ca),
    tlsSecret('front', front),
  ];
  envoy = await Envoy.start(await translateInto(folder, manifests));
});
after(async () => {
  await envoy?.stop();
  await passing?.stop();
  for (const host of plain) await host.stop();
  await stopAll(web);
  rmSync(folder, { recursive: true, force: true });
});

const PORT = 'default/eg/pass';
interface Answer {
  /** The backend's first line. */
  readonly said: string;
  readonly serial: string;
  readonly alpn: string | false;
}
/** A connection over TLS, verified; what the backend says first, and whether bytes come back. */
function ask(
  name: string,
  {
    listener = PORT,
    from,
    alpn,
    anyName,
  }: { listener?: string; from?: string; alpn?: string[]; anyName?: true } = {},
): Promise<Answer> {
  return new Promise((done, fail) => {
    const socket = connect({
      host: '127.0.0.1',
      port: envoy.port(listener),
      ca: ca.certificate,
      servername: name,
      ...(anyName === undefined ? {} : { checkServerIdentity: () => undefined }),
      ...(from === undefined ? {} : { localAddress: from }),
      ...(alpn === undefined ? {} : { ALPNProtocols: alpn }),
    });
    let got = '';
    const known = () => ({
      serial: socket.getPeerCertificate().serialNumber,
      alpn: socket.alpnProtocol ?? false,
    });
    socket.setEncoding('utf8').on('data', (text: string) => {
      const first = got === '';
      got += text;
      if (first) socket.write('ping');
      if (!got.endsWith('ping')) return;
      done({ ...known(), said: got.split('\n')[0] ?? '' });
      socket.destroy();
    });
    socket.on('error', fail).on('close', () => fail(new Error('closed')));
  });
}
const serial = ({ certificate }: Issued): string => new X509Certificate(certificate).serialNumber;
const CLOSED = /ECONNRESET|closed|disconnected|hang up/;

test('Passthrough: the certificate and the protocols are those of the backend, which sees the name', async () => {
  const answer = await ask('pass.example.com', { alpn: ['echo'] });
  assert.deepEqual(answer, { said: '127.0.0.21', serial: serial(own), alpn: 'echo' });
  assert.equal((await ask('mail.example.com')).serial, serial(own));
  assert.deepEqual(passing.names.slice(-2), ['pass.example.com', 'mail.example.com']);
});

test('Terminate: the certificate is that of the listener, the backend gets plain bytes, no protocol is agreed on', async () => {
  const answer = await ask('ends.example.com', { alpn: ['h2'] });
  assert.deepEqual([answer.serial, answer.alpn], [serial(front), false]);
  assert.ok(plain.some(({ address }) => address === answer.said));
});

test('Terminate with ConsistentHash by SourceIP', async () => {
  const homes = new Map<string, string>();
  for (let i = 1; i <= 12; i++) {
    const from = `127.0.2.${i}`;
    for (const _ of [1, 2]) {
      const { said } = await ask('ends.example.com', { from });
      assert.equal(homes.get(from) ?? said, said);
      homes.set(from, said);
    }
  }
  assert.equal(new Set(homes.values()).size, 2);
});

test('HTTPS on the same port, by its own name', async () => {
  const answer = await askTls({ port: envoy.port(PORT), ca: ca.certificate, name: 'web.example.com' });
  assert.deepEqual([answer.status, answer.serial], [200, serial(front)]);
  const elsewhere = { port: envoy.port(PORT), ca: ca.certificate, name: 'web.example.com' };
  assert.equal((await askTls({ ...elsewhere, host: 'ends.example.com' })).status, 421);
});

test('a name that no route is for, no name, and plain bytes: closed', async () => {
  for (const name of ['other.example.com', 'example.org', '']) await assert.rejects(ask(name), CLOSED, name);
  const seen = passing.names.length;
  for (const listener of [PORT, 'default/eg/any', 'default/eg/again']) {
    const client = new TcpClient(envoy.port(listener));
    client.socket.write('GET / HTTP/1.1\r\nhost: pass.example.com\r\n\r\n');
    assert.equal(await client.until(() => false), '', listener);
  }
  assert.equal(passing.names.length, seen);
});

test('a route for any name takes every connection with TLS, with a name or without', async () => {
  const listener = 'default/eg/any';
  assert.equal((await ask('pass.example.com', { listener })).serial, serial(own));
  const count = passing.names.length;
  assert.equal((await ask('', { listener, anyName: true })).said, '127.0.0.21');
  assert.deepEqual(passing.names.slice(count), ['']);
});

test('a TCPRoute on a listener that ends TLS, to a backend over TLS that is verified', async () => {
  const answer = await ask('x.example.com', { listener: 'default/eg/again' });
  assert.deepEqual([answer.said, answer.serial], ['127.0.0.21', serial(front)]);
  assert.equal(passing.names.at(-1), 'again.example.com');
});

const openssl = spawnSync('openssl', ['version']).status === 0;
test('openssl s_client sees the same', { skip: openssl ? false : 'openssl is not installed' }, async () => {
  const file = join(folder, 'ca.pem');
  writeFileSync(file, ca.certificate);
  const at = `127.0.0.1:${envoy.port(PORT)}`;
  const client = (name: string[]): Promise<{ stdout: string; code: number | null }> =>
    new Promise((done) => {
      const args = ['s_client', '-connect', at, '-CAfile', file, '-verify_return_error', ...name];
      const child = spawn('openssl', args, { stdio: ['pipe', 'pipe', 'ignore'], timeout: 20_000 });
      let stdout = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        stdout += text;
      });
      child.on('close', (code) => done({ stdout, code }));
      child.stdin.end('Q\n');
    });
  for (const [name, subject] of [
    ['pass.example.com', 'own'],
    ['ends.example.com', 'front'],
  ] as const) {
    const { stdout } = await client(['-servername', name, '-verify_hostname', name]);
    assert.match(stdout, new RegExp(`subject=CN ?= ?${subject}`));
    assert.match(stdout, /Verify return code: 0 \(ok\)|Verification: OK/);
  }
  assert.notEqual((await client(['-noservername'])).code, 0);
  assert.notEqual((await client(['-servername', 'other.example.com'])).code, 0);
});
