/**
 * The server where strangers reach it: over TLS with certificates of both sides, each kind of client that
 * should not get in or would hold something up, and pages beside. After each of them a good one is served.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { request as https } from 'node:https';
import { type Socket, connect as tcp } from 'node:net';
import { after, afterEach, before, test } from 'node:test';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { EnvoyGroup } from '../../../host/xds/group.ts';
import { AdsServer } from '../../../host/xds/server.ts';
import { MAX_CONNECTIONS } from '../../../host/xds/transport.ts';
import { authority, type Issued, issue } from '../../support/certificates.ts';
import { eventually } from '../../support/eventually.ts';
import { METHOD } from './peer.ts';
import { snapshotOf } from './support.ts';

const NAME = 'xds.example.com';
const ca = authority('Fleet CA');
const own = issue({ name: NAME, dnsNames: [NAME], issuer: ca });
const edge = issue({ name: 'edge-1', dnsNames: ['edge-1'], issuer: ca });
const pages = (path: string) =>
  path === '/healthz' ? { status: 200, type: 'text/plain', body: 'ok\n' } : undefined;
const group = new EnvoyGroup(snapshotOf({ cds: { a: 1 } }));
const find = () => group;

let secure: AdsServer;
let plain: AdsServer;
let port: number;
let plainPort: number;
const held: Socket[] = [];

before(async () => {
  const certificates = { cert: own.certificate, key: own.key, clientCa: ca.certificate };
  secure = new AdsServer(find, { certificates, page: pages });
  plain = new AdsServer(find, { page: pages });
  const ports = [];
  for (const server of [secure, plain])
    ports.push(((await server.listen({ address: '127.0.0.1', port: 0 })) as { port: number }).port);
  [port, plainPort] = ports as [number, number];
});
afterEach(async () => {
  for (const socket of held.splice(0)) socket.destroy();
  assert.equal(await page(), '200 ok\n', 'the next one is served');
});
after(async () => {
  await secure.close();
  await plain.close();
});

const shown = ({ certificate, key }: Issued) => ({ cert: certificate, key });

/** GET /healthz over HTTP/1.1. @throws what became of the connection. */
function page(client: ConnectionOptions = shown(edge)): Promise<string> {
  return new Promise((done, fail) => {
    const to = { host: '127.0.0.1', port, servername: NAME, ca: ca.certificate, agent: false as const };
    https({ ...to, ...client, path: '/healthz' }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => done(`${response.statusCode} ${body}`)).on('error', fail);
    })
      .on('error', fail)
      .end();
  });
}

const strangers: readonly (readonly [string, () => ConnectionOptions, RegExp])[] = [
  ['no certificate', () => ({}), /certificate.required|ECONNRESET|hang up/i],
  [
    'a certificate of another authority',
    () => shown(issue({ name: 'edge-1', issuer: authority('Other CA') })),
    /unknown.ca|ECONNRESET|hang up|certificate/i,
  ],
  [
    'another authority of the same name',
    () => shown(issue({ name: 'edge-1', issuer: authority('Fleet CA') })),
    /decrypt|unknown.ca|ECONNRESET|hang up|certificate/i,
  ],
  ['signed by itself', () => shown(issue({ name: 'edge-1' })), /unknown.ca|ECONNRESET|hang up|certificate/i],
  [
    'one that has expired',
    () => shown(issue({ name: 'edge-1', issuer: ca, from: -9, to: -2 })),
    /expired|ECONNRESET|hang up/i,
  ],
  [
    'one that is not valid yet',
    () => shown(issue({ name: 'edge-1', issuer: ca, from: 2, to: 9 })),
    /certificate|ECONNRESET|hang up/i,
  ],
  [
    'TLS 1.1',
    () => ({ ...shown(edge), minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }),
    /version|ECONNRESET|hang up/i,
  ],
  [
    'a client that expects another name',
    () => ({ ...shown(edge), servername: 'other.example' }),
    /altname|match/i,
  ],
];
for (const [what, client, error] of strangers) {
  test(`not served: ${what}`, async () => {
    await assert.rejects(page(client()), (found: NodeJS.ErrnoException) => {
      assert.match(`${found.code} ${found.message}`, error);
      return true;
    });
  });
}

test('plain text at the port of TLS, and TLS at that of plain text, end', async () => {
  for (const text of ['GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n']) {
    const socket = dial(port);
    socket.write(text);
    const [first] = (await Promise.race([once(socket, 'data'), once(socket, 'close')])) as [unknown];
    assert.ok(!String(first).includes('ok'), 'nothing is answered');
  }
  await assert.rejects(page({ ...shown(edge), port: plainPort }));
});

const dial = (to: number): Socket => {
  const socket = tcp(to, '127.0.0.1');
  socket.on('error', () => {});
  held.push(socket);
  return socket;
};

async function dialTls(alpn: string): Promise<TLSSocket> {
  const socket = connect({
    ...{ host: '127.0.0.1', port, servername: NAME, ca: ca.certificate, ...shown(edge) },
    ALPNProtocols: [alpn],
  });
  socket.on('error', () => {});
  held.push(socket);
  await once(socket, 'secureConnect');
  return socket;
}

test('half a handshake, half a preface, half a request, and silence hold nobody up', async () => {
  for (let i = 0; i < 50; i++) {
    const half = dial(port);
    if (i % 2 === 0) half.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00]));
    dial(plainPort).write(['P', 'PRI * HTTP/2.0\r\n', 'GET / HTTP/1.1\r\nx: '][i % 3]!);
  }
  (await dialTls('h2')).write('PRI * HT');
  (await dialTls('http/1.1')).write('GET /healthz HT');
  await eventually('they are connected', () =>
    assert.ok(
      held.every(({ connecting }) => !connecting),
      'not yet',
    ),
  );
});

test('a client that never reads what it asks for again and again is bounded by its own window', async () => {
  const socket = await dialTls('h2');
  const session = connectHttp2(`https://${NAME}`, { createConnection: () => socket });
  session.on('error', () => {});
  for (let i = 0; i < 300; i++) {
    const stream = session.request({ ':path': '/healthz' });
    stream.on('error', () => {});
    stream.pause();
  }
  await eventually('it has begun', () => assert.ok(socket.bytesRead > 0, 'not yet'));
  assert.equal(await page(), '200 ok\n');
  session.destroy();
});

test('GET is answered over HTTP/1 and HTTP/2, other methods are not, and no page is one', async () => {
  for (const [origin, options] of [
    [`http://127.0.0.1:${plainPort}`, {}],
    [`https://127.0.0.1:${port}`, { ca: ca.certificate, servername: NAME, ...shown(edge) }],
  ] as const) {
    const session = connectHttp2(origin, options);
    const ask = async (method: string, path: string) => {
      const stream = session.request({ ':method': method, ':path': path }, { endStream: true });
      const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
      stream.resume();
      return `${headers[':status']} ${headers['grpc-status'] ?? ''}`.trim();
    };
    assert.equal(await ask('GET', '/healthz?x=1'), '200');
    assert.equal(await ask('GET', '/other'), '404');
    for (const method of ['PUT', 'DELETE', 'HEAD']) assert.equal(await ask(method, '/healthz'), '405');
    assert.equal(await ask('POST', '/healthz'), '200 12');
    assert.equal(await ask('GET', METHOD), '404');
    session.destroy();
  }
  for (const method of ['POST', 'DELETE', 'OPTIONS']) {
    const response = await fetch(`http://127.0.0.1:${plainPort}/healthz`, { method });
    assert.equal(response.status, 405);
    assert.equal(response.headers.get('connection'), 'close');
  }
});

test('of 10,000 connections those beyond the bound are ended at once; when they are gone others are served', async () => {
  let ended = 0;
  const count = 10_000;
  const all: Socket[] = [];
  // As many at a time as wait at a server; it takes one of them in each turn of the event loop.
  while (all.length < count) {
    const some = Array.from({ length: 400 }, () =>
      dial(plainPort)
        .resume()
        .once('close', () => ended++),
    );
    await Promise.all(some.map((socket) => Promise.race([once(socket, 'connect'), once(socket, 'close')])));
    all.push(...some);
    for (let turns = 0; turns < 450; turns++) await new Promise((done) => setImmediate(done));
  }
  const isRefused = () => assert.ok(ended >= count - MAX_CONNECTIONS, `${ended} have ended`);
  await eventually('the rest is refused', isRefused, 60_000);
  for (const socket of all) socket.destroy();
  await eventually('one is served', async () => {
    const response = await fetch(`http://127.0.0.1:${plainPort}/healthz`);
    assert.equal(response.status, 200);
  });
});
