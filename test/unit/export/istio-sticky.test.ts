/** `export --to istio`: sticky until hot, where it is carried over, and where it is told as lost. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { shop } from '../cli/shop.ts';
import { argv, ref, run, twoBackends } from './istio-shop.ts';

interface Patch {
  readonly applyTo: string;
  readonly match: object;
  readonly patch: { readonly operation: string; readonly value: Record<string, never> };
}
interface Filter {
  readonly targets: readonly string[];
  readonly patches: readonly Patch[];
}

const sticky = 'loadstar/utilization-target: "0.8"';
const annotated = (text: string, annotations = sticky) =>
  text.replace('metadata: {name: sticky}', `metadata: {name: sticky, annotations: {${annotations}}}`);
const chat = annotated(shop);

/** Another route to the Service, with a policy of its own. Its host name makes it the first. */
const second = (policy: string, annotations = '', gateway = 'eg') => `---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: other}
spec:
  parentRefs: [{name: ${gateway}}]
  hostnames: [other.example.com]
  rules: [{backendRefs: [{name: shop, port: 3000}]}]
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: BackendTrafficPolicy
metadata: {name: second, annotations: {${annotations}}}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: other}]
  loadBalancer: ${policy}
`;
const byUser = '{type: ConsistentHash, consistentHash: {type: Header, header: {name: x-user}}}';
const byCart = '{type: ConsistentHash, consistentHash: {type: Cookie, cookie: {name: cart, ttl: 1h}}}';

async function exported(text: string): Promise<{ filters: Filter[]; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await run(argv, text);
  assert.equal(code, 0, stderr);
  const filters = parseAllDocuments(stdout)
    .map((one) => one.toJS())
    .filter((one) => one?.kind === 'EnvoyFilter')
    .map(({ spec }) => ({
      targets: spec.targetRefs.map(({ name }: { name: string }) => name),
      patches: spec.configPatches,
    }));
  return { filters, stdout, stderr };
}
async function patchesOf(text: string): Promise<readonly Patch[]> {
  const { filters } = await exported(text);
  assert.equal(filters.length, 1);
  return filters[0]!.patches;
}

/** What the filter is told, and the routes that it is on for. */
function use(patches: readonly Patch[]) {
  const select = patches.filter(({ patch }) => String(patch.value.name) === 'loadstar.select');
  const on = patches.filter(({ patch }) => JSON.stringify(patch.value).includes('"loadstar.select":'));
  const texts = select.map(({ patch }) => {
    const { configuration } = (patch.value as never as { typed_config: { config: Configured } }).typed_config
      .config;
    return JSON.parse(configuration.value);
  });
  return {
    configs: texts,
    routes: on.map(({ match }) => /"route":\{"name":"([^"]*)"/.exec(JSON.stringify(match))?.[1]),
  };
}
interface Configured {
  readonly configuration: { readonly value: string };
}

test('the filter stands before the router, off, and a route switches it on', async () => {
  const patches = await patchesOf(annotated(shop, `${sticky}, loadstar/report-format: json`));
  assert.deepEqual(
    patches.map(({ applyTo, patch }) => `${applyTo} ${patch.operation}`),
    [
      'NETWORK_FILTER MERGE',
      'HTTP_FILTER INSERT_FIRST',
      'HTTP_FILTER INSERT_BEFORE',
      'CLUSTER MERGE_AND_REPLACE_LIST',
      'HTTP_ROUTE MERGE',
      'HTTP_ROUTE MERGE_AND_REPLACE_LIST',
    ],
  );
  const [, , select, cluster, added, replaced] = patches as [Patch, Patch, Patch, Patch, Patch, Patch];
  assert.equal(select.patch.value.disabled, true);
  assert.match(JSON.stringify(select.match), /"subFilter":\{"name":"envoy\.filters\.http\.router"\}/);
  assert.match(JSON.stringify(select.patch.value), /"filename":"\/w\.wasm"/);
  const value: Record<string, unknown> = cluster.patch.value;
  assert.equal(value.lb_policy, 'MAGLEV');
  assert.deepEqual(value.maglev_lb_config, { table_size: 65537 });
  assert.match(JSON.stringify(value.typed_extension_protocol_options), /"enable_trailers":true/);
  assert.deepEqual(use(patches), {
    configs: [
      {
        role: 'select',
        tables: [{ size: 65537, localityWeighted: false, localities: [] }],
        policies: [
          {
            cluster: 'outbound|3000||shop.default.svc.cluster.local',
            table: 0,
            hash: [{ header: 'x-user' }],
            sticky: { target: 0.8, bound: 2.5, hops: 8 },
          },
        ],
      },
    ],
    routes: ['default.shop.0'],
  });
  assert.deepEqual(added.patch.value.request_headers_to_add, [
    {
      header: { key: 'endpoint-load-metrics-format', value: 'json' },
      append_action: 'OVERWRITE_IF_EXISTS_OR_ADD',
    },
  ]);
  // The filter reads them first; the strip filter, which stands before it, removes them then.
  assert.equal(added.patch.value.response_headers_to_remove, undefined);
  assert.deepEqual((replaced.patch.value as never as { route: { hash_policy: object } }).route.hash_policy, [
    { filter_state: { key: 'envoy.filters.listener.original_dst.remote_ip' }, terminal: true },
    { header: { header_name: 'x-user' } },
  ]);
});

test('nothing of it is lost, and the module is the one for all roles', async () => {
  const { code, stdout, stderr } = await run(['export', '--to', 'istio', '-f', '-', '--strict'], chat);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^# {3}added.*\n# +sticky until hot \(filter\)/m);
  const [filter] = parseAllDocuments(stdout).map((one) => one.toJS());
  assert.match(Object.keys(filter.binaryData).join(), /^loadstar-[0-9a-f]{10}\.wasm$/);
});

test('without it there is no filter', async () => {
  assert.deepEqual(use(await patchesOf(shop)), { configs: [], routes: [] });
});

test('a GRPCRoute keeps HTTP/2', async () => {
  const text = chat.replaceAll('kind: HTTPRoute', 'kind: GRPCRoute');
  const patches = await patchesOf(text);
  assert.deepEqual(use(patches).routes, ['default.shop.0']);
  const cluster = JSON.stringify(patches.find(({ applyTo }) => applyTo === 'CLUSTER')?.patch.value);
  assert.match(cluster, /"explicit_http_config":\{"http2_protocol_options"/);
});

test('a rule without a policy does not take the balancer from one with it', async () => {
  const text = chat
    .replaceAll('kind: HTTPRoute', 'kind: GRPCRoute')
    .replace(
      '  rules:\n  - backendRefs',
      `  rules:\n  - backendRefs: [{name: shop, port: 3000}]\n  - name: chat\n    backendRefs`,
    )
    .replace('kind: GRPCRoute, name: shop}', 'kind: GRPCRoute, name: shop, sectionName: chat}');
  const { filters, stderr } = await exported(text);
  assert.doesNotMatch(stderr, /loses/);
  assert.deepEqual(use(filters[0]!.patches).routes, ['chat']);
});

test('two policies that want the same share one of the filter', async () => {
  const found = use(await patchesOf(chat + second(byUser, sticky)));
  assert.equal(found.configs[0]?.policies.length, 1);
  assert.deepEqual(found.routes, ['default.other.0', 'default.shop.0']);
});

test('a policy that is not sticky is left alone beside one that is, whichever is first', async () => {
  for (const [text, on] of [
    [chat + second(byUser), 'default.shop.0'],
    [shop + second(byUser, sticky), 'default.other.0'],
  ] as const) {
    const { filters, stderr } = await exported(text);
    assert.deepEqual(use(filters[0]!.patches).routes, [on]);
    assert.doesNotMatch(stderr, /loses.*(sticky until hot|Istio has one place)/);
  }
});

test('each Gateway has its own', async () => {
  const gateway = `---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: two}
spec:
  gatewayClassName: eg
  listeners: [{name: http, protocol: HTTP, port: 81}]
`;
  const { filters, stderr } = await exported(chat + gateway + second(byCart, sticky, 'two'));
  assert.doesNotMatch(stderr, /loses/);
  const found = filters.map(({ targets, patches }) => [
    ...targets,
    ...use(patches).routes,
    JSON.stringify(use(patches).configs[0].policies[0].hash),
  ]);
  assert.deepEqual(found, [
    ['eg', 'default.shop.0', '[{"header":"x-user"}]'],
    ['two', 'default.other.0', '[{"cookie":"cart","set":"Max-Age=3600; HttpOnly"}]'],
  ]);
});

const SECOND = 'BackendTrafficPolicy default/second';
const edited = (filter: string) => chat.replace(ref, `${ref}\n    filters: [${filter}]`);
const lost: readonly (readonly [title: string, text: string, what: RegExp, on: readonly string[]])[] = [
  [
    'several backends of a rule',
    twoBackends(chat),
    /default\/sticky loses on Istio 1\.31: sticky until hot, since Istio splits its rule among several backends/,
    [],
  ],
  [
    'another balancer of the Service',
    chat + second('{type: Random}'),
    new RegExp(`default/sticky loses.*its Service has the balancer of ${SECOND} there`),
    [],
  ],
  [
    'another key of the Service',
    chat + second(byCart, sticky),
    new RegExp(`default/sticky loses.*its Service has the key of ${SECOND} there`),
    ['default.other.0'],
  ],
  [
    'other settings for the Service',
    chat + second(byUser, 'loadstar/utilization-target: "0.5"'),
    new RegExp(
      `default/sticky loses.*its own settings of sticky until hot; its Service has those of ${SECOND}`,
    ),
    ['default.other.0', 'default.shop.0'],
  ],
  [
    'a host that the client names',
    `${chat}    endpointOverride: {extractFrom: [{header: x-host}]}\n`,
    /default\/sticky loses.*a client may name the host/,
    [],
  ],
  [
    'a key that its rule changes',
    edited('{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: x-user, value: a}]}}'),
    /default\/sticky loses.*the filter cannot read its key as Envoy hashes it/,
    [],
  ],
  [
    'reports that its rule removes',
    edited('{type: ResponseHeaderModifier, responseHeaderModifier: {remove: [Endpoint-Load-Metrics]}}'),
    /default\/sticky loses.*load reports in headers, which its rule removes before they are read/,
    ['default.shop.0'],
  ],
];
for (const [title, text, what, on] of lost)
  test(`told as lost: ${title}`, async () => {
    const { filters, stderr } = await exported(text);
    assert.match(stderr, what);
    assert.deepEqual(use(filters[0]!.patches).routes, on);
    assert.equal((await run([...argv, '--strict'], text)).code, 1);
  });
