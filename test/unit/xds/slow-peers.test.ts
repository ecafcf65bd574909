/**
 * Peers that stop in the middle: the server waits for each so long, and holds so much for it, and no more.
 * The clock is not the real one.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { constants } from 'node:http2';
import { createConnection, type Socket } from 'node:net';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { encode } from '../../../host/xds/encode.ts';
import { frame } from '../../../host/xds/frames.ts';
import { EnvoyGroup } from '../../../host/xds/group.ts';
import { AdsServer } from '../../../host/xds/server.ts';
import { socketPath } from '../../support/socket.ts';
import { dial, open } from './peer.ts';
import { request, snapshotOf } from './support.ts';

const PAGE = { status: 200, type: 'text/plain', body: 'x'.repeat(32 * 1_048_576) };
/** That of one response here: 33 of them are more than is held for a peer that does not read. */
const RESPONSE_BYTES = 8 * 1_048_576;
const path = socketPath();
let server: AdsServer;
const sockets: Socket[] = [];

beforeEach(async () => {
  const resources = snapshotOf({ cds: { a: 1 } }).resources;
  const maps = Object.entries(resources).map(([kind, all]) => [
    kind,
    new Map([...all].map(([name, { resource }]) => [name, resource])),
  ]);
  const given = Object.fromEntries(maps) as Parameters<typeof encode>[0];
  const rds = new Map([['big', { name: 'big', virtual_hosts: [{ name: 'x'.repeat(RESPONSE_BYTES) }] }]]);
  const group = new EnvoyGroup(encode({ ...given, rds }));
  mock.timers.enable({ apis: ['setTimeout'] });
  server = new AdsServer(() => group, { page: () => PAGE });
  await server.listen({ path });
});
afterEach(async () => {
  const next = dial(path);
  const good = open(next);
  good.ask(request('cds'));
  await until('the next one is served', () => good.responses.length === 1);
  next.destroy();
  for (const socket of sockets.splice(0)) socket.destroy();
  mock.timers.reset();
  await server.close();
});

/** By turns of the event loop: what waits for the clock is moved by the test. */
async function until(what: string, check: () => boolean): Promise<void> {
  for (let count = 0; !check(); count++) {
    assert.ok(count < 300_000, what);
    await new Promise((done) => setImmediate(done));
  }
}

test('peers that are gone as soon as they have opened a stream harm nobody', async (t) => {
  // What is thrown in an event of the server would end it.
  const thrown: unknown[] = [];
  const note = (error: unknown) => thrown.push(error);
  process.on('uncaughtException', note);
  t.after(() => process.off('uncaughtException', note));
  for (const reset of [true, false])
    for (let count = 0; count < 40; count++) {
      const session = dial(path);
      const { stream } = open(session);
      await once(session, 'connect');
      if (reset) stream.close(constants.NGHTTP2_CANCEL);
      // With the request on its way, and before the server has read it.
      await new Promise((done) => setImmediate(done));
      session.destroy();
    }
  await until('none is left', () => server.streams === 0);
  assert.deepEqual(thrown, []);
});

test('half a frame, and a stream on which nothing is said, end after ten seconds', async () => {
  const session = dial(path);
  const half = open(session);
  half.ask(request('cds'));
  await until('it is served', () => half.responses.length === 1);
  half.stream.write(frame(Buffer.from('never whole')).subarray(0, 9));
  const silent = open(session);
  await until('both are open', () => server.streams === 2);
  // Half a frame starts the clock when it is read, and nothing tells when that is.
  await turns();
  mock.timers.tick(9_999);
  assert.equal(server.streams, 2);
  mock.timers.tick(1);
  assert.equal(await half.status, '4 half a message was sent');
  assert.equal(await silent.status, '4 nothing was asked for');
  session.destroy();
});

test('a stream that asks, and asks again, and never reads is ended at 256 MiB', async () => {
  const session = dial(path);
  const greedy = open(session);
  greedy.stream.on('error', () => {}).pause();
  greedy.ask(request('rds', { subscribe: ['big'] }));
  let asked = 1;
  await until('it has asked often enough', () => {
    if (!greedy.stream.writable) return true;
    if (asked < 100) greedy.ask(request('rds', { subscribe: ['big'] }));
    return ++asked > 100;
  });
  await until('it is ended', () => server.streams === 0);
  session.destroy();
});

async function connect(text = ''): Promise<Socket> {
  const socket = createConnection(path);
  sockets.push(socket.on('error', () => {}));
  await once(socket, 'connect');
  socket.write(text);
  return socket;
}
const isOver = (socket: Socket) => socket.destroyed || socket.readableEnded;
const turns = async () => {
  for (let i = 0; i < 100; i++) await new Promise((done) => setImmediate(done));
};

test('a connection on which nothing is said ends after ten seconds', async () => {
  const silent = (await connect()).resume();
  await turns();
  mock.timers.tick(9_999);
  assert.ok(!isOver(silent));
  mock.timers.tick(1);
  await until('silence is over', () => isOver(silent));
});

test('half a request of a page, and a page that is not read, end after thirty seconds', async () => {
  const half = (await connect('GET / HT')).resume();
  const unread = (await connect('GET / HTTP/1.1\r\nhost: a\r\n\r\n')).pause();
  await until('the page is sent', () => unread.readableLength > 0);
  await turns();
  assert.ok(!isOver(half));
  mock.timers.tick(30_000);
  await until('half a request is over', () => isOver(half));
  await until('the page is not written any more', () => {
    unread.read();
    return isOver(unread);
  });
  assert.ok(unread.bytesRead < PAGE.body.length, 'not all of it was sent');
});

test('a connection without a stream ends after thirty seconds', async () => {
  const idle = dial(path);
  const { stream } = open(idle);
  await until('a stream has come', () => server.streams === 1);
  mock.timers.tick(9_000);
  stream.close();
  await until('it is gone', () => server.streams === 0);
  mock.timers.tick(29_000);
  assert.ok(!idle.destroyed);
  mock.timers.tick(1_000);
  await until('the connection is over', () => idle.destroyed);
});
