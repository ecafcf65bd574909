/**
 * proxyProtocol of a BackendTrafficPolicy: backends are told the client's address, over HTTP, TLS and TCP.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { http1 } from '../../demo/fakes/http1.ts';
import * as build from '../../demo/fakes/manifests.ts';
import { issue } from '../support/certificates.ts';
import { Envoy } from '../support/envoy.ts';
import { gatewayPort, policy } from '../support/manifests.ts';
import { type ProxyBackend, startProxyBackend } from '../support/proxy-backend.ts';
import { TcpClient } from '../support/tcp-backend.ts';
import { translate } from '../support/translate.ts';

let plain: ProxyBackend;
let tls: ProxyBackend;
let envoy: Envoy;
const version = (of: 'V1' | 'V2') => ({ proxyProtocol: { version: of } });

before(async () => {
  [plain, tls] = await Promise.all([
    startProxyBackend('127.0.0.31'),
    startProxyBackend('127.0.0.32', issue({ name: 'backend.test' })),
  ]);
  const backend = (name: string, of: ProxyBackend, more: object = {}) =>
    build.backend(name, { endpoints: [{ ip: { address: of.address, port: of.port } }], ...more });
  const route = (name: string, to: string) =>
    build.httpRoute(name, [build.rule(`/${name}`, { backendRefs: [build.backendRef(to)] })]);
  const unverified = { tls: { insecureSkipVerify: true, sni: 'backend.test' } };
  envoy = await Envoy.start(
    await translate(
      [
        build.gatewayClass,
        build.gateway('eg', [
          build.listener('http', gatewayPort),
          build.listener('db', gatewayPort + 1, { protocol: 'TCP' }),
        ]),
        backend('plain', plain),
        backend('tls', tls, unverified),
        ...(['v1', 'v2', 'none'] as const).map((name) => route(name, 'plain')),
        route('over-tls', 'tls'),
        build.connectionRoute('TCPRoute', 'tcp', [build.backendRef('plain')]),
        policy('v1', version('V1')),
        policy('v2', version('V2')),
        policy('over-tls', version('V1')),
        policy('tcp', version('V2'), 'TCPRoute'),
      ],
      'filter',
    ),
  );
});
after(async () => {
  await envoy?.stop();
  for (const one of [plain, tls]) await one?.stop();
});

const ask = async (path: string, localAddress: string): Promise<string> =>
  (await http1({ port: envoy.port('default/eg/http'), path, localAddress })).body;

for (const [path, told] of [
  ['/v1', 'V1'],
  ['/v2', 'V2'],
  ['/over-tls', 'V1'],
] as const)
  test(`${path}: each client has connections of its own, which name it`, async () => {
    for (const client of ['127.0.0.5', '127.0.0.6', '127.0.0.5'])
      assert.equal(await ask(path, client), `${told} ${client}`);
  });

test('without the field there is no header', async () => {
  assert.equal(await ask('/none', '127.0.0.5'), 'none');
});

test('connections that are passed on begin with it', async () => {
  const client = new TcpClient(envoy.port('default/eg/db'), '127.0.0.7');
  client.socket.write('x\r\n\r\n');
  const got = await client.until((text) => text.includes('V'));
  client.socket.destroy();
  assert.match(got, /V2 127\.0\.0\.7$/);
});
