/** Load reports over a real socket, and peers that lie: each reports for itself alone, and only so much. */
import assert from 'node:assert/strict';
import type { ClientHttp2Session } from 'node:http2';
import { afterEach, beforeEach, test } from 'node:test';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { NodeSchema } from '../../../host/proto/core_pb.js';
import type { ClusterStatsSchema } from '../../../host/proto/endpoint_pb.js';
import { LoadStatsRequestSchema } from '../../../host/proto/load_stats_pb.js';
import { EnvoyGroup } from '../../../host/xds/group.ts';
import { MAX_BURST, MAX_REPORT_BYTES } from '../../../host/xds/load-stream.ts';
import { AdsServer } from '../../../host/xds/server.ts';
import { eventually } from '../../support/eventually.ts';
import { socketPath } from '../../support/socket.ts';
import { dial, open, openLoads } from './peer.ts';
import { request, snapshotOf } from './support.ts';

const path = socketPath();
let server: AdsServer;
let group: EnvoyGroup;
const sessions: ClientHttp2Session[] = [];

beforeEach(async () => {
  group = new EnvoyGroup(snapshotOf({ cds: { a: 1 } }));
  server = new AdsServer(() => group);
  await server.listen({ path });
});
afterEach(async () => {
  for (const session of sessions.splice(0)) session.destroy();
  await eventually('all are gone', () => assert.equal(server.streams, 0, 'not yet'));
  await server.close();
});

const wanted = new Map([['a', new Set(['10.0.0.1:80'])]]);
type Clusters = { clusterStats?: MessageInitShape<typeof ClusterStatsSchema>[] };
const report = (id: string, { clusterStats }: Clusters = {}) =>
  create(LoadStatsRequestSchema, { node: { id }, clusterStats });
const counted = (id: string, totalIssuedRequests: number) => {
  const socket = { address: '10.0.0.1', portSpecifier: { case: 'portValue' as const, value: 80 } };
  const address = { address: { case: 'socketAddress' as const, value: socket } };
  const upstreamLocalityStats = [{ upstreamEndpointStats: [{ address, totalIssuedRequests }] }];
  return report(id, { clusterStats: [{ clusterName: 'a', upstreamLocalityStats }] });
};
const total = (): number =>
  group.loads.read(Number.MAX_SAFE_INTEGER)?.get('a')?.get('10.0.0.1:80')?.total ?? 0;

function connected(id: string) {
  const session = dial(path);
  sessions.push(session);
  const ads = open(session);
  ads.ask({ ...request('cds'), node: create(NodeSchema, { id }) });
  return { session, ads };
}

test('an Envoy reports what is asked for, and rests when nobody looks', async () => {
  const { session } = connected('edge-1');
  const loads = openLoads(session);
  loads.tell(report('edge-1'));
  await eventually('it is served', () => assert.equal(group.envoys().length, 1, 'not yet'));
  group.loads.want(wanted);
  await eventually('it is asked', () => assert.deepEqual(loads.responses.at(-1)?.clusters, ['a'], 'not yet'));
  assert.equal(loads.responses[0]!.reportEndpointGranularity, true);
  loads.tell(counted('edge-1', 5));
  await eventually('it counts', () => assert.equal(total(), 5, 'not yet'));
  assert.equal(group.envoys()[0]!.load?.errors, 0);
  group.loads.want(undefined);
  await eventually('it rests', () => assert.deepEqual(loads.responses.at(-1)?.clusters, [], 'not yet'));
  assert.ok(loads.responses.at(-1)!.loadReportingInterval!.seconds > 3_600n);
  // As one does that was asked by the server before.
  loads.tell(counted('edge-1', 5));
  await eventually('it is told again', () => assert.equal(loads.responses.length, 3, 'not yet'));
});

test('who says another name than with its configuration is sent away', async () => {
  const { session } = connected('edge-1');
  group.loads.want(wanted);
  await eventually('it is served', () => assert.equal(group.envoys().length, 1, 'not yet'));
  const loads = openLoads(session);
  loads.tell(counted('edge-2', 5));
  assert.match(await loads.status, /^3 it is another Envoy/);
  assert.equal(total(), 0);
});

test('a connection without a configuration reports nothing, whatever name it says', async () => {
  connected('edge-1');
  group.loads.want(wanted);
  await eventually('it is served', () => assert.equal(group.envoys().length, 1, 'not yet'));
  const stranger = dial(path);
  sessions.push(stranger);
  const loads = openLoads(stranger);
  loads.tell(counted('edge-1', 5));
  // What came before this one on the other connection is read.
  await new Promise((done) => setTimeout(done, 100));
  assert.deepEqual([total(), loads.responses.length], [0, 0]);
});

test('two of one name count each for itself, and what one counted goes with it', async () => {
  group.loads.want(wanted);
  const peers = [connected('edge-1'), connected('edge-1')].map(({ session }) => {
    const loads = openLoads(session);
    loads.tell(report('edge-1'));
    return { session, loads };
  });
  for (const { loads } of peers)
    await eventually('it is asked', () => assert.equal(loads.responses.length > 0, true, 'not yet'));
  peers.forEach(({ loads }, i) => {
    loads.tell(counted('edge-1', 3 + i));
  });
  await eventually('both count', () => assert.equal(total(), 7, 'not yet'));
  peers[0]!.session.destroy();
  await eventually('one is gone', () => assert.equal(group.envoys().length, 1, 'not yet'));
  assert.deepEqual(
    group.envoys().map(({ load }) => load?.rate),
    [4],
  );
});

test('without its configuration it counts no more, until it asks for that again', async () => {
  const { session, ads } = connected('edge-1');
  group.loads.want(wanted);
  const loads = openLoads(session);
  loads.tell(counted('edge-1', 5));
  await eventually('it is asked', () => assert.equal(loads.responses.length, 1, 'not yet'));
  ads.stream.close();
  await eventually('it is gone', () => assert.equal(group.envoys().length, 0, 'not yet'));
  const again = open(session);
  again.ask({ ...request('cds'), node: create(NodeSchema, { id: 'edge-1' }) });
  await eventually('it is asked again', () => assert.equal(loads.responses.length, 2, 'not yet'));
});

test('too many reports, one that is too long and one that is none end the stream alone', async () => {
  const { session } = connected('edge-1');
  await eventually('it is served', () => assert.equal(group.envoys().length, 1, 'not yet'));
  const many = openLoads(session);
  for (let i = 0; i <= MAX_BURST; i++) many.tell(report('edge-1'));
  assert.match(await many.status, /^8 more than 20 reports in 10 s/);
  const long = openLoads(session);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(MAX_REPORT_BYTES + 1, 1);
  long.stream.write(head);
  assert.match(await long.status, /^8 a message of/);
  const none = openLoads(session);
  none.stream.write(Buffer.from([0, 0, 0, 0, 2, 0xff, 0xff]));
  assert.match(await none.status, /^3 /);
  assert.equal(group.envoys().length, 1);
});
