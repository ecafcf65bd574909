/** rateLimit of BackendTrafficPolicy: what the model gets, and what is refused or closes the routes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LimitMatch } from '../../../host/model/resources.ts';
import { parseCidr } from '../../../host/schema/words/cidr.ts';
import { assertFindings, type Expected, policyWith, readText } from '../../support/manifest.ts';
import { same } from '../../support/plain.ts';

function read(spec: string) {
  const { resources, diagnostics } = readText(policyWith(spec));
  const [policy] = resources;
  return { policy: policy?.kind === 'BackendTrafficPolicy' ? policy : undefined, diagnostics };
}
const limit = 'limit: {requests: 3, unit: Hour}';
const local = (...rules: string[]) => `rateLimit: {local: {rules: [${rules.join(', ')}]}}`;
const selecting = (selector: string) => local(`{clientSelectors: [${selector}], ${limit}}`);

const value = { requests: 3, unit: 'Hour', unitSeconds: 3600 };
const plain = { ...value, shadow: false };

test('a rule without clientSelectors is for what the others do not count', () => {
  const { policy, diagnostics } = read(
    local(
      `{${limit}, xRateLimitHeaders: 'Off'}`,
      `{clientSelectors: [{headers: [{name: a, value: b}]}], ${limit}}`,
    ),
  );
  same(diagnostics, []);
  const matches = [{ of: 'header', name: 'a', test: { kind: 'exact', value: 'b', invert: false } }];
  same(policy?.spec.handling, {
    localLimit: { otherwise: { ...value, headers: false }, rules: [{ ...plain, matches }] },
  });
});

test('nothing limits: nothing is handled', () => {
  for (const spec of ['rateLimit: {}', 'rateLimit: {local: {rules: []}}'])
    assert.equal(read(spec).policy?.spec.handling, undefined, spec);
});

const matchRows: readonly (readonly [string, readonly LimitMatch[]])[] = [
  ['{headers: [{name: a, type: Distinct}]}', [{ of: 'header', name: 'a', test: { kind: 'distinct' } }]],
  [
    '{queryParams: [{name: a, type: RegularExpression, value: b+, invert: true}]}',
    [{ of: 'query', name: 'a', test: { kind: 'regex', value: 'b+', invert: true } }],
  ],
  [
    '{methods: [{value: GET}, {value: PUT}, {value: GET}]}',
    [{ of: 'method', methods: ['GET', 'PUT'], invert: false }],
  ],
  ['{methods: [{value: GET, invert: true}]}', [{ of: 'method', methods: ['GET'], invert: true }]],
  // Any of them holds: not GET, or PUT, is not GET; not GET or not PUT is all.
  [
    '{methods: [{value: GET, invert: true}, {value: PUT}]}',
    [{ of: 'method', methods: ['GET'], invert: true }],
  ],
  ['{methods: [{value: GET, invert: true}, {value: PUT, invert: true}]}', []],
  ['{methods: [{value: GET, invert: true}, {value: GET}]}', []],
  ['{path: {}}', [{ of: 'path', kind: 'prefix', value: '/', invert: false }]],
  [
    '{path: {type: Exact, value: /a, invert: true}}',
    [{ of: 'path', kind: 'exact', value: '/a', invert: true }],
  ],
  [
    '{sourceCIDR: {value: 10.1.2.3/8, type: Distinct}}',
    [{ of: 'address', first: '10.0.0.0', bits: 8, invert: false, distinct: true }],
  ],
  [
    "{queryParams: [{name: q, value: v}]}, {sourceCIDR: {value: '2001:DB8:0:0::/32', invert: true}}, {path: {value: /b}}",
    [
      { of: 'path', kind: 'prefix', value: '/b', invert: false },
      { of: 'address', first: '2001:db8::', bits: 32, invert: true, distinct: false },
      { of: 'query', name: 'q', test: { kind: 'exact', value: 'v', invert: false } },
    ],
  ],
];
for (const [selector, matches] of matchRows)
  test(`selects ${selector}`, () => {
    const { policy, diagnostics } = read(selecting(selector));
    same(diagnostics, []);
    same(policy?.spec.handling?.localLimit?.rules[0]?.matches, matches);
  });

const RULE = 'spec.rateLimit.local.rules[0]';
const SELECTOR = `${RULE}.clientSelectors[0]`;
/**
 * With errors that an API server has too; the document is refused, and closes its targets as a protection.
 */
const refused: readonly (readonly [string, Expected])[] = [
  [
    local('{limit: {requests: 1, unit: Fortnight}}'),
    {
      code: 'value-unknown',
      field: `${RULE}.limit.unit`,
      says: /one of Second, Minute/,
      points: 'Fortnight',
    },
  ],
  [
    local('{limit: {requests: -1, unit: Hour}}'),
    { code: 'value-out-of-range', field: `${RULE}.limit.requests`, says: /from 0/, points: '-1' },
  ],
  [
    local(`{${limit}, clientSelectors: [{path: {}}], cost: {request: {from: Number}}}`),
    {
      code: 'field-missing',
      field: `${RULE}.cost.request.number`,
      says: /number is missing/,
      points: 'Number',
    },
  ],
  [
    selecting('{headers: [{value: x}]}'),
    { code: 'field-missing', field: `${SELECTOR}.headers[0].name`, says: /missing/, points: '{' },
  ],
];
for (const [spec, expected] of refused)
  test(`refused: ${spec}`, () => {
    const { policy, diagnostics } = read(spec);
    assertFindings(diagnostics, [expected]);
    assert.equal(policy, undefined);
  });

/** What Envoy Gateway or Envoy cannot do: the policy stays, is invalid, and its routes answer 500. */
const closing: readonly (readonly [string, Expected])[] = [
  [
    selecting('{headers: [{name: "x user", value: x}]}'),
    {
      code: 'header-name-invalid',
      field: `${SELECTOR}.headers[0].name`,
      says: /a character that no header name may have/,
      points: '"x user"',
    },
  ],
  [
    'rateLimit: {type: Local}',
    { code: 'field-missing', field: 'spec.rateLimit.type', says: /local is missing/, points: 'Local' },
  ],
  [
    local(`{${limit}}`, `{${limit}}`),
    {
      code: 'value-not-supported',
      field: 'spec.rateLimit.local.rules[1]',
      says: /no clientSelectors already/,
      points: '{',
    },
  ],
  [
    local(`{${limit}}`, '{clientSelectors: [{path: {}}], limit: {requests: 1, unit: Minute}}'),
    {
      code: 'value-not-supported',
      field: 'spec.rateLimit.local.rules[1].limit.unit',
      says: /a multiple of Hour, not Minute/,
      points: 'Minute',
    },
  ],
  [
    local(`{${limit}, cost: {request: {from: Number, number: 2}}}`),
    { code: 'value-not-supported', field: `${RULE}.cost`, says: /without clientSelectors/, points: 'cost' },
  ],
  [
    local(`{${limit}, shadowMode: true}`),
    { code: 'value-not-supported', field: `${RULE}.shadowMode`, says: /without/, points: 'shadowMode' },
  ],
  [
    local(`{${limit}, shared: true}`),
    { code: 'value-not-supported', field: `${RULE}.shared`, says: /each route/, points: 'true' },
  ],
  [
    local('{limit: {requests: 0, unit: Hour}}'),
    { code: 'value-not-supported', field: `${RULE}.limit.requests`, says: /at least 1/, points: '0' },
  ],
  [
    local(
      `{${limit}, clientSelectors: [{path: {}}], cost: {request: {from: Metadata, metadata: {namespace: a, key: b}}}}`,
    ),
    {
      code: 'field-not-supported',
      field: `${RULE}.cost.request.metadata`,
      says: /no filter here writes/,
      points: 'metadata',
    },
  ],
  [selecting('{}'), { code: 'field-missing', field: SELECTOR, says: /no condition/, points: '{' }],
  [selecting('{headers: []}'), { code: 'field-missing', field: SELECTOR, says: /no condition/, points: '{' }],
  [
    selecting('{headers: [{name: a}]}'),
    { code: 'field-missing', field: `${SELECTOR}.headers[0].value`, says: /value is missing/, points: 'a' },
  ],
  [
    selecting('{headers: [{name: a, type: Distinct, value: b}]}'),
    { code: 'field-conflict', field: `${SELECTOR}.headers[0].value`, says: /type Distinct/, points: 'value' },
  ],
  [
    selecting('{queryParams: [{name: a, type: Distinct, invert: true}]}'),
    {
      code: 'field-conflict',
      field: `${SELECTOR}.queryParams[0].invert`,
      says: /Distinct/,
      points: 'invert',
    },
  ],
  [
    selecting("{headers: [{name: a, type: RegularExpression, value: '('}]}"),
    {
      code: 'value-not-supported',
      field: `${SELECTOR}.headers[0].value`,
      says: /Envoy takes/,
      points: "'('",
    },
  ],
  [
    selecting("{path: {type: RegularExpression, value: '(?=a)'}}"),
    { code: 'value-not-supported', field: `${SELECTOR}.path.value`, says: /look-around/, points: "'(?=a)'" },
  ],
  [
    selecting('{sourceCIDR: {value: 10.0.0.1}}'),
    {
      code: 'address-invalid',
      field: `${SELECTOR}.sourceCIDR.value`,
      says: /a range of IP addresses/,
      hint: /10\.0\.0\.1\/32/,
      points: '10.0.0.1',
    },
  ],
];
for (const [spec, expected] of closing)
  test(`closes: ${spec}`, () => {
    const { policy, diagnostics } = read(spec);
    assertFindings(diagnostics, [expected]);
    assert.ok((policy?.invalid.length ?? 0) > 0, 'the policy is invalid');
  });

test('type chooses one of the two, and says so', () => {
  const rules = `{rules: [{${limit}}]}`;
  for (const [type, used, unused] of [
    ['Global', 'globalLimit', 'local'],
    ['Local', 'localLimit', 'global'],
  ] as const) {
    const { policy, diagnostics } = read(`rateLimit: {type: ${type}, local: ${rules}, global: ${rules}}`);
    assert.deepEqual(
      diagnostics.map(({ severity, field }) => `${severity} ${field}`),
      [`warning spec.rateLimit.${unused}`],
    );
    same(Object.keys(JSON.parse(JSON.stringify(policy?.spec.handling))), [used]);
  }
});

test('global rules have what local ones have, and more', () => {
  const { policy, diagnostics } = read(`rateLimit:
  global:
    rules:
    - limit: {requests: 0, unit: Week, fromMetadata: {namespace: a, key: b}}
      shared: true
      cost: {request: {from: Number, number: 0}, response: {from: Number, number: 7}}
    - ${limit}`);
  assert.deepEqual(
    diagnostics.map(({ severity, field }) => `${severity} ${field}`),
    ['warning spec.rateLimit.global.rules[0].limit.fromMetadata'],
  );
  same(policy?.spec.handling?.globalLimit, [
    {
      ...{ requests: 0, unit: 'Week', unitSeconds: 604_800, matches: [] },
      ...{ cost: 0, shadow: false, shared: true, responseCost: 7 },
    },
    { ...plain, matches: [], shared: false },
  ]);
});

test('ranges of addresses', () => {
  const rows: Record<string, string | undefined> = {
    '10.1.2.3/8': '10.0.0.0/8',
    '10.1.2.3/31': '10.1.2.2/31',
    '10.1.2.3/32': '10.1.2.3/32',
    '0.0.0.0/0': '0.0.0.0/0',
    '2001:db8::1/64': '2001:db8::/64',
    '2001:db8:ffff::/33': '2001:db8:8000::/33',
    '::1/128': '::1/128',
    '10.0.0.0': undefined,
    '10.0.0.0/33': undefined,
    '10.0.0.0/': undefined,
    '10.0.0/8': undefined,
    '10.0.0.0/8/8': undefined,
    'fe80::1%eth0/64': undefined,
  };
  for (const [text, range] of Object.entries(rows)) {
    const read = parseCidr(text);
    assert.equal(read && `${read.first}/${read.bits}`, range, text);
  }
});
