import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostKey, readClusters, readStats } from '../../../host/dashboard/envoy-pages.ts';

const PAGE = `a/to/web::observability_name::a/to/web
a/to/web::default_priority::max_connections::1024
a/to/web::127.0.0.1:3000::rq_total::12
a/to/web::127.0.0.1:3000::rq_error::2
a/to/web::127.0.0.1:3000::rq_active::1
a/to/web::127.0.0.1:3000::health_flags::healthy
a/to/web::[2001:db8::1]:3000::rq_total::7
a/to/web::[2001:db8::1]:3000::health_flags::/failed_active_hc/failed_outlier_check
other::127.0.0.9:1::rq_total::5
a line of something else
`;

test('counts of the hosts of wanted clusters', () => {
  const clusters = readClusters(PAGE, (name) => name === 'a/to/web');
  assert.deepEqual([...clusters.keys()], ['a/to/web']);
  assert.deepEqual(
    [...clusters.get('a/to/web')!],
    [
      ['127.0.0.1:3000', { total: 12, errors: 2, inFlight: 1, why: '' }],
      [
        '[2001:db8::1]:3000',
        { total: 7, errors: 0, inFlight: 0, why: 'failed_active_hc, failed_outlier_check' },
      ],
    ],
  );
});

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
