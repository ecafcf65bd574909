import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostKey, readStats } from '../../../host/dashboard/envoy-pages.ts';

test('statistics of the filter and times of clusters', () => {
  const { counters, gauges, times } = readStats(`wasmcustom.loadstar_picks_total: 4
cluster.first.wasmcustom.loadstar_keys_absent_total: 3
wasmcustom.loadstar_host_shed_permille.cluster.a/to/web.host.127.0.0.1:3000: 250
cluster.a/to/web.upstream_rq_time: P0(1,1) P25(1.025,1) P50(2.05,1.5) P75(3,2) P90(4,3) P99(8.1,9) P100(9,10)
cluster.b.upstream_rq_time: P0(nan,1) P50(nan,1.5) P99(nan,2)
cluster.c.upstream_rq_time: No recorded values
`);
  // Before 1.38 they stand below a cluster.
  assert.deepEqual(
    [...counters],
    [
      ['loadstar_picks_total', 4],
      ['loadstar_keys_absent_total', 3],
    ],
  );
  assert.equal(gauges.get('loadstar_host_shed_permille')?.get(hostKey('a/to/web', '127.0.0.1:3000')), 250);
  assert.deepEqual(times.get('a/to/web'), { p50: 2.05, p99: 8.1 });
  assert.deepEqual(times.get('b'), { p50: undefined, p99: undefined });
  assert.deepEqual(times.get('c'), { p50: undefined, p99: undefined });
});

test('times that did not change are the ones of before', () => {
  const line = (p50: number) => `cluster.a.upstream_rq_time: P50(${p50},1) P99(9,9)\n`;
  const first = readStats(line(1));
  assert.equal(readStats(line(1), first).times.get('a'), first.times.get('a'));
  assert.deepEqual(readStats(line(2), first).times.get('a'), { p50: 2, p99: 9 });
});
