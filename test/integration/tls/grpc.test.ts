/**
 * gRPC over TLS on both sides: a client that verifies the listener, Envoy that verifies the backends,
 * messages in frames and the status in trailers.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { type ClientHttp2Session, connect, createSecureServer, type Http2SecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import * as build from '../../../demo/fakes/manifests.ts';
import { authority, authorityMap, issue, serviceTls, tlsSecret } from '../../support/certificates.ts';
import { Envoy } from '../../support/envoy.ts';
import { service } from '../../support/manifests.ts';
import { translateInto } from '../../support/translate.ts';

const ca = authority();
const front = issue({ name: 'front', dnsNames: ['cart.example.com'], issuer: ca });
const inner = issue({ name: 'inner', dnsNames: ['inner.example.com'], issuer: ca });
const folder = mkdtempSync(join(tmpdir(), 'loadstar-grpc-'));
const servers: Http2SecureServer[] = [];
let envoy: Envoy;
let session: ClientHttp2Session;

/** Sends back each message, its name first; a call of another method is not implemented (status 12). */
function startServer(address: string, port = 0): Promise<number> {
  const server = createSecureServer({ cert: inner.certificate, key: inner.key });
  servers.push(server);
  server.on('stream', (stream, headers) => {
    const known = headers[':path'] === '/shop.Cart/Echo';
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': known ? '0' : '12' }));
    stream.on('error', () => {});
    if (!known) return stream.end();
    stream.write(frame(address));
    stream.pipe(stream);
  });
  return new Promise((done) =>
    server.listen(port, address, () => done((server.address() as AddressInfo).port)),
  );
}

/** Length-prefixed, not compressed. */
function frame(text: string): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(Buffer.byteLength(text), 1);
  return Buffer.concat([head, Buffer.from(text)]);
}
function messagesOf(bytes: Buffer): string[] {
  const found: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at + 1);
    found.push(bytes.subarray(at + 5, at + 5 + length).toString());
    at += 5 + length;
  }
  return found;
}

interface Answer {
  readonly messages: readonly string[];
  readonly status: unknown;
}
function call(method: string, messages: readonly string[], key = 'k'): Promise<Answer> {
  return new Promise((done, fail) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': `/shop.Cart/${method}`,
      'content-type': 'application/grpc',
      te: 'trailers',
      'x-key': key,
    });
    const parts: Buffer[] = [];
    let status: unknown;
    const note = (headers: object) => {
      status ??= (headers as Record<string, unknown>)['grpc-status'];
    };
    stream.on('response', note).on('trailers', note);
    stream.on('data', (part: Buffer) => parts.push(part));
    stream.on('end', () => done({ messages: messagesOf(Buffer.concat(parts)), status })).on('error', fail);
    for (const message of messages) stream.write(frame(message));
    stream.end();
  });
}

before(async () => {
  const hosts = ['127.0.0.51', '127.0.0.52', '127.0.0.53'];
  const port = await startServer(hosts[0]!);
  for (const host of hosts.slice(1)) await startServer(host, port);
  const manifests = [
    build.gatewayClass,
    build.gateway('eg', [
      build.listener('grpc', 8443, { protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'front' }] } }),
    ]),
    ...service(
      'backend',
      hosts.map((address) => ({ address, port })),
    ),
    build.grpcRoute(
      'cart',
      [{ matches: [{ method: { service: 'shop.Cart' } }], backendRefs: [build.ref()] }],
      { hostnames: [] },
    ),
    build.policy(
      'cart',
      [build.target('GRPCRoute', 'cart')],
      build.lb('ConsistentHash', { consistentHash: { type: 'Header', header: { name: 'x-key' } } }),
    ),
    serviceTls('inner', 'backend', 'inner.example.com'),
    authorityMap('ca', ca),
    tlsSecret('front', front),
  ];
  envoy = await Envoy.start(await translateInto(folder, manifests));
  session = connect(`https://127.0.0.1:${envoy.port()}`, {
    ca: ca.certificate,
    servername: 'cart.example.com',
  });
  await new Promise((done, fail) => session.on('connect', done).on('error', fail));
});
after(async () => {
  session?.destroy();
  await envoy?.stop();
  for (const server of servers) server.close();
  rmSync(folder, { recursive: true, force: true });
});

test('a call: its message comes back, the status is in the trailers', async () => {
  const { messages, status } = await call('Echo', ['hello']);
  assert.deepEqual([messages.slice(1), status], [['hello'], '0']);
  assert.match(messages[0] ?? '', /^127\.0\.0\.5\d$/);
});

test('a stream of messages, large ones among them', async () => {
  const sent = ['a', 'b'.repeat(100_000), '', 'c'];
  assert.deepEqual((await call('Echo', sent)).messages.slice(1), sent);
});

test('each key has its host, and all hosts are used', async () => {
  const homes = new Map<string, string | undefined>();
  for (const _ of [1, 2])
    for (let i = 0; i < 16; i++) {
      const [host] = (await call('Echo', ['x'], `k${i}`)).messages;
      assert.equal(homes.get(`k${i}`) ?? host, host);
      homes.set(`k${i}`, host);
    }
  assert.equal(new Set(homes.values()).size, 3);
});

test('a status that is no success arrives as it is', async () => {
  assert.deepEqual(await call('Other', ['x']), { messages: [], status: '12' });
});
