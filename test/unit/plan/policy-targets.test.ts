/** What policies aim at: selectors, references that lead nowhere, the old name of the field. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kinds } from './attach-world.ts';
import { basics, grant, httpRoute, lb, type Manifest, policy, rule, target, world } from './world.ts';

const labelled = (name: string, labels: Manifest, namespace = 'default'): Manifest =>
  httpRoute(
    name,
    [rule(`/${name}`, { backendRefs: [{ name: 'backend', port: 3000 }] })],
    { parentRefs: [{ name: 'eg', namespace: 'default' }] },
    { labels, namespace },
  );
const select = (selector: Manifest): Manifest => ({ targetSelectors: [{ kind: 'HTTPRoute', ...selector }] });
const selectors: [string, Manifest, string[]][] = [
  ['all', { matchLabels: {} }, ['r1', 'r2', 'r3']],
  ['a label', { matchLabels: { app: 'shop' } }, ['r1', 'r2']],
  ['two labels', { matchLabels: { app: 'shop', tier: 'a' } }, ['r1']],
  ['In', { matchExpressions: [{ key: 'tier', operator: 'In', values: ['b', 'c'] }] }, ['r2', 'r3']],
  [
    'NotIn takes those without the label',
    { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['shop'] }] },
    ['r3'],
  ],
  ['Exists', { matchExpressions: [{ key: 'app', operator: 'Exists' }] }, ['r1', 'r2']],
  ['DoesNotExist', { matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] }, ['r3']],
  [
    'both',
    { matchLabels: { app: 'shop' }, matchExpressions: [{ key: 'tier', operator: 'In', values: ['b'] }] },
    ['r2'],
  ],
  ['none', { matchLabels: { app: 'other' } }, []],
];
for (const [what, selector, chosen] of selectors) {
  test(`selector: ${what}`, () => {
    const w = world(
      basics,
      labelled('r1', { app: 'shop', tier: 'a' }),
      labelled('r2', { app: 'shop', tier: 'b' }),
      labelled('r3', { tier: 'c' }),
      policy('p', select(selector), lb('Random')),
    );
    const random = ['r1', 'r2', 'r3'].filter((r) => kinds(w, `${r}/rule/0`)[0] === 'random');
    assert.deepEqual(random, chosen);
    assert.equal(w.codes().includes('selector-empty'), chosen.length === 0);
  });
}

test('a selector and a ref to the same route are one target', () => {
  const w = world(
    basics,
    labelled('r1', { app: 'shop' }),
    policy(
      'p',
      { ...select({ matchLabels: { app: 'shop' } }), targetRefs: [target('HTTPRoute', 'r1')] },
      lb('Random'),
    ),
  );
  assert.deepEqual(w.codes(), []);
  assert.equal(w.conditions('BackendTrafficPolicy', 'p').Accepted?.status, 'True');
});

test('a selector reaches another namespace only with its grant', () => {
  const other = {
    ...policy('p', select({ matchLabels: {}, namespaces: { from: 'All' } }), lb('Random'), {
      namespace: 'other',
    }),
  };
  const without = world(basics, labelled('r1', {}), other);
  assert.equal(kinds(without, 'r1/rule/0')[0], 'least-request');
  assert.match(without.find('target-not-permitted').hint!, /ReferenceGrant in namespace default/);
  const allowed = grant(
    'default',
    { group: 'gateway.envoyproxy.io', kind: 'BackendTrafficPolicy', namespace: 'other' },
    { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute' },
  );
  const granted = world(basics, labelled('r1', {}), other, allowed);
  assert.equal(kinds(granted, 'r1/rule/0')[0], 'random');
});

const unknown: [string, Manifest, RegExp][] = [
  ['a misspelt name', target('HTTPRoute', 'shopp'), /Did you mean shop\?/],
  ['another kind', target('Gateway', 'shop'), /HTTPRoute default\/shop exists: check the kind/],
  ['another namespace', target('HTTPRoute', 'far'), /HTTPRoute away\/far exists in another namespace/],
  ['nothing near', target('HTTPRoute', 'zzzzzzzz'), /Add that HTTPRoute/],
];
for (const [what, aim, advice] of unknown) {
  test(`unknown target: ${what}`, () => {
    const w = world(
      basics,
      labelled('shop', {}),
      httpRoute('far', [rule('/')], {}, { namespace: 'away' }),
      policy('p', [aim], lb('Random')),
    );
    const found = w.find('target-unknown');
    assert.equal(found.severity, 'warning');
    assert.match(found.hint!, advice);
    assert.equal(found.at?.lineText.trim().replace(',', ''), `"name": "${aim.name}"`);
    const status = w.status.find((s) => s.kind === 'BackendTrafficPolicy')!;
    assert.deepEqual(status.kind === 'BackendTrafficPolicy' && status.ancestors, []);
  });
}

test('unknown section of a route and of a Gateway', () => {
  const w = world(
    basics,
    httpRoute('r', [rule('/', { name: 'checkout' })]),
    policy('p1', [target('HTTPRoute', 'r', 'chekout')], lb('Random')),
    policy('p2', [target('Gateway', 'eg', 'https')], lb('Random')),
  );
  assert.deepEqual(
    w.diagnostics.map((d) => [d.code, d.message, d.hint]),
    [
      ['section-unknown', 'No section name chekout found for HTTPRoute default/r.', 'Did you mean checkout?'],
      ['section-unknown', 'No section name https found for Gateway default/eg.', 'Did you mean http?'],
    ],
  );
  assert.equal(w.conditions('BackendTrafficPolicy', 'p2').Accepted?.reason, 'TargetNotFound');
});

test('the deprecated targetRef is accepted with a warning', () => {
  const w = world(basics, httpRoute('r'), policy('p', { targetRef: target('HTTPRoute', 'r') }, lb('Random')));
  assert.equal(kinds(w, 'r/rule/0')[0], 'random');
  assert.equal(w.conditions('BackendTrafficPolicy', 'p').Warning?.reason, 'DeprecatedField');
});
