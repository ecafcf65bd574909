/** responseOverride of BackendTrafficPolicy: what the model and the plan get, and what is refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertFindings, type Expected, policyWith, readText } from '../../support/manifest.ts';
import { same } from '../../support/plain.ts';
import { basics, httpRoute, policy, target, world } from '../plan/world.ts';

const override = (rule: string) => `responseOverride: [${rule}]`;
const body = 'response: {body: {inline: x}}';

test('what an override has', () => {
  const { resources, diagnostics } = readText(
    policyWith(
      override(
        '{match: {statusCodes: [{value: 404}, {type: Range, range: {start: 500, end: 502}}], responseHeaders: [{name: a, value: {value: b}}]}, source: All, response: {body: {inline: x}}}',
      ),
    ),
  );
  same(diagnostics, []);
  const [read] = resources;
  assert.ok(read?.kind === 'BackendTrafficPolicy');
  same(read.spec.handling?.overrides, [
    {
      statuses: [
        { from: 404, to: 404 },
        { from: 500, to: 502 },
      ],
      headers: [{ name: 'a', value: 'b', kind: 'exact' }],
      answer: { body: 'x', set: [], add: [] },
    },
  ]);
});

const AT = 'spec.responseOverride[0]';
const rows: readonly (readonly [string, Expected])[] = [
  [
    `{match: {}, ${body}}`,
    { code: 'field-missing', field: `${AT}.match`, says: /neither statusCodes/, points: 'match' },
  ],
  [
    '{match: {statusCodes: [{value: 404}]}}',
    { code: 'field-missing', field: AT, says: /neither response nor redirect/, points: '{' },
  ],
  [
    `{match: {statusCodes: [{value: 404}]}, ${body}, redirect: {}}`,
    { code: 'field-conflict', field: AT, says: /both response and redirect/, points: '{' },
  ],
  [
    `{match: {statusCodes: [{type: Range, range: {start: 500, end: 500}}]}, ${body}}`,
    {
      code: 'value-out-of-range',
      field: `${AT}.match.statusCodes[0].range.end`,
      says: /greater than start/,
      points: '500',
    },
  ],
  [
    `{match: {responseHeaders: [{name: a, value: {type: RegularExpression, value: '('}}]}, ${body}}`,
    {
      code: 'value-not-supported',
      field: `${AT}.match.responseHeaders[0].value.value`,
      says: /Envoy takes/,
      points: "'('",
    },
  ],
];
for (const [rule, expected] of rows)
  test(`told: ${rule}`, () => {
    const { diagnostics } = readText(policyWith(override(rule)));
    assert.ok(diagnostics.length >= 1);
    const found = diagnostics.filter(({ field }) => field === expected.field);
    assertFindings(found, [{ ...expected, points: expected.points }]);
  });

const config = (name: string, data: Record<string, string>) => ({
  ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' } },
  data,
});
const fromMap = {
  responseOverride: [
    {
      match: { statusCodes: [{ type: 'Value', value: 404 }] },
      response: { body: { type: 'ValueRef', valueRef: { group: '', kind: 'ConfigMap', name: 'pages' } } },
    },
  ],
};
test('a body stands in a ConfigMap, by its key or as the first value; without one the routes are closed', () => {
  for (const [maps, text] of [
    [[config('pages', { a: 'first', 'response.body': 'named' })], 'named'],
    [[config('pages', { a: 'first' })], 'first'],
    [[config('others', { a: 'first' })], undefined],
    [[config('pages', {})], undefined],
  ] as const) {
    const w = world(basics, ...maps, httpRoute('r'), policy('p', [target('HTTPRoute', 'r')], fromMap));
    const route = w.route('r/0');
    assert.equal(route.handling?.overrides?.[0]?.answer?.body, text);
    assert.equal(route.action.kind, text === undefined ? 'respond' : 'forward');
    assert.deepEqual(
      w.diagnostics.map(({ code }) => code),
      text === undefined ? ['body-unresolved'] : [],
    );
  }
});

test('merged, the body is of the namespace of the policy that has the field', () => {
  const w = world(
    basics,
    config('pages', { a: 'first' }),
    httpRoute('r'),
    policy('up', [target('Gateway', 'eg')], fromMap),
    policy('down', [target('HTTPRoute', 'r')], { mergeType: 'StrategicMerge' }),
  );
  assert.equal(w.route('r/0').handling?.overrides?.[0]?.answer?.body, 'first');
});
