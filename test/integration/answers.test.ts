/**
 * What Envoy answers by itself, to upgrades and gRPC as to others; gRPC-Web; retries of a rule; timeouts that
 * have no effect.
 */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { Backend, stopAll } from '../../demo/fakes/backend.ts';
import { http1 } from '../../demo/fakes/http1.ts';
import { grpcReply, Http2Client } from '../../demo/fakes/http2.ts';
import { Envoy } from '../support/envoy.ts';
import { gateway, grpcRoute, type Manifest, policy, service } from '../support/manifests.ts';
import { type Engine, translate } from '../support/translate.ts';

const backend = await Backend.start({ address: '127.0.0.11', name: 'b1' });
const grpc = await Backend.start({ address: '127.0.0.12', name: 'grpc', protocol: 'h2c' });
let envoy: Envoy;

const route = (name: string, rule: Manifest, spec: Manifest = {}): Manifest => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name, namespace: 'default' },
  spec: {
    parentRefs: [{ name: 'eg' }],
    hostnames: ['www.example.com'],
    rules: [{ matches: [{ path: { type: 'PathPrefix', value: `/${name}` } }], ...rule }],
    ...spec,
  },
});
const to = (name: string, weight = 1): Manifest => ({ name, port: 3000, weight });
const requestRedirect = { hostname: 'elsewhere.example.com', statusCode: 301 };

const manifests = [
  ...gateway(),
  ...service('backend', [backend]),
  ...service('grpc', [grpc]),
  ...service('empty', []),
  route('empty', { backendRefs: [to('empty')] }),
  route('zero', { backendRefs: [to('backend', 0)] }),
  route('moved', { filters: [{ type: 'RequestRedirect', requestRedirect }] }),
  route('spdy', { backendRefs: [to('backend')] }),
  policy('spdy', { httpUpgrade: [{ type: 'spdy/3.1' }] }),
  route('again', { backendRefs: [to('backend')], retry: { attempts: 3 } }),
  route('slow', {
    backendRefs: [to('backend')],
    retry: { attempts: 2 },
    timeouts: { request: '5s', backendRequest: '300ms' },
  }),
  route('long', { backendRefs: [to('backend')], timeouts: { request: '100ms' } }),
  policy('long', { timeout: { http: { maxStreamDuration: '10s' } } }),
  grpcRoute('calls', 'shop.Cart', 'grpc'),
  grpcRoute('nobody', 'shop.Nobody', 'empty'),
];

before(async () => {
  grpc.reply = () => grpcReply([['x-load', '1']]);
  envoy = await Envoy.start(await translate(manifests, 'filter' satisfies Engine));
});
after(async () => {
  await envoy?.stop();
  await stopAll([backend, grpc]);
});

/** Status of the answer to a request for an upgrade. */
const upgrade = (path: string, type = 'websocket'): Promise<number> =>
  new Promise((done, fail) => {
    const socket = connect(envoy.port(), '127.0.0.1', () =>
      socket.write(
        `GET ${path} HTTP/1.1\r\nhost: www.example.com\r\nconnection: upgrade\r\nupgrade: ${type}\r\n\r\n`,
      ),
    );
    socket.setTimeout(10_000, () => socket.destroy(new Error(`no answer to ${path}`)));
    socket.on('error', fail);
    socket.once('data', (data) => {
      socket.destroy();
      done(Number(data.toString('latin1').slice(9, 12)));
    });
  });

for (const [path, type, status, why] of [
  ['/empty', 'websocket', 503, 'no endpoints'],
  ['/zero', 'websocket', 500, 'all weights are 0'],
  ['/moved', 'websocket', 301, 'a redirect'],
  ['/nowhere', 'websocket', 404, 'no route'],
  ['/spdy', 'websocket', 403, 'the route takes another upgrade only'],
  ['/again', 'spdy/3.1', 403, 'another route takes this one'],
] as const) {
  test(`an upgrade to ${type}: ${why}: ${status}`, async () => {
    assert.equal(await upgrade(path, type), status);
  });
}

test('gRPC: no endpoints is UNAVAILABLE', async () => {
  const client = await Http2Client.connect(envoy.port());
  try {
    const { status, headers } = await client.grpc('/shop.Nobody/Add');
    assert.deepEqual([status, headers['grpc-status']], [200, ['14']]);
  } finally {
    await client.stop();
  }
});

test('gRPC-Web: a browser calls a GRPCRoute over HTTP/1.1', async () => {
  const response = await http1({
    port: envoy.port(),
    method: 'POST',
    path: '/shop.Cart/Add',
    headers: [
      ['content-type', 'application/grpc-web+proto'],
      ['content-length', '0'],
    ],
  });
  assert.equal(response.status, 200);
  assert.deepEqual(response.headers['content-type'], ['application/grpc-web+proto']);
  assert.match(response.body, /grpc-status:0\r\n/, 'the trailers are in the body');
  assert.match(String(grpc.seen.at(-1)?.headers['content-type']), /^application\/grpc(?!-web)/);
});

test('a retry of a rule, without codes: a broken connection', async () => {
  let asked = 0;
  backend.reply = ({ path }) => {
    if (path === '/again' && ++asked <= 2) backend.dropConnections();
    return {};
  };
  assert.equal((await http1({ port: envoy.port(), path: '/again' })).status, 200);
  assert.equal(asked, 3);
});

test('a retry of a rule, without codes: a try that takes longer than backendRequest', async () => {
  let asked = 0;
  backend.reply = ({ path }) => ({ delayMs: path === '/slow' && ++asked === 1 ? 4_000 : 0 });
  assert.equal((await http1({ port: envoy.port(), path: '/slow' })).status, 200);
  assert.equal(asked, 2);
});

test('beside maxStreamDuration a request timeout has no effect', async () => {
  backend.reply = () => ({ delayMs: 600 });
  assert.equal((await http1({ port: envoy.port(), path: '/long' })).status, 200);
});
