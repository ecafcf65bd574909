/**
 * The server over real sockets, with peers that no Envoy would be: what they send ends their own stream, and
 * nothing else.
 */
import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import type { ClientHttp2Session } from 'node:http2';
import { afterEach, beforeEach, test } from 'node:test';
import { create } from '@bufbuild/protobuf';
import { NodeSchema } from '../../../host/proto/core_pb.js';
import { MAX_MESSAGE_BYTES } from '../../../host/xds/connection.ts';
import { MAX_NAME_LENGTH } from '../../../host/xds/delta.ts';
import { frame } from '../../../host/xds/frames.ts';
import { EnvoyGroup } from '../../../host/xds/group.ts';
import { AdsServer, MAX_OPEN_STREAMS } from '../../../host/xds/server.ts';
import { MAX_SESSION_STREAMS } from '../../../host/xds/transport.ts';
import { eventually } from '../../support/eventually.ts';
import { socketPath } from '../../support/socket.ts';
import { dial, METHOD, open as openOn } from './peer.ts';
import { request, snapshotOf } from './support.ts';

const path = socketPath();
let server: AdsServer;
let group: EnvoyGroup;
let session: ClientHttp2Session;

beforeEach(async () => {
  group = new EnvoyGroup(snapshotOf({ cds: { a: 1 } }), { answerMs: 20_000 });
  server = new AdsServer(() => group);
  await server.listen({ path });
  session = dial(path);
});
afterEach(async () => {
  session.destroy();
  await server.close();
});

const open = (method = METHOD, from = session) => openOn(from, method);

test('the socket is for this user alone, and is gone after the end', async () => {
  assert.equal(statSync(path).mode & 0o777, 0o600);
  await server.close();
  assert.equal(existsSync(path), false);
  await server.listen({ path }).catch(() => {});
});

test('an answer ends a publication; a refusal brings back what was before', async () => {
  const { ask, responses } = open();
  ask(request('cds'));
  await eventually('the first response', () => assert.equal(responses.length, 1));
  ask(request('cds', { nonce: responses[0]?.nonce }));
  const published = group.publish(snapshotOf({ cds: { a: 2 } }));
  await eventually('the second', () => assert.equal(responses.length, 2));
  ask(request('cds', { nonce: responses[1]?.nonce, error: 'not good' }));
  await eventually('what was before', () => assert.equal(responses.length, 3));
  assert.equal(responses[2]?.resources[0]?.version, responses[0]?.resources[0]?.version);
  ask(request('cds', { nonce: responses[2]?.nonce }));
  const { refusals } = await published;
  assert.deepEqual(
    refusals.map(({ kind, names, reason }) => [kind, names, reason]),
    [['cds', ['a'], 'not good']],
  );
  assert.equal(group.snapshot.version, snapshotOf({ cds: { a: 1 } }).version);
});

test('another method, a message that is none, one that is too long: a status, and the next stream is served', async () => {
  assert.match(await open('/x.Y/Z').status, /^12 /);
  const garbage = open();
  garbage.stream.write(frame(Buffer.from([0xff, 0xff, 0xff])));
  assert.match(await garbage.status, /^3 /);
  const long = open();
  const head = Buffer.alloc(5);
  head.writeUInt32BE(MAX_MESSAGE_BYTES + 1, 1);
  long.stream.write(head);
  assert.match(await long.status, /^8 /);
  const good = open();
  good.ask(request('cds'));
  await eventually('it is served', () => assert.equal(good.responses.length, 1));
  assert.equal(group.envoys().length, 1);
});

test('streams beyond the bound are refused', async () => {
  const sessions = Array.from({ length: MAX_OPEN_STREAMS / MAX_SESSION_STREAMS }, () => dial(path));
  const streams = sessions.flatMap((from) =>
    Array.from({ length: MAX_SESSION_STREAMS }, () => open(METHOD, from)),
  );
  await eventually('all are open', () => assert.equal(server.streams, MAX_OPEN_STREAMS));
  assert.match(await open().status, /^8 /);
  streams[0]?.stream.close();
  await eventually('one is closed', () => assert.equal(server.streams, MAX_OPEN_STREAMS - 1));
  for (const one of sessions) one.destroy();
});

test('half a message and silence hold nothing up', async () => {
  const half = open();
  half.stream.write(frame(Buffer.from('never whole')).subarray(0, 9));
  await eventually('it is open', () => assert.equal(server.streams, 1));
  half.stream.close();
  await eventually('it is gone', () => assert.equal(server.streams, 0));
  assert.deepEqual(await group.publish(snapshotOf({ cds: { a: 3 } })), { refusals: [], silent: [] });
});

test('one that comes during a publication, and one that answered too late, get the rest by themselves', async () => {
  const slow = new EnvoyGroup(snapshotOf({ cds: { a: 1 } }), { answerMs: 100 });
  group = slow;
  const late = open();
  late.ask(request('cds'));
  await eventually('the first response', () => assert.equal(late.responses.length, 1));
  late.ask(request('cds', { nonce: late.responses[0]?.nonce }));
  const publication = slow.publish(snapshotOf({ cds: { a: 2 } }));
  await eventually('the second', () => assert.equal(late.responses.length, 2));
  const comes = open();
  comes.ask(request('cds', { has: { a: 'old', gone: 'x' } }));
  assert.deepEqual(await publication, { refusals: [], silent: ['an Envoy that has not said its name'] });
  await eventually('what changed', () => assert.equal(comes.responses.length, 1));
  comes.ask(request('cds', { nonce: comes.responses[0]?.nonce }));
  await eventually('what is gone', () => assert.deepEqual(comes.responses[1]?.removedResources, ['gone']));
  comes.ask(request('cds', { nonce: comes.responses[1]?.nonce }));

  // Nobody waits for it again, and nothing is added to what it has not read.
  await slow.publish(snapshotOf({ cds: { a: 3 } }));
  assert.equal(late.responses.length, 2);
  late.ask(request('cds', { nonce: late.responses[1]?.nonce }));
  await eventually('the rest', () => assert.equal(late.responses.length, 3));
  late.ask(request('cds', { nonce: late.responses[2]?.nonce }));
  await eventually('it has all', () => assert.equal(slow.envoys()[0]?.acknowledged, slow.snapshot.version));
});

test('a name that is too long ends the stream; control characters of a peer reach no message', async () => {
  const long = open();
  long.ask(request('eds', { subscribe: ['x'.repeat(MAX_NAME_LENGTH + 1)] }));
  assert.match(await long.status, /^8 /);
  const rude = open();
  rude.ask({ ...request('cds'), node: create(NodeSchema, { id: 'a\u001b[31m' }) });
  await eventually('served', () => assert.equal(rude.responses.length, 1));
  rude.ask(request('cds', { nonce: rude.responses[0]?.nonce }));
  const published = group.publish(snapshotOf({ cds: { a: 9 } }));
  await eventually('sent', () => assert.equal(rude.responses.length, 2));
  rude.ask(request('cds', { nonce: rude.responses[1]?.nonce, error: 'no\u001b[2J' }));
  await eventually('taken back', () => assert.equal(rude.responses.length, 3));
  rude.ask(request('cds', { nonce: rude.responses[2]?.nonce }));
  const { refusals } = await published;
  assert.deepEqual(
    refusals.map(({ envoy, reason }) => [envoy, reason]),
    [['a?[31m', 'no?[2J']],
  );
});
