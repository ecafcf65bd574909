/**
 * The server over real sockets, with peers that no Envoy would be: what they send ends their own stream, and
 * nothing else.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { type ClientHttp2Session, connect } from 'node:http2';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  type DeltaDiscoveryRequest,
  DeltaDiscoveryRequestSchema,
  type DeltaDiscoveryResponse,
  DeltaDiscoveryResponseSchema,
} from '../../../host/proto/discovery_pb.js';
import { MAX_MESSAGE_BYTES } from '../../../host/xds/connection.ts';
import { frame, Unframer } from '../../../host/xds/frames.ts';
import { EnvoyGroup } from '../../../host/xds/group.ts';
import { AdsServer, MAX_OPEN_STREAMS } from '../../../host/xds/server.ts';
import { eventually } from '../../support/eventually.ts';
import { request, snapshotOf } from './support.ts';

const METHOD = '/envoy.service.discovery.v3.AggregatedDiscoveryService/DeltaAggregatedResources';
let folder: string;
let path: string;
let server: AdsServer;
let group: EnvoyGroup;
let session: ClientHttp2Session;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'loadstar-ads-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(async () => {
  path = join(folder, 'xds.sock');
  group = new EnvoyGroup(snapshotOf({ cds: { a: 1 } }), { answerMs: 20_000 });
  server = new AdsServer(() => group);
  await server.listen({ path });
  session = connect('http://xds', { createConnection: () => createConnection(path) });
  session.on('error', () => {});
});
afterEach(async () => {
  session.destroy();
  await server.close();
});

function open(method = METHOD) {
  const stream = session.request({ ':method': 'POST', ':path': method, 'content-type': 'application/grpc' });
  const responses: DeltaDiscoveryResponse[] = [];
  const unframer = new Unframer(1 << 28);
  stream.on('data', (chunk: Buffer) => {
    for (const message of unframer.push(chunk))
      responses.push(fromBinary(DeltaDiscoveryResponseSchema, message));
  });
  const status = new Promise<string>((done) => {
    const take = (headers: Record<string, unknown>) => {
      if (headers['grpc-status'] !== undefined) done(`${headers['grpc-status']} ${headers['grpc-message']}`);
    };
    stream.on('response', take);
    stream.on('trailers', take);
    stream.on('error', ({ message }) => done(message));
  });
  return {
    stream,
    responses,
    status,
    ask: (message: DeltaDiscoveryRequest) =>
      stream.write(frame(toBinary(DeltaDiscoveryRequestSchema, message))),
  };
}

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
  const streams = Array.from({ length: MAX_OPEN_STREAMS }, () => open());
  await eventually('all are open', () => assert.equal(server.streams, MAX_OPEN_STREAMS));
  assert.match(await open().status, /^8 /);
  streams[0]?.stream.close();
  await eventually('one is closed', () => assert.equal(server.streams, MAX_OPEN_STREAMS - 1));
});

test('half a message and silence hold nothing up', async () => {
  const half = open();
  half.stream.write(frame(Buffer.from('never whole')).subarray(0, 9));
  await eventually('it is open', () => assert.equal(server.streams, 1));
  half.stream.close();
  await eventually('it is gone', () => assert.equal(server.streams, 0));
  assert.deepEqual(await group.publish(snapshotOf({ cds: { a: 3 } })), { refusals: [], silent: [] });
});
