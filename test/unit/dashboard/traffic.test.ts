/** Rates, shares and remarks from counters, and lines that never grow beyond their rings. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as build from '../../../demo/fakes/manifests.ts';
import { ClustersReader } from '../../../host/dashboard/clusters-page.ts';
import { HISTORY_SECONDS } from '../../../host/dashboard/contract.ts';
import { readStats } from '../../../host/dashboard/envoy-pages.ts';
import { Lines, MAX_LINES } from '../../../host/dashboard/lines.ts';
import { overviewOf } from '../../../host/dashboard/overview.ts';
import { type ShownPool, Traffic } from '../../../host/dashboard/traffic-history.ts';
import { translate } from '../../../host/translate.ts';
import { nativeOptions } from '../../support/engine-options.ts';
import { service } from '../../support/manifests.ts';

const HOSTS = ['10.0.0.1', '10.0.0.2'];

function pool(policy: build.Manifest): ShownPool {
  const text = build.render([
    build.gatewayClass,
    build.gateway('eg', [build.listener('http', 8080)]),
    ...service(
      'backend',
      HOSTS.map((address) => ({ address, port: 3000 })),
    ),
    build.httpRoute('shop', [build.rule('/')]),
    build.policy('shop', [build.target('HTTPRoute', 'shop')], policy),
  ]);
  const { plan } = translate([{ file: 'all.yaml', text }], { ...nativeOptions, strict: false });
  const about = { program: 'run', version: '', gateway: '', gateways: [''] } as const;
  return { row: overviewOf({ plan, labels: new Map() }, about).pools[0]!, pool: plan.pools[0]! };
}

type Counts = readonly [total: number, errors: number, health?: string];
function sample(at: number, { row }: ShownPool, counts: readonly Counts[], stats = '') {
  const lines = counts.flatMap(([total, errors, health = 'healthy'], i) => {
    const host = `${row.id}::${HOSTS[i]}:3000`;
    return [
      `${host}::cx_active::0`,
      `${host}::rq_error::${errors}`,
      `${host}::rq_total::${total}`,
      `${host}::health_flags::${health}`,
    ];
  });
  const page = Buffer.from(lines.join('\n'));
  const clusters = new ClustersReader().read(page, { has: () => true });
  return { at, clusters, stats: readStats(stats) };
}

const robin = pool(build.lb('RoundRobin'));

test('rates and shares are of the last ten seconds', () => {
  const traffic = new Traffic();
  traffic.add(
    sample(0, robin, [
      [1_000, 0],
      [9_000, 0],
    ]),
  );
  traffic.add(
    sample(10_000, robin, [
      [1_100, 0],
      [9_100, 0],
    ]),
  );
  traffic.add(
    sample(20_000, robin, [
      [1_200, 0],
      [9_400, 30],
    ]),
  );
  const [first, second] = traffic.hosts(robin);
  assert.deepEqual([first!.rate, second!.rate], [10, 30]);
  assert.deepEqual([first!.share, second!.share], [0.25, 0.75]);
  assert.equal(second!.errors, 0.1);
  assert.match(second!.remark, /gets 75\.0 %, 50\.0 % is due/);
  assert.equal(traffic.pool(robin).rate, 40);
});

test('counters that begin anew give no negative rate', () => {
  const traffic = new Traffic();
  traffic.add(
    sample(0, robin, [
      [500, 5],
      [500, 5],
    ]),
  );
  traffic.add(
    sample(10_000, robin, [
      [20, 0],
      [700, 5],
    ]),
  );
  assert.deepEqual(
    traffic.hosts(robin).map(({ rate }) => rate),
    [2, 20],
  );
});

test('chance is not remarked, few requests say nothing, an unhealthy host is named', () => {
  const traffic = new Traffic();
  traffic.add(
    sample(0, robin, [
      [0, 0],
      [0, 0],
    ]),
  );
  traffic.add(
    sample(10_000, robin, [
      [52, 0],
      [48, 0],
    ]),
  );
  assert.equal(traffic.pool(robin).remark, '');
  traffic.add(
    sample(30_000, robin, [
      [52, 0],
      [60, 0, '/failed_active_hc'],
    ]),
  );
  assert.match(traffic.pool(robin).remark, /10\.0\.0\.2:3000: unhealthy \(failed_active_hc\)/);
  assert.equal(traffic.pool(robin).healthy, 1);
});

test('by load reports: utilization is shown, and nothing is said to be due', () => {
  const orca = pool(build.lb('BackendUtilization', { backendUtilization: {} }));
  const gauge = (name: string, host: string, value: number) =>
    `wasmcustom.loadstar_host_${name}.cluster.${orca.row.id}.host.${host}:3000: ${value}\n`;
  const stats = HOSTS.map(
    (host, i) => gauge('rps_milli', host, 10_000) + gauge('utilization_permille', host, i === 0 ? 900 : 300),
  );
  const traffic = new Traffic();
  traffic.add(
    sample(
      0,
      orca,
      [
        [0, 0],
        [0, 0],
      ],
      stats.join(''),
    ),
  );
  assert.deepEqual(
    traffic.hosts(orca).map(({ due, remark }) => [due, remark]),
    [
      [undefined, ''],
      [undefined, ''],
    ],
  );
  assert.deepEqual(
    traffic.hosts(orca).map(({ utilization }) => utilization),
    [0.9, 0.3],
  );
});

test('lines keep fifteen minutes, forget hosts that are gone, and have a cap', () => {
  const lines = new Lines();
  for (let i = 0; i <= HISTORY_SECONDS; i++)
    lines.add(i * 1_000, (record) => {
      record('a', i, undefined);
      if (i < 30) record('b', i, 0.5);
    });
  const read = () => lines.of(['a', 'b'].map((host) => ({ host, key: host })));
  assert.equal(read().times.length, HISTORY_SECONDS / 3);
  assert.equal(read().hosts[0]!.rate.at(-1), HISTORY_SECONDS);
  assert.deepEqual(read().hosts[1]!.utilization.slice(0, 12), [...Array(9).fill(0.5), null, null, null]);
  lines.add(2 * HISTORY_SECONDS * 1_000, (record) => {
    for (let i = 0; i <= MAX_LINES; i++) record(`host ${i}`, 1, undefined);
  });
  assert.equal(lines.of([{ host: 'last', key: `host ${MAX_LINES}` }]).hosts.length, 0);
});
