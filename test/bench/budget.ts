/**
 * The exact part of what the filter costs: bytes of the module, exported callbacks, host calls and
 * allocations per request, counted in the compiled module. No times. `node --import tsx test/bench/budget.ts`
 * prints what is now, in the form of budget.json: change that file on purpose, with the reason in the commit.
 */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Vm } from '../../host/wasm/vm.ts';
import { type Calls, counted } from './support/counting.ts';
import { configure, freshVm, moduleBytes } from './support/module.ts';

type Headers = readonly (readonly [string, string])[];

interface Scenario {
  readonly plugin: 'only' | 'several' | 'cookie' | 'made' | 'query' | 'source' | 'sticky' | 'busy' | 'report';
  readonly request?: Headers;
  readonly response?: Headers;
  readonly trailers?: Headers;
  /** So many of them came before, since the last tick. */
  readonly earlier?: number;
}

export interface Budget {
  /** The module may not be larger. */
  readonly moduleBytesAtMost: number;
  /** Callbacks that Envoy finds in each module: each is an entry into V8 for a request or a stream. */
  readonly callbacks: Readonly<Record<string, readonly string[]>>;
  /** Host calls of one request with its response, from context_create to delete, by scenario. */
  readonly hostCalls: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Bytes that memory grows by over `requests` requests of every scenario: an allocation each would show. */
  readonly growth: { readonly requests: number; readonly bytes: number };
}

const pseudo: Headers = [
  [':method', 'GET'],
  [':path', '/cart?user=u1'],
  [':authority', 'www.example.com'],
];
const orca = (value: string): Headers => [['endpoint-load-metrics', value]];

/** What happens to a request. Names are keys of budget.json. */
const scenarios: Readonly<Record<string, Scenario>> = {
  'header key, one policy': { plugin: 'only', request: [['foobar', 'user-1']] },
  'header key, several policies': { plugin: 'several', request: [['foobar', 'user-1']] },
  'header key, absent': { plugin: 'only' },
  'cookie key': { plugin: 'cookie', request: [['cookie', 'a=b; session=xyz']] },
  'cookie key, absent': { plugin: 'cookie' },
  'cookie key, made': { plugin: 'made' },
  'query key': { plugin: 'query' },
  'source IP key': { plugin: 'source' },
  'sticky until hot': {
    plugin: 'sticky',
    request: [['foobar', 'user-1']],
    response: orca('TEXT cpu_utilization=0.3'),
  },
  'sticky until hot, no report': { plugin: 'sticky', request: [['foobar', 'user-1']], response: [] },
  'sticky until hot, not watched': {
    plugin: 'busy',
    // Its home is the host that answers here.
    request: [['foobar', 'user-2']],
    response: orca('TEXT cpu_utilization=0.3'),
    earlier: 8,
  },
  'response without a report': { plugin: 'report', response: [] },
  'report Envoy takes': { plugin: 'report', response: orca('TEXT cpu_utilization=0.3,rps_fractional=10.5') },
  'report repaired': { plugin: 'report', response: orca('TEXT cpu=0.3,mem=0.8,foo_bytes=123') },
  'report refused': { plugin: 'report', response: orca('TEXT cpu_utilization=much') },
  'report repaired in trailers': { plugin: 'report', response: [], trailers: orca('TEXT cpu=0.3') },
};

const hosts = [1, 2, 3, 4].map((i) => [`127.0.0.1:300${i}`, 1]);
const tables = [{ size: 65537, localityWeighted: false, localities: [{ weight: 1, hosts }] }];
const select = (...hashes: object[]) => ({
  role: 'select',
  ...(hashes.length === 1 ? { only: true } : {}),
  tables,
  policies: hashes.map((hash, i) => ({ cluster: `c${i}`, table: 0, hash: [hash] })),
});
const sticky = (config: ReturnType<typeof select>, cluster = 'c0') => ({
  ...config,
  policies: config.policies.map((policy) => ({
    ...policy,
    cluster,
    sticky: { target: 0.8, bound: 2.5, hops: 8 },
  })),
});
const plugins: Readonly<Record<Scenario['plugin'], object>> = {
  only: select({ header: 'foobar' }),
  several: select({ header: 'foobar' }, { header: 'other' }),
  cookie: select({ cookie: 'session' }),
  made: select({ cookie: 'session', set: 'Max-Age=60; HttpOnly' }),
  query: select({ query: 'user' }),
  source: select({ source: 'ip' }),
  sticky: sticky(select({ header: 'foobar' })),
  busy: sticky(select({ header: 'foobar' }), 'busy'),
  report: { role: 'report', cluster: 'c9', strip: true, metricNames: [] },
};

const properties = (path: string): string | undefined =>
  ({
    'xds.cluster_name': 'c0',
    'source.address': '127.0.0.1:50000',
    'destination.address': '127.0.0.1:10080',
    'upstream.address': '127.0.0.1:3001',
  })[path];

function drive(vm: Vm, root: number, scenario: Scenario): void {
  const stream = vm.stream(root, properties);
  if (scenario.plugin !== 'report') stream.onRequestHeaders([...pseudo, ...(scenario.request ?? [])]);
  stream.onResponseHeaders([[':status', '200'], ...(scenario.response ?? [])], !scenario.trailers);
  if (scenario.trailers) stream.onResponseTrailers(scenario.trailers);
  stream.finish();
}

/** What ships. Host calls are counted in the first, which does all that the others do. */
const modules = ['loadstar', 'loadstar-pick', 'loadstar-report'];
const moduleFile = (name: string): URL => new URL(`../../dist/${name}.wasm`, import.meta.url);
const growthRequests = 20_000;

/** Counts everything anew. */
export function measureBudget(): Omit<Budget, 'moduleBytesAtMost'> & { moduleBytes: number } {
  const { vm, calls } = counted(freshVm);
  const roots = new Map(
    Object.entries(plugins).map(([name, configuration]) => [name, configure(vm, configuration)]),
  );
  const run = (scenario: Scenario) => drive(vm, roots.get(scenario.plugin)!, scenario);
  // The first request of a policy builds its table, the first report of a host makes its gauge.
  for (const scenario of Object.values(scenarios)) for (let i = 0; i < 3; i++) run(scenario);
  const hostCalls = Object.fromEntries(
    Object.entries(scenarios).map(([name, scenario]) => {
      for (let i = 0; i < (scenario.earlier ?? 0); i++) run(scenario);
      calls.clear();
      run(scenario);
      return [name, sorted(calls)];
    }),
  );
  const before = vm.memory.size;
  for (const scenario of Object.values(scenarios)) for (let i = 0; i < growthRequests; i++) run(scenario);
  return {
    moduleBytes: moduleBytes().length,
    callbacks: Object.fromEntries(
      modules.map((name) => [name, [...new Vm(Vm.compile(readFileSync(moduleFile(name)))).callbacks].sort()]),
    ),
    hostCalls,
    growth: { requests: growthRequests, bytes: vm.memory.size - before },
  };
}

const sorted = (calls: Calls): Record<string, number> =>
  Object.fromEntries([...calls].sort(([a], [b]) => (a < b ? -1 : 1)));

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { moduleBytes: size, ...rest } = measureBudget();
  process.stdout.write(`${JSON.stringify({ moduleBytesAtMost: 53_248, ...rest }, null, 2)}\n`);
  process.stderr.write(`the module has ${size} bytes\n`);
}
