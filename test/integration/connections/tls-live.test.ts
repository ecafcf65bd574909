/** TLSRoutes on one port under `loadstar run`: each drains alone, and the others go on. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import * as build from '../../../demo/fakes/manifests.ts';
import { authority, type Issued, issue, tlsSecret } from '../../support/certificates.ts';
import { eventually } from '../../support/eventually.ts';
import { LiveRun } from '../../support/live-run.ts';
import { type Manifest, service } from '../../support/manifests.ts';
import { type PassingBackend, startPassingBackend } from '../../support/passing-backend.ts';

const PORT = 28_163;
const ca = authority();
const wild: Issued = issue({ name: 'wild', dnsNames: ['*.example.com'], issuer: ca });
let backend: PassingBackend;
let run: LiveRun;

/** Routes by name, each for `NAME.example.com`; those of `ends` on a listener that ends TLS. */
function manifests(routes: readonly string[], ends: readonly string[] = []): Manifest[] {
  const tls = (name: string, hostname: string, more: Manifest) =>
    build.listener(name, PORT, { protocol: 'TLS', hostname, tls: more });
  const route = (name: string, sectionName: string): Manifest =>
    build.connectionRoute('TLSRoute', name, undefined, {
      hostnames: [`${name}.example.com`],
      parentRefs: [{ name: 'eg', sectionName }],
    });
  return [
    build.gatewayClass,
    build.gateway('eg', [
      tls('pass', '*.example.com', { mode: 'Passthrough' }),
      ...ends.map((name) =>
        tls(name, `${name}.example.com`, { mode: 'Terminate', certificateRefs: [{ name: 'wild' }] }),
      ),
    ]),
    ...service('backend', [backend]),
    ...routes.map((name) => route(name, 'pass')),
    ...ends.map((name) => route(name, name)),
    ...(ends.length === 0 ? [] : [tlsSecret('wild', wild)]),
  ];
}

interface Client {
  readonly socket: TLSSocket;
  readonly closed: () => boolean;
}
/** Resolves when the backend has said its name. */
function connected(name: string): Promise<Client> {
  return new Promise((done, fail) => {
    let closed = false;
    const socket = connect({
      host: '127.0.0.1',
      port: PORT,
      ca: ca.certificate,
      servername: `${name}.example.com`,
    });
    socket.once('data', () => done({ socket, closed: () => closed }));
    socket.on('error', fail).on('close', () => {
      closed = true;
      fail(new Error('closed'));
    });
  });
}
function isOpen({ socket, closed }: Client): Promise<boolean> {
  return new Promise((done) => {
    if (closed()) return done(false);
    socket.once('data', () => done(true));
    socket.once('close', () => done(false));
    socket.write('ping');
  });
}

before(async () => {
  backend = await startPassingBackend('127.0.0.41', wild);
  run = await LiveRun.start(manifests(['a']), ['--drain-time', '2']);
});
after(async () => {
  await run?.stop();
  await backend?.stop();
});

test('the summary names the port and the server names', () => {
  assert.match(run.out, /listener {2}default\/eg\/pass {2}tls:\/\/localhost:28163/);
  assert.match(run.out, /a\.example\.com TLS to the backend +LeastRequest over 1 host/);
});

test('a route is added: nothing drains. It goes: its connections do, and no other', async () => {
  const first = await connected('a');
  await assert.rejects(connected('b'));
  const added = await run.change(manifests(['a', 'b']));
  assert.match(added, /tlsroute\/default\/b added/);
  assert.doesNotMatch(added, /drains/);
  const second = await eventually('it serves', () => connected('b'));
  assert.ok(await isOpen(first));
  const removed = await run.change(manifests(['a']));
  assert.match(
    removed,
    /tlsroute\/default\/b on listener default\/eg\/pass drains: .* within 2 s; .*b removed/,
  );
  await assert.rejects(connected('b'));
  await eventually('its connection is cut', () => assert.ok(second.closed()), 10_000);
  assert.ok(await isOpen(first));
  first.socket.destroy();
});

test('a listener that ends TLS comes to the port, with its certificate, and goes', async () => {
  const first = await connected('a');
  const added = await run.change(manifests(['a'], ['c']));
  assert.match(added, /listener default\/eg\/c added .*certificate default\/wild added/);
  assert.doesNotMatch(added, /tlsroute\/default\/a.* drains/);
  // What is in the connection is TLS again here: the backend sees no greeting in plain bytes, so it waits.
  await eventually('it serves', () => shaken('c'));
  await run.change(manifests(['a']));
  await eventually('it is gone', () => assert.rejects(shaken('c')));
  assert.ok(await isOpen(first));
  first.socket.destroy();
});

/** The handshake is done. */
function shaken(name: string): Promise<void> {
  return new Promise((done, fail) => {
    const socket = connect(
      { host: '127.0.0.1', port: PORT, ca: ca.certificate, servername: `${name}.example.com` },
      () => {
        socket.destroy();
        done();
      },
    );
    socket.on('error', fail).on('close', () => fail(new Error('closed')));
  });
}
