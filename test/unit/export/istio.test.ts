/** `export --to istio`: what each part of a policy becomes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, parseAllDocuments } from 'yaml';
import { shop } from '../cli/shop.ts';
import { argv, hash, run, twoBackends, utilization, withPolicy } from './istio-shop.ts';

const HTTP = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

interface Patch {
  readonly applyTo: string;
  readonly match: Record<string, unknown>;
  readonly patch: { readonly operation: string; readonly value: Record<string, never> };
}
interface Explicit {
  readonly explicit_http_config: object;
}
const patchesIn = (text: string): Patch[] =>
  parseAllDocuments(text)
    .map((one) => one.toJS())
    .filter((one) => one?.kind === 'EnvoyFilter')
    .flatMap((one) => one.spec.configPatches);

async function patchesOf(text: string): Promise<Patch[]> {
  const { code, stdout, stderr } = await run(argv, text);
  assert.equal(code, 0, stderr);
  return patchesIn(stdout);
}

const balancers: readonly (readonly [string, object])[] = [
  [hash, { lb_policy: 'MAGLEV', maglev_lb_config: { table_size: 65537 } }],
  ['  loadBalancer: {type: Random}\n', { lb_policy: 'RANDOM' }],
  [
    '  loadBalancer: {type: RoundRobin, slowStart: {window: 5s}}\n',
    { lb_policy: 'ROUND_ROBIN', round_robin_lb_config: { slow_start_config: { slow_start_window: '5s' } } },
  ],
];
for (const [spec, expected] of balancers)
  test(`a balancer in the fields that Istio writes: ${spec.trim().split('\n').join(' ')}`, async () => {
    const found = (await patchesOf(withPolicy(spec))).filter(({ applyTo }) => applyTo === 'CLUSTER');
    assert.deepEqual(
      found.map(({ match, patch }) => [match, patch]),
      [
        [
          {
            context: 'GATEWAY',
            cluster: { service: 'shop.default.svc.cluster.local', portNumber: 3000 },
          },
          { operation: 'MERGE_AND_REPLACE_LIST', value: expected },
        ],
      ],
    );
  });

test('BackendUtilization: the balancer, the report filter, reports removed on both sides', async () => {
  const found = await patchesOf(withPolicy(utilization));
  assert.deepEqual(
    found.map(({ applyTo, patch }) => `${applyTo} ${patch.operation}`),
    [
      'NETWORK_FILTER MERGE',
      'HTTP_FILTER INSERT_FIRST',
      'CLUSTER MERGE_AND_REPLACE_LIST',
      'HTTP_ROUTE MERGE',
    ],
  );
  const cluster = JSON.stringify(found[2]?.patch.value);
  for (const part of [
    'client_side_weighted_round_robin',
    '"explicit_http_config":{"http_protocol_options":{"enable_trailers":true}}',
    '\\"cluster\\":\\"outbound|3000||shop.default.svc.cluster.local\\"',
    '"filename":"/w.wasm"',
  ])
    assert.ok(cluster.includes(part), `${part} in ${cluster}`);
  const route = found[3]!;
  assert.deepEqual(route.match, {
    context: 'GATEWAY',
    routeConfiguration: { vhost: { route: { name: 'default.shop.0' } } },
  });
  assert.deepEqual(route.patch.value.response_headers_to_remove, [
    'endpoint-load-metrics',
    'endpoint-load-metrics-bin',
  ]);
});

test('HTTP/2 stays HTTP/2', async () => {
  const text = withPolicy(utilization).replace('port: 3000}', 'port: 3000, appProtocol: kubernetes.io/h2c}');
  const cluster = (await patchesOf(text)).find(({ applyTo }) => applyTo === 'CLUSTER');
  const options = cluster?.patch.value.typed_extension_protocol_options?.[HTTP];
  assert.deepEqual(Object.keys((options as never as Explicit).explicit_http_config), [
    'http2_protocol_options',
  ]);
});

test('a GRPCRoute speaks HTTP/2 to its Service, whatever the port is called', async () => {
  const text = shop
    .split('---\n')
    .filter((one) => !one.includes('BackendTrafficPolicy'))
    .join('---\n')
    .replace('kind: HTTPRoute', 'kind: GRPCRoute');
  const found = await patchesOf(text);
  assert.deepEqual(
    found.map(({ applyTo, patch }) => [applyTo, Object.keys(patch.value)]),
    [['CLUSTER', ['typed_extension_protocol_options']]],
  );
});

test('keys, retries and time limits are on the route, in place of what Istio has there', async () => {
  const spec = `${hash.replace('Header\n', 'Headers\n').replace('header: {name: x-user}', 'headers: [{name: a}, {name: b}]')}  retry: {numRetries: 3}
  timeout: {http: {requestTimeout: 9s}}
`;
  const route = (await patchesOf(withPolicy(spec))).find(({ applyTo }) => applyTo === 'HTTP_ROUTE');
  assert.equal(route?.patch.operation, 'MERGE_AND_REPLACE_LIST');
  const value = route?.patch.value.route as unknown as Record<string, unknown>;
  assert.deepEqual(value.hash_policy, [{ header: { header_name: 'a' } }, { header: { header_name: 'b' } }]);
  assert.equal(value.timeout, '9s');
  assert.equal((value.retry_policy as { num_retries: number }).num_retries, 3);
  assert.equal(
    value.weighted_clusters,
    undefined,
    'one backend is no split: the patch would break the route',
  );
});

test('the split by weights follows the key, where there is one', async () => {
  const route = (await patchesOf(twoBackends(shop))).find(({ applyTo }) => applyTo === 'HTTP_ROUTE');
  const action = route?.patch.value.route as never as { weighted_clusters: unknown };
  assert.deepEqual(action.weighted_clusters, { use_hash_policy: true });
});

test('the module: a ConfigMap, and what Istio merges into the Deployment of a gateway', async () => {
  const { stdout } = await run(
    [...argv.slice(0, -2), '--engine-version', 'v1.31.2'],
    withPolicy(utilization),
  );
  const [filter, gateway] = parseAllDocuments(stdout).map((one) => one.toJS());
  const [file = ''] = Object.keys(filter.binaryData);
  assert.match(file, /^loadstar-report-[0-9a-f]{10}\.wasm$/);
  const { template } = parse(gateway.data.deployment).spec;
  assert.deepEqual(template.spec.volumes, [{ name: 'loadstar', configMap: { name: 'loadstar' } }]);
  assert.equal(template.spec.containers[0].name, 'istio-proxy');
  assert.equal(template.metadata.annotations['loadstar/module'], file.slice(16, 26));
  assert.ok(
    stdout.includes(`"filename":"/etc/loadstar/${file}"`) ||
      stdout.includes(`filename: /etc/loadstar/${file}`),
  );
});

test('versions before 1.31 are refused', async () => {
  const { code, stderr } = await run([...argv, '--engine-version', '1.30'], shop);
  assert.equal(code, 2);
  assert.match(stderr, /--engine-version must be 1\.31/);
});
