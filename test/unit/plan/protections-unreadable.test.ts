/** Policies that protect and cannot be read whole: all that they could target is closed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { all, closed, guard, security } from './protections-world.ts';
import { basics, httpRoute, type Manifest, render, target, world, worldOf } from './world.ts';

type Change = (policy: Manifest) => void;
const set =
  (...path: string[]) =>
  (value: unknown): Change =>
  (policy) => {
    const owner = path.slice(0, -1).reduce((at, field) => at[field] as Manifest, policy);
    owner[path.at(-1)!] = value;
  };
const refs = set('spec', 'targetRefs');
const aim = { group: '', kind: 'Service', name: 'elsewhere' };
/** What keeps the targets from being read: in its own namespace it closes all, in others nothing. */
const unreadable: readonly [string, Change, reach?: 'all'][] = [
  ['a name with half a surrogate', refs([{ ...aim, name: '\ud800' }])],
  ['a key with half a surrogate', set('spec')({ jwt: {}, 'targetRefs\ud800': [aim] })],
  ['targetRefs that are a mapping', refs(aim)],
  ['a target that is text', refs(['Service'])],
  ['a target without kind', refs([{ name: 'elsewhere' }])],
  ['a target without name', refs([{ kind: 'Service' }])],
  ['a kind in the wrong case', refs([{ ...aim, kind: 'backend' }])],
  ['one good target and a bad one', refs([aim, {}])],
  ['no target', refs([])],
  ['a namespace that is no name', set('metadata', 'namespace')('Default'), 'all'],
  ['a namespace that is no text', set('metadata', 'namespace')(5), 'all'],
  ['no metadata', set('metadata')(null), 'all'],
  ['spec: null', set('spec')(null)],
  ['spec: text', set('spec')('x')],
];
const guards: readonly [string, string, Manifest][] = [
  [
    'BackendTLSPolicy',
    'gateway.networking.k8s.io',
    { validation: { hostname: 'a', wellKnownCACertificates: 'System' } },
  ],
  ['SecurityPolicy', 'gateway.envoyproxy.io', { jwt: {} }],
];
const from = (kind: string, group: string, spec: Manifest, change: Change): Manifest => {
  const made = structuredClone(guard(kind, { ...spec, targetRefs: [aim] }, `${group}/v1`));
  change(made);
  return made;
};
const inside = (one: Manifest, namespace: string): Manifest => {
  const metadata = one.metadata as Manifest | null;
  return metadata?.namespace === 'default' ? { ...one, metadata: { ...metadata, namespace } } : one;
};

for (const [kind, group, spec] of guards) {
  for (const [what, change, reach] of unreadable)
    test(`${kind} with ${what} closes all that it could target`, () => {
      const made = from(kind, group, spec, change);
      assert.deepEqual(closed(made), all);
      const found = world(basics, httpRoute('r'), made).find('protection-not-translated');
      assert.match(found.message, /its targets cannot all be read \(.+\)\. All .+ would be (called|served) /);
      assert.deepEqual(closed(inside(made, 'far')).closed, reach === 'all' ? [true, true] : [false, false]);
    });

  const own = kind === 'SecurityPolicy' ? target('HTTPRoute', 'r') : { ...aim, name: 'backend' };
  const other = kind === 'SecurityPolicy' ? target('HTTPRoute', 'x') : aim;
  for (const [what, change] of [
    ['half a surrogate in an annotation', set('metadata', 'annotations')({ a: '\ud800' })],
    ['an apiVersion without a version', set('apiVersion')(group)],
    ['an apiVersion with an empty version', set('apiVersion')(`${group}/`)],
    ['no apiVersion', set('apiVersion')(null)],
    ['the group of another kind of ours', set('apiVersion')('discovery.k8s.io/v1')],
    ['its kind in the wrong case', set('kind')(kind.toLowerCase())],
    ['its kind misspelt', set('kind')(kind.replace('Policy', 'Polcy'))],
  ] as const)
    test(`${kind} with ${what} closes what it names`, () => {
      const named = (ref: Manifest) =>
        from(kind, group, spec, (one) => {
          refs([ref])(one);
          change(one);
        });
      const { closed: found } = closed(named(own));
      assert.deepEqual(found, [true, true]);
      assert.deepEqual(closed(named(other)).closed, [false, false]);
    });

  for (const [last, namespace, expected] of [
    [[], 'default', true],
    [[other], 'default', true],
    [[other], 'far', false],
  ] as const)
    test(`${kind} with targetRefs twice, the last ${JSON.stringify(last)}, in ${namespace}`, () => {
      const made = inside(from(kind, group, spec, refs([own])), namespace);
      const text = JSON.stringify(made).replace(/}}$/, `,"targetRefs":${JSON.stringify(last)}}}`);
      const w = worldOf(`${render([...basics, httpRoute('r')])}\n---\n${text}`);
      assert.ok(w.all.some(({ code }) => code === 'yaml-duplicate-key'));
      assert.equal(w.route('r/0').action.kind === 'respond', expected);
    });
}

for (const [what, text, expected] of [
  ['a SecurityPolicy', 'kind: SecurityPolicy\nspec:\n  basicAuth: {users: [}\n', true],
  ['a SecurityPolicy in JSON', '{"kind" : "SecurityPolicy", "spec": {"basicAuth": {]}', true],
  ['a policy of backends with TLS', 'kind: BackendTLSPolicy\nspec: "a\n', true],
  ['a policy with a limit', 'kind: BackendTrafficPolicy\nspec:\n  rateLimit: {a: [}\n', true],
  ['a policy without a limit', 'kind: BackendTrafficPolicy\nspec:\n  retry: {a: [}\n', false],
  ['a policy nested too deeply', `kind: SecurityPolicy\nspec: ${'['.repeat(5_000)}\n`, true],
  ['a policy with an alias to nowhere', 'kind: SecurityPolicy\nspec: {a: *b}\n', true],
  ['a policy with an anchor', 'kind: &a SecurityPolicy\nspec: {a: [}\n', true],
  ['a policy below a comment', 'kind: # as agreed\n  SecurityPolicy\nspec: {a: [}\n', true],
  ['a route', 'kind: HTTPRoute\nspec: {a: [}\n', false],
  ['a word elsewhere', 'kind: HTTPRoute\nmetadata: {name: SecurityPolicy}\nspec: {a: [}\n', false],
] as const)
  test(`${what} that is no valid YAML closes ${expected ? 'all that it could target' : 'nothing'}`, () => {
    const w = worldOf(`${render([...basics, httpRoute('r')])}\n---\n${text}`);
    assert.ok(w.all.some(({ code }) => code.startsWith('yaml-')));
    assert.equal(w.route('r/0').action.kind === 'respond', expected);
  });

test('policies without a name that can be read close what each of them names', () => {
  const one = security({ targetRefs: [target('HTTPRoute', 'r')] });
  const two = security({ targetRefs: [target('HTTPRoute', 'x')] });
  for (const made of [one, two]) made.metadata = { name: 5, namespace: 'default' };
  assert.deepEqual(closed(one, two).closed, [true, true]);
});
