/** Load reports of several Envoys: asked for while somebody looks, summed up, and bounded. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { ClusterStatsSchema } from '../../../host/proto/endpoint_pb.js';
import { MAX_ASKED_HOSTS, MAX_HELD } from '../../../host/xds/load-sums.ts';
import { LoadReports, type Reporter } from '../../../host/xds/loads.ts';

class Edge implements Reporter {
  readonly asked: string[] = [];
  ask(clusters: readonly string[], seconds: number): void {
    this.asked.push(clusters.length === 0 ? 'rest' : `${clusters.join(' ')} each ${seconds} s`);
  }
}

const HOSTS = ['10.0.0.1', '10.0.0.2'];
const wanted = (...clusters: string[]) =>
  new Map(clusters.map((cluster) => [cluster, new Set(HOSTS.map((host) => `${host}:80`))]));

type Counts = readonly [requests: number, errors: number, inFlight: number];
const stats = (cluster: string, counts: readonly Counts[], seconds = 2, hosts = HOSTS) => {
  const upstreamEndpointStats = counts.map(([totalIssuedRequests, totalErrorRequests, now], i) => ({
    address: {
      address: {
        case: 'socketAddress' as const,
        value: { address: hosts[i]!, portSpecifier: { case: 'portValue' as const, value: 80 } },
      },
    },
    ...{ totalIssuedRequests, totalErrorRequests, totalRequestsInProgress: now },
  }));
  const made: MessageInitShape<typeof ClusterStatsSchema> = {
    clusterName: cluster,
    upstreamLocalityStats: [{ upstreamEndpointStats }],
    loadReportInterval: { seconds: BigInt(seconds) },
  };
  return create(ClusterStatsSchema, made);
};
const joined = (reports: LoadReports) => {
  const edge = new Edge();
  reports.add(edge);
  return edge;
};
const readAt = (reports: LoadReports, now: number, cluster = 'a') =>
  [...(reports.read(now)?.get(cluster) ?? [])].map(([host, { total, errors, inFlight }]) =>
    [host, total, errors, inFlight].join(' '),
  );

test('nothing is asked for until somebody looks, and nothing after that', () => {
  const reports = new LoadReports();
  const [first, second] = [joined(reports), joined(reports)];
  assert.deepEqual([first.asked, reports.take(first, [stats('a', [[1, 0, 0]])], 0)], [[], false]);
  const a = wanted('a');
  reports.want(a);
  reports.want(a);
  const third = joined(reports);
  reports.want(wanted('a', 'b'));
  reports.want(undefined);
  const all = ['a each 2 s', 'a b each 2 s', 'rest'];
  assert.deepEqual([first.asked, second.asked, third.asked], [all, all, all]);
  assert.deepEqual(joined(reports).asked, []);
  assert.equal(reports.read(0), undefined);
});

test('a report is paid out over the time that it is of, of all Envoys together', () => {
  const reports = new LoadReports();
  const [first, second] = [joined(reports), joined(reports)];
  reports.want(wanted('a'));
  assert.equal(reports.read(0), undefined, 'nothing was told yet');
  reports.take(first, [stats('a', [[10, 2, 1]])], 0);
  reports.take(second, [stats('a', [[4, 0, 3]], 4)], 0);
  assert.deepEqual(readAt(reports, 1_000), ['10.0.0.1:80 6 1 4', '10.0.0.2:80 0 0 0']);
  assert.deepEqual(readAt(reports, 60_000), ['10.0.0.1:80 14 2 4', '10.0.0.2:80 0 0 0']);
  assert.deepEqual(reports.of(first), { rate: 5, errors: 0.2 });
  // One that comes early loses nothing of the one before.
  reports.take(first, [stats('a', [[10, 0, 0]])], 60_000);
  reports.take(
    first,
    [
      stats('a', [
        [0, 0, 0],
        [6, 0, 0],
      ]),
    ],
    60_100,
  );
  assert.deepEqual(readAt(reports, 90_000), ['10.0.0.1:80 24 2 3', '10.0.0.2:80 6 0 0']);
});

test('one that leaves takes what it did not pay, and what was in progress; sums stay', () => {
  const reports = new LoadReports();
  const [first, second] = [joined(reports), joined(reports)];
  reports.want(wanted('a'));
  reports.take(first, [stats('a', [[10, 0, 7]])], 0);
  reports.take(second, [stats('a', [[2, 0, 1]])], 0);
  readAt(reports, 1_000);
  reports.remove(first);
  assert.deepEqual(readAt(reports, 9_000)[0], '10.0.0.1:80 7 0 1');
  assert.equal(reports.of(first), undefined);
  assert.equal(reports.take(first, [stats('a', [[1, 0, 0]])], 9_000), false);
});

test('hosts and clusters that are not wanted are passed over, and absurd numbers do no harm', () => {
  const reports = new LoadReports();
  const edge = joined(reports);
  reports.want(wanted('a'));
  const strange = stats('a', [[5, 0, 0]], 2, ['10.9.9.9']);
  reports.take(edge, [strange, stats('b', [[5, 0, 0]]), create(ClusterStatsSchema, {})], 0);
  assert.deepEqual([...reports.read(5_000)!.keys()], ['a']);
  assert.deepEqual(readAt(reports, 5_000), ['10.0.0.1:80 0 0 0', '10.0.0.2:80 0 0 0']);
  reports.take(edge, [stats('a', [[4_294_967_295, 0, 0]], -1)], 6_000);
  reports.take(edge, [stats('a', [[1, 0, 0]], 1e9)], 6_000);
  const [first] = readAt(reports, 1e12);
  assert.equal(first, '10.0.0.1:80 4294967296 0 0');
});

test('what did not change is the same object', () => {
  const reports = new LoadReports();
  const edge = joined(reports);
  reports.want(wanted('a', 'b'));
  reports.take(edge, [stats('a', [[1, 0, 0]])], 0);
  const [before, now] = [reports.read(1_000)!, reports.read(2_000)!];
  assert.equal(now.get('b'), before.get('b'));
  assert.notEqual(now.get('a'), before.get('a'));
});

test('more Envoys report more seldom; more hosts than can be held are not asked for', () => {
  const reports = new LoadReports();
  const edges = Array.from({ length: 100 }, () => joined(reports));
  reports.want(wanted(...Array.from({ length: 500 }, (_, i) => `c${i}`)));
  assert.match(edges[0]!.asked.at(-1)!, / each 5 s$/);
  const large = new Set(Array.from({ length: MAX_ASKED_HOSTS - 1 }, (_, i) => `10.0.0.1:${i}`));
  reports.want(new Map([...wanted('a').entries(), ['large', large], ...wanted('b').entries()]));
  assert.match(edges[0]!.asked.at(-1)!, /^a each/);
});

test('who is asked for nothing else than before is not asked again', () => {
  const reports = new LoadReports();
  reports.want(wanted('a', 'b'));
  const first = joined(reports);
  const other = new Map([...wanted('a'), ['b', new Set(['10.0.0.9:80'])]] as const);
  reports.want(other);
  assert.deepEqual(first.asked, ['a b each 2 s']);
  reports.take(first, [stats('b', [[4, 0, 0]], 2, ['10.0.0.9'])], 0);
  assert.deepEqual(readAt(reports, 60_000, 'b'), ['10.0.0.9:80 4 0 0'], 'the new host counts');
});

test('Envoys that come and go are few questions to the others, who report no oftener than can be read', () => {
  const reports = new LoadReports();
  const paceOf = ({ asked }: Edge) => Number(/each (\d+) s/.exec(asked.at(-1)!)![1]);
  reports.want(wanted(...Array.from({ length: 10_000 }, (_, i) => `c${i}`)));
  const edges: Edge[] = [];
  while (edges.length < 20) {
    edges.push(joined(reports));
    assert.ok(paceOf(edges[0]!) >= edges.length, `${paceOf(edges[0]!)} s for ${edges.length}`);
  }
  assert.ok(edges[0]!.asked.length <= 6, `asked ${edges[0]!.asked.length} times`);
  const before = edges[0]!.asked.length;
  for (const edge of edges.slice(1)) reports.remove(edge);
  assert.ok(edges[0]!.asked.length - before <= 4, `asked ${edges[0]!.asked.length - before} times`);
  assert.ok(paceOf(edges[0]!) <= 4, `${paceOf(edges[0]!)} s for one`);
});

test('all reports together hold so much and no more', () => {
  const reports = new LoadReports();
  reports.want(wanted('a'));
  const many = Array.from({ length: 1_000 }, () =>
    stats('a', [
      [1, 0, 0],
      [1, 0, 0],
    ]),
  );
  const edges = Array.from({ length: MAX_HELD / 2_000 }, () => joined(reports));
  for (const edge of edges) reports.take(edge, many, 0);
  const late = joined(reports);
  reports.take(late, many, 0);
  assert.deepEqual(reports.of(late), { rate: 0, errors: 0 });
  reports.remove(edges[0]!);
  reports.take(late, many, 0);
  assert.deepEqual(reports.of(late), { rate: 1_000, errors: 0 });
});

test('a host that is named again and again leaves room for the reports of others', () => {
  const reports = new LoadReports();
  reports.want(wanted('a'));
  const [liar, honest] = [joined(reports), joined(reports)];
  const one = stats('a', [[0, 0, 1]]);
  reports.take(liar, Array<typeof one>(MAX_HELD + 1).fill(one), 0);
  reports.take(
    honest,
    [
      stats('a', [
        [0, 0, 1],
        [0, 0, 2],
      ]),
    ],
    0,
  );
  assert.deepEqual(readAt(reports, 0), [`10.0.0.1:80 0 0 ${MAX_ASKED_HOSTS + 1}`, '10.0.0.2:80 0 0 2']);
});
