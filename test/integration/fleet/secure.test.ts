/**
 * `serve` off loopback: certificates of both sides, for a real Envoy and for `loadstar status`; its socket.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as build from '../../../demo/fakes/manifests.ts';
import { authority, issue } from '../../support/certificates.ts';
import { Envoy } from '../../support/envoy.ts';
import { eventually } from '../../support/eventually.ts';
import { ServeProcess, startEdge } from '../../support/fleet.ts';
import { render, service } from '../../support/manifests.ts';
import { cli } from '../../support/translate.ts';

const NAME = 'xds.example.com';
let folder: string;
let input: string;
const at = (name: string): string => join(folder, name);
const clientFiles = (name: string) => [
  ...['--tls-ca', at('ca.crt'), '--tls-cert', at(`${name}.crt`), '--tls-key', at(`${name}.key`)],
  ...['--tls-name', NAME],
];
const serverFiles = () => [
  ...['--tls-cert', at('server.crt'), '--tls-key', at('server.key'), '--client-ca', at('ca.crt')],
];

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'loadstar-secure-'));
  input = at('all.yaml');
  writeFileSync(
    input,
    render([
      build.gatewayClass,
      build.gateway('eg', [build.listener('http', 28_489)]),
      ...service('backend', [{ address: '127.0.0.1', port: 9 }]),
      build.httpRoute('shop'),
    ]),
  );
  const ca = authority('Fleet CA');
  writeFileSync(at('ca.crt'), ca.certificate);
  for (const [file, issuer, to] of [
    ['server', ca, 90],
    ['edge', ca, 90],
    ['expired', ca, -0.5],
    ['stranger', authority('Fleet CA'), 90],
  ] as const) {
    const name = file === 'server' ? NAME : file;
    const made = issue({ name, dnsNames: [name], issuer, to });
    writeFileSync(at(`${file}.crt`), made.certificate);
    writeFileSync(at(`${file}.key`), made.key, { mode: 0o600 });
  }
});
after(() => rmSync(folder, { recursive: true, force: true }));

test('an address that other machines reach needs certificates, or --insecure', async () => {
  const refused: readonly (readonly [readonly string[], RegExp])[] = [
    [['0.0.0.0:0'], /--listen 0\.0\.0\.0:0 is reached from other machines: --tls-cert, --tls-key and/],
    [['[::]:0'], /is reached from other machines/],
    [['0.0.0.0:0', '--tls-cert', at('server.crt')], /--tls-cert needs --tls-key too/],
    [['0.0.0.0:0', '--insecure', ...serverFiles()], /--insecure and certificates exclude each other/],
    [['127.0.0.1'], /--listen must be HOST:PORT/],
  ];
  for (const [args, words] of refused) {
    const { code, stderr } = await cli(['serve', '-f', input, '--listen', ...args]);
    assert.equal(code, 2, args.join(' '));
    assert.match(stderr, words);
  }
  const { code, stderr } = await cli([
    ...['serve', '-f', input, '--listen', '0.0.0.0:0', '--tls-cert', at('server.crt')],
    ...['--tls-key', at('edge.key'), '--client-ca', at('ca.crt')],
  ]);
  assert.equal(code, 3);
  assert.match(stderr, /key/);
});

test('Envoys and status with a certificate are served over TLS; others are not, and are told why', async () => {
  const server = await ServeProcess.start('0.0.0.0:0', ['-f', input, ...serverFiles()]);
  const address = server.address.replace('0.0.0.0', '127.0.0.1');
  const envoys: Envoy[] = [];
  try {
    assert.match(server.out, /to Envoys with a certificate/);
    const wrongName = [...clientFiles('edge').slice(0, -1), 'other.example.com'];
    // Envoy waits for its first listeners before it says that it is ready; those that get none do so long.
    const started = await Promise.all(
      [
        ['edge', clientFiles('edge')] as const,
        ['stranger', clientFiles('stranger')] as const,
        ['expired', clientFiles('expired')] as const,
        ['wrong', wrongName] as const,
      ].map(([name, files]) => startEdge(name, [address], files).catch((error: Error) => error)),
    );
    for (const one of started) if (one instanceof Envoy) envoys.push(one);
    await eventually('the edge is current', async () => {
      const { code, stdout, stderr } = await cli(['status', '--server', address, ...clientFiles('edge')]);
      assert.match(stdout, /^edge .* current$/m, stderr);
      assert.doesNotMatch(stdout, /^(stranger|expired|wrong) /m);
      assert.equal(code, 0);
    });
    for (const args of [clientFiles('stranger'), clientFiles('expired'), []]) {
      const { code, stderr } = await cli(['status', '--server', address, ...args]);
      assert.equal(code, 3, stderr);
      assert.match(stderr, /no status from 127\.0\.0\.1:\d+: /);
    }
  } finally {
    await Promise.all([...envoys.map((envoy) => envoy.stop()), server.end()]);
  }
});

test('a socket that a killed server left is taken over; one in use, and what is no socket, is not', async () => {
  const path = at('xds.sock');
  const server = await ServeProcess.start(`unix:${path}`, ['-f', input]);
  let envoy: Envoy | undefined;
  try {
    assert.equal(statSync(path).mode & 0o777, 0o600);
    envoy = await startEdge('edge', [`unix:${path}`]);
    const second = await cli(['serve', '-f', input, '--listen', `unix:${path}`]);
    assert.equal(second.code, 3);
    assert.match(second.stderr, /another process listens at .*xds\.sock/);
    await server.end('SIGKILL');
    assert.ok(existsSync(path), 'it is left behind');
    await server.again();
    await eventually('the Envoy is back', async () => {
      const { stdout } = await cli(['status', '--server', `unix:${path}`]);
      assert.match(stdout, /^edge .* current$/m);
    });
    assert.equal(await server.end(), 0);
    assert.ok(!existsSync(path), 'an orderly end leaves nothing');
    const { code, stderr } = await cli(['serve', '-f', input, '--listen', `unix:${input}`]);
    assert.equal(code, 3);
    assert.match(stderr, /all\.yaml is there, and no socket/);
  } finally {
    await envoy?.stop();
    await server.end();
  }
});
