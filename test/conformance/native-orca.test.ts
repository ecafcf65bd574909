/**
 * What explain says native Envoy makes of a load report, held against a running Envoy: its own words for each
 * refusal (in its trace log), its error where a parsed report has no effect, and the weight it gives the
 * host.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Backend } from '../../demo/fakes/backend.ts';
import { http1 } from '../../demo/fakes/http1.ts';
import { nativeVerdict } from '../../host/explain/native-orca.ts';
import { type Bootstrap, Envoy } from '../support/envoy.ts';
import { eventually, sleep } from '../support/eventually.ts';

const PLAIN = 'endpoint-load-metrics';
const BINARY = 'endpoint-load-metrics-bin';
const metricNames = ['named_metrics.kv', 'utilization.gpu'];

/** The documents' own three, Envoy's parser tests, and what services are seen to send. */
const reports: readonly (readonly [name: string, value: string])[] = [
  [PLAIN, 'TEXT cpu=0.3,mem=0.8,foo_bytes=123'],
  [PLAIN, 'JSON {"cpu_utilization": 0.3, "mem_utilization": 0.8}'],
  [BINARY, 'Cg4KCHNvbWUta2V5Eg0AAAAAAADwPw=='],
  [PLAIN, 'TEXT cpu_utilization=0.5,rps_fractional=100'],
  [PLAIN, 'TEXT cpu_utilization:0.5,rps_fractional:300,utilization.a=0.3'],
  [PLAIN, 'TEXT cpu_utilization=0.5,application_utilization=0.25,rps_fractional=100'],
  [PLAIN, 'TEXT cpu_utilization=0.5,named_metrics.kv=0.1,utilization.gpu=0.2,rps_fractional=100'],
  [PLAIN, 'TEXT cpu_utilization=0.5,eps=10,rps_fractional=100'],
  [PLAIN, 'TEXT cpu_utilization = 0.5'],
  [PLAIN, 'TEXT cpu_utilization= 0.5,rps_fractional=7'],
  [PLAIN, 'TEXT  cpu_utilization=0.5 , rps_fractional=8'],
  [PLAIN, 'text cpu_utilization=0.5'],
  [PLAIN, 'cpu_utilization=0.5'],
  [PLAIN, 'application_utilization:4,named_metrics.queue_depth:4'],
  [PLAIN, '{"cpu_utilization":0.5}'],
  [PLAIN, 'TEXT cpu_utilization=nan'],
  [PLAIN, 'TEXT cpu_utilization=-1'],
  [PLAIN, 'TEXT cpu_utilization=inf'],
  [PLAIN, 'TEXT cpu_utilization=1e400'],
  [PLAIN, 'TEXT cpu_utilization=0x10,rps_fractional=32'],
  [PLAIN, 'TEXT cpu_utilization=+0.5'],
  [PLAIN, 'TEXT cpu_utilization=.5,rps_fractional=9.'],
  [PLAIN, 'TEXT cpu_utilization="0.5"'],
  [PLAIN, 'TEXT cpu_utilization='],
  [PLAIN, 'TEXT =0.5'],
  [PLAIN, 'TEXT abc'],
  [PLAIN, 'TEXT named_metrics.=1'],
  [PLAIN, 'TEXT utilization.=1'],
  [PLAIN, 'TEXT named_metrics.kv_cache_usage_perc=0.5, named_metrics.num_requests_waiting=3'],
  [PLAIN, 'TEXT named_metrics.a=0.5,named_metrics.a=0.6'],
  [PLAIN, 'TEXT cpu_utilization=0.5,,rps_fractional=10'],
  [PLAIN, 'TEXT request_cost.a=1'],
  [PLAIN, 'TEXT rps=1'],
  [PLAIN, 'TEXT rps_fractional=1'],
  [PLAIN, 'TEXT'],
  [PLAIN, 'JSON {"cpuUtilization":"0.5","rpsFractional":11}'],
  [PLAIN, 'JSON {"cpu":0.5}'],
  [PLAIN, 'JSON {"cpu_utilization":-1,"rps_fractional":1}'],
  [PLAIN, 'JSON {"cpu_utilization":true}'],
  [PLAIN, 'JSON nope'],
  [PLAIN, 'JSON {"named_metrics":{"a":0.4},"rps":5}'],
  [PLAIN, 'BIN Cg4KCHNvbWUta2V5Eg0AAAAAAADwPw=='],
  [PLAIN, 'BIN CQAAAAAAAOA/MQAAAAAAAFlAOQAAAAAAAABAQg4KA3JpZhEAAAAAAAAQQA'],
  [BINARY, 'CQAAAAAAAOA/MQAAAAAAAFlAOQAAAAAAAABAQg4KA3JpZhEAAAAAAAAQQA=='],
  [BINARY, '!!!!'],
  [BINARY, ''],
  [PLAIN, ''],
  [PLAIN, 'BAD x'],
  [PLAIN, 'BADBAD'],
];

const type = (name: string): string => `type.googleapis.com/envoy.extensions.${name}`;

const bootstrap = (backend: Backend): Bootstrap => ({
  static_resources: {
    listeners: [
      {
        name: 'main',
        address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
        filter_chains: [
          {
            filters: [
              {
                name: 'envoy.filters.network.http_connection_manager',
                typed_config: {
                  '@type': type('filters.network.http_connection_manager.v3.HttpConnectionManager'),
                  stat_prefix: 'main',
                  route_config: {
                    virtual_hosts: [
                      {
                        name: 'all',
                        domains: ['*'],
                        routes: [{ match: { prefix: '/' }, route: { cluster: 'c' } }],
                      },
                    ],
                  },
                  http_filters: [
                    {
                      name: 'envoy.filters.http.router',
                      typed_config: { '@type': type('filters.http.router.v3.Router') },
                    },
                  ],
                },
              },
            ],
          },
        ],
      } as object,
    ],
    clusters: [
      {
        name: 'c',
        type: 'STATIC',
        load_assignment: {
          cluster_name: 'c',
          endpoints: [
            {
              lb_endpoints: [
                {
                  endpoint: {
                    address: { socket_address: { address: backend.address, port_value: backend.port } },
                  },
                },
              ],
            },
          ],
        },
        load_balancing_policy: {
          policies: [
            {
              typed_extension_config: {
                name: 'envoy.load_balancing_policies.client_side_weighted_round_robin',
                typed_config: {
                  '@type': type(
                    'load_balancing_policies.client_side_weighted_round_robin.v3.ClientSideWeightedRoundRobin',
                  ),
                  blackout_period: '0s',
                  weight_update_period: '0.1s',
                  metric_names_for_computing_utilization: metricNames,
                },
              },
            },
          ],
        },
      },
    ],
  },
});

let backend: Backend;
let envoy: Envoy;
/** What the host weighs by the reports so far. */
let weight = 1;
let errorSeen = false;

before(async () => {
  backend = await Backend.start();
  backend.reply = ({ path }) => ({ headers: [reports[Number(path.slice(1))]!] });
  envoy = await Envoy.start(bootstrap(backend), { logLevel: 'trace' });
});
after(async () => {
  await envoy?.stop();
  await backend?.stop();
});

const hostWeight = async (): Promise<number> => {
  const body = JSON.parse(await envoy.admin.text('/clusters?format=json')) as {
    cluster_statuses: { name: string; host_statuses: { weight?: number }[] }[];
  };
  return body.cluster_statuses.find(({ name }) => name === 'c')?.host_statuses[0]?.weight ?? 0;
};

for (const [i, [name, value]] of reports.entries()) {
  test(`${name === BINARY ? 'binary: ' : ''}${value}`, async () => {
    const verdict = nativeVerdict(name, value, metricNames);
    const from = envoy.log.length;
    assert.equal((await http1({ port: envoy.port('main'), path: `/${i}` })).status, 200);
    const said = await eventually('Envoy logs what it made of the report', () => {
      const lines = envoy.log.slice(from).split('\n');
      const line = lines.find((l) => /orca_load_report for|Headers don't have orca load report/.test(l));
      if (line === undefined) throw new Error('not yet');
      return { line, all: lines.join('\n') };
    });
    switch (verdict.kind) {
      case 'refused':
        assert.ok(
          said.line.replace(/\s+/g, ' ').includes(`orca load report: ${verdict.error.split(':')[0]!.trim()}`),
          said.line,
        );
        if (!verdict.error.startsWith('invalid JSON'))
          assert.ok(said.line.trimEnd().endsWith(verdict.error.trimEnd()));
        return;
      case 'no-effect':
        assert.match(said.line, /orca_load_report for/);
        // Envoy logs this error at most every few seconds, so only the first can be waited for.
        if (!errorSeen) {
          await eventually('Envoy logs the error', () =>
            assert.ok(envoy.log.slice(from).includes(`onOrcaLoadReport failed: ${verdict.error}`)),
          );
          errorSeen = true;
        }
        for (let i = 0; i < 5; i++) {
          assert.equal(await hostWeight(), weight, 'the weight stays as it was');
          await sleep(60);
        }
        return;
      case 'weight':
        assert.match(said.line, /orca_load_report for/);
        await eventually('the host has the weight', async () =>
          assert.equal(await hostWeight(), verdict.weight),
        );
        weight = verdict.weight;
    }
  });
}
