/** Route of the plan → Envoy's route, the parts that are not one field for one field. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FilterUse } from '../../../host/envoy/filters.ts';
import { envoyRoute } from '../../../host/envoy/route.ts';
import type { ForwardAction, Route } from '../../../host/plan/types.ts';
import { forward, policy, route } from './plans.ts';

const unused: FilterUse = { select: undefined, report: false, sticky: false };
const envoy = (from: Route, use = unused) => JSON.parse(JSON.stringify(envoyRoute(from, use)));
const action = (over: Partial<ForwardAction>, pools = ['p']) => envoy(route('/', forward(pools, over))).route;

test('paths: whole segments, `/` for all, exact, expression', () => {
  const match = (path: Route['match']['path']) =>
    envoy(route('/x', forward(['p']), { match: { path, headers: [], query: [] } })).match;
  assert.deepEqual(match({ kind: 'prefix', value: '/a/' }), { path_separated_prefix: '/a' });
  assert.deepEqual(match({ kind: 'prefix', value: '/' }), { prefix: '/' });
  assert.deepEqual(match({ kind: 'exact', value: '/a/' }), { path: '/a/' });
  assert.deepEqual(match({ kind: 'regex', value: '/a.*' }), { safe_regex: { regex: '/a.*' } });
});

test('one pool is a cluster; a split, or a share with edits of its own, is weighted', () => {
  assert.equal(action({}).cluster, 'p');
  assert.equal(action({}).weighted_clusters, undefined);
  assert.equal(action({ split: true }).cluster, undefined);
  assert.deepEqual(action({ split: true }).weighted_clusters, { clusters: [{ name: 'p', weight: 1 }] });
  const edited = action({
    to: [{ pool: 'p', weight: 3, requestHeaders: { set: [], add: [], remove: ['x'] } }],
  });
  assert.deepEqual(edited.weighted_clusters.clusters, [
    { name: 'p', weight: 3, request_headers_to_remove: ['x'] },
  ]);
});

test('a share without a pool goes to a cluster that is never defined, and answers as told', () => {
  const to = [
    { pool: null, weight: 20 },
    { pool: 'p', weight: 80 },
  ];
  assert.deepEqual(action({ to }).weighted_clusters.clusters[0], {
    name: 'invalid-backend-cluster',
    weight: 20,
  });
  assert.equal(action({ to }).cluster_not_found_response_code, 'INTERNAL_SERVER_ERROR');
  assert.equal(action({ to, missingStatus: 503 }).cluster_not_found_response_code, 'SERVICE_UNAVAILABLE');
  const only = action({ to: [{ pool: null, weight: 1 }] });
  assert.equal(only.cluster, undefined, 'a single missing share is not a cluster');
});

test('a key also chooses among the shares of a split', () => {
  assert.equal(
    action({ split: true, hash: [{ kind: 'source-ip' }] }).weighted_clusters.use_hash_policy,
    true,
  );
  assert.equal(action({ split: true }).weighted_clusters.use_hash_policy, undefined);
});

test('a value is matched as a whole, by its end, or by a pattern', () => {
  const header = (kind: 'exact' | 'suffix' | 'regex', value: string) =>
    envoy(
      route('/', forward(['p']), {
        match: {
          path: { kind: 'prefix', value: '/' },
          headers: [{ kind, name: ':path', value }],
          query: [],
        },
      }),
    ).match.headers;
  const matches = (string_match: object) => [{ name: ':path', string_match }];
  assert.deepEqual(header('exact', '/a'), matches({ exact: '/a' }));
  assert.deepEqual(header('suffix', '/Get_1'), matches({ suffix: '/Get_1' }));
  assert.deepEqual(header('regex', '.*/Get_1'), matches({ safe_regex: { regex: '.*/Get_1' } }));
});

test('a retry goes to another host; a lone maximum gets a base below it', () => {
  const retry = (backoff: object | undefined) =>
    action({ retry: { on: ['5xx', 'reset'], statusCodes: [], attempts: 2, backoff } }).retry_policy;
  assert.equal(retry(undefined).retry_on, '5xx,reset');
  assert.equal(retry(undefined).host_selection_retry_max_attempts, 5);
  assert.equal(retry(undefined).retry_host_predicate[0].name, 'envoy.retry_host_predicates.previous_hosts');
  assert.equal(retry(undefined).retry_back_off, undefined);
  assert.deepEqual(retry({ maxMs: 10 }).retry_back_off, { base_interval: '0.010s', max_interval: '0.010s' });
  assert.deepEqual(retry({ maxMs: 1000 }).retry_back_off, { base_interval: '0.025s', max_interval: '1s' });
});

test('a mirrored share is a fraction of a million', () => {
  const [mirror] = action({ mirrors: [{ pool: 'm', numerator: 1, denominator: 3 }] }).request_mirror_policies;
  assert.deepEqual(mirror.runtime_fraction.default_value, { numerator: 333_333, denominator: 'MILLION' });
  const [all] = action({ mirrors: [{ pool: 'm', numerator: 1, denominator: 1 }] }).request_mirror_policies;
  assert.deepEqual(all.runtime_fraction.default_value, { numerator: 100 });
});

test('redirect: the port is left out only where scheme and host make it needless', () => {
  const redirect = (over: object) => envoy(route('/', { kind: 'redirect', status: 302, ...over })).redirect;
  assert.deepEqual(redirect({ scheme: 'https', host: 'h', port: 443 }), {
    scheme_redirect: 'https',
    host_redirect: 'h',
    response_code: 'FOUND',
  });
  assert.equal(
    redirect({ scheme: 'https', port: 443 }).port_redirect,
    443,
    'else the port of the request stays',
  );
  assert.equal(redirect({ host: 'h', port: 8443 }).port_redirect, 8443);
});

const remove = (...names: string[]) => names.map((name) => ({ remove: name }));
const hint = 'x-loadstar-host';
const reports = ['endpoint-load-metrics', 'endpoint-load-metrics-bin'];
const stripped = (...ours: string[]) => ({
  request_trailers_mutations: remove(...ours, ...reports),
  response_mutations: remove(...ours, 'trailer'),
  response_trailers_mutations: remove(...ours, ...reports),
});

test('the filter is switched on by name, and neither side sees its header or a load report', () => {
  const made = envoy(route('/', forward(['p'], { hash: [{ kind: 'source-ip' }] })), {
    ...unused,
    select: 'loadstar.select',
  });
  assert.deepEqual(Object.keys(made.typed_per_filter_config), [
    'loadstar.strip',
    'loadstar.select',
    'loadstar.session',
  ]);
  assert.deepEqual(made.request_headers_to_remove, [hint]);
  assert.deepEqual(made.response_headers_to_remove, reports);
  assert.deepEqual(made.typed_per_filter_config['loadstar.strip'].config.mutations, stripped(hint));
});

test('load reports are stripped from headers and from trailers', () => {
  const made = envoy(route('/', forward(['p'], { stripLoadReports: true })));
  assert.deepEqual(made.response_headers_to_remove, reports);
  assert.deepEqual(Object.keys(made.typed_per_filter_config), ['loadstar.strip']);
  assert.deepEqual(made.typed_per_filter_config['loadstar.strip'].config.mutations, stripped());
});

test('reports that the filter reads and the client gets: the filter’s own header goes all the same', () => {
  const made = envoy(route('/', forward(['p'])), { ...unused, report: true });
  assert.equal(made.response_headers_to_remove, undefined);
  assert.deepEqual(made.typed_per_filter_config['loadstar.strip'].config.mutations, {
    request_trailers_mutations: remove(hint, ...reports),
    response_mutations: remove(hint),
    response_trailers_mutations: remove(hint),
  });
});

test('a route that needs no filter names none', () => {
  assert.equal(envoy(route('/', forward(['p']))).typed_per_filter_config, undefined);
});

test('why a route answers by itself, and which policy holds, can be read in config_dump', () => {
  const made = envoy(route('/', { kind: 'respond', status: 500, because: 'no such service' }, { policy }));
  assert.deepEqual(made.direct_response, { status: 500 });
  assert.deepEqual(made.metadata.filter_metadata.loadstar, {
    policy: 'BackendTrafficPolicy/default/sticky',
    because: 'no such service',
  });
});
