/**
 * Rate limits of the plan → Envoy. The names of keys are Envoy Gateway's, as in its own test data
 * (internal/xds/translator/testdata/out/xds-ir/local-ratelimit.routes.yaml).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limitActions, pathPattern } from '../../../host/envoy/handling/limit-actions.ts';
import { envoyRoute } from '../../../host/envoy/route.ts';
import type { LimitMatch, LimitRule, LocalLimit } from '../../../host/plan/types.ts';
import { fullMatch } from '../../../host/regex/re2.ts';
import { forward, route } from './plans.ts';

const unused = { select: undefined, report: false, sticky: false };
const value = { requests: 10, unit: 'Hour', unitSeconds: 3600 } as const;
const limit = (...matches: LimitMatch[]): LimitRule => ({ ...value, shadow: false, matches });
const header = (name: string, text: string): LimitMatch => ({
  ...{ of: 'header', name },
  test: { kind: 'exact', value: text, invert: false },
});
const range: LimitMatch = { of: 'address', first: '192.168.0.0', bits: 16, invert: false, distinct: false };
const addresses = { range: 'masked', each: 'each' };

/** What the filter gets on the route. */
function configured(localLimit: LocalLimit) {
  const made = envoyRoute(route('/', forward(['p']), { handling: { localLimit } }), unused);
  const { config } = JSON.parse(JSON.stringify(made)).typed_per_filter_config[
    'envoy.filters.http.local_ratelimit'
  ];
  return config;
}

test('a route has a bucket for each rule, and one for what no rule counts', () => {
  const rules = [limit(header('x-user-id', 'one')), limit(header('x-user-id', 'two'), range)];
  const config = configured({ otherwise: { requests: 10, unit: 'Minute', unitSeconds: 60 }, rules });
  assert.deepEqual(config.token_bucket, { max_tokens: 10, tokens_per_fill: 10, fill_interval: '60s' });
  assert.equal(config.always_consume_default_token_bucket, false);
  assert.deepEqual(config.descriptors[1], {
    entries: [
      { key: 'rule-1-match-0', value: 'rule-1-match-0' },
      { key: 'rule-1-masked-remote-address', value: '192.168.0.0/16' },
    ],
    token_bucket: { max_tokens: 10, tokens_per_fill: 10, fill_interval: '3600s' },
  });
  assert.deepEqual(config.rate_limits[1].actions[1].remote_address_match, {
    descriptor_key: 'rule-1-masked-remote-address',
    descriptor_value: '192.168.0.0/16',
    address_matcher: { ranges: [{ address_prefix: '192.168.0.0', prefix_len: 16 }] },
  });
  assert.equal(config.max_dynamic_descriptors, undefined, 'only where each value is counted');
});

test('without a rule for the rest, the rest is not limited', () => {
  assert.deepEqual(configured({ rules: [limit(range)] }).token_bucket, {
    ...{ max_tokens: 4_294_967_295, tokens_per_fill: 4_294_967_295, fill_interval: '1s' },
  });
});

test('each value for itself: an entry without a value, and room for many', () => {
  const config = configured({
    rules: [limit({ of: 'header', name: 'x', test: { kind: 'distinct' } }, { ...range, distinct: true })],
  });
  assert.deepEqual(config.descriptors[0].entries, [
    { key: 'rule-0-match-0' },
    { key: 'rule-0-masked-remote-address', value: '192.168.0.0/16' },
    { key: 'rule-0-remote-address' },
  ]);
  assert.equal(config.max_dynamic_descriptors, 10_000);
});

const path: LimitMatch = { of: 'path', kind: 'prefix', value: '/a', invert: false };
const keyRows: readonly (readonly [string, LimitMatch[], string[]])[] = [
  ['no condition', [], ['rule-7-match--1']],
  [
    'headers and query parameters are numbered together',
    [
      header('a', 'b'),
      header('c', 'd'),
      { of: 'query', name: 'q', test: { kind: 'distinct' } },
      { of: 'query', name: 'r', test: { kind: 'exact', value: 'v', invert: true } },
    ],
    ['rule-7-match-0', 'rule-7-match-1', 'rule-7-match-2', 'rule-7-match-3'],
  ],
  ['method', [{ of: 'method', methods: ['GET', 'PUT'], invert: false }], ['rule-7-method']],
  ['two paths', [path, path], ['rule-7-path', 'rule-7-path-1']],
  ['two ranges', [range, { ...range, distinct: true }], ['masked', 'masked-1', 'each-1']],
];
for (const [what, matches, keys] of keyRows)
  test(`keys: ${what}`, () => {
    const actions = limitActions(limit(...matches), 7, addresses);
    assert.deepEqual(
      actions.map(({ key }) => key),
      keys,
    );
  });

test('the range outside of which an address counts has another value', () => {
  const [action] = limitActions(limit({ ...range, invert: true }), 0, addresses);
  assert.equal(action?.value, 'invert:192.168.0.0/16');
});

test('a path is compared without its query', () => {
  const rows: readonly (readonly ['exact' | 'prefix' | 'regex', string, string, boolean])[] = [
    ['exact', '/a.b', '/a.b', true],
    ['exact', '/a.b', '/a.b?x', true],
    ['exact', '/a.b', '/axb', false],
    ['exact', '/a.b', '/a.b/', false],
    ['prefix', '/', '/anything', true],
    ['prefix', '/a', '/a', true],
    ['prefix', '/a/', '/a', true],
    ['prefix', '/a', '/a/b?c', true],
    ['prefix', '/a', '/a?b', true],
    ['prefix', '/a', '/a;b', true],
    ['prefix', '/a', '/ab', false],
    ['regex', '/a|/b', '/b?x', true],
    ['regex', '/a|/b', '/bx', false],
  ];
  for (const [kind, text, asked, matches] of rows)
    assert.equal(fullMatch(pathPattern({ kind, value: text }), asked), matches, `${kind} ${text} ${asked}`);
});
