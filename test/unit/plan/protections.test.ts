/** Policies that restrict or protect and are not translated: what they target is refused and closed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  backend,
  backendRef,
  basics,
  gateway,
  httpRoute,
  listener,
  type Manifest,
  policy,
  render,
  rule,
  target,
  world,
  worldOf,
} from './world.ts';

const guard = (kind: string, spec: Manifest, group = 'gateway.envoyproxy.io/v1alpha1'): Manifest => ({
  apiVersion: group,
  kind,
  metadata: { name: 'guard', namespace: 'default' },
  spec,
});
const security = (spec: Manifest): Manifest => guard('SecurityPolicy', { jwt: {}, ...spec });
const onRoute = { targetRefs: [target('HTTPRoute', 'r')] };
/** Whether each rule of HTTPRoute r answers 500. */
const closed = (
  ...manifests: (Manifest | Manifest[])[]
): { closed: boolean[]; severity: string | undefined } => {
  const w = world(
    ...basics,
    httpRoute('r', [rule('/a', { name: 'a' }), rule('/b', { name: 'b' })]),
    ...manifests,
  );
  const found = w.all.find(({ code }) => /^(protection|kind)-not-translated$/.test(code));
  return {
    closed: ['r/0', 'r/1'].map((name) => {
      const { action } = w.route(name);
      return action.kind === 'respond' && action.status === 500;
    }),
    severity: found?.severity,
  };
};

const all = { closed: [true, true], severity: 'error' };
const none = { closed: [false, false], severity: 'warning' };
const open = { closed: [false, false], severity: undefined };
const tls = (spec: Manifest) => guard('BackendTLSPolicy', spec, 'gateway.networking.k8s.io/v1');
const cases: readonly [string, Manifest, { closed: boolean[]; severity: string | undefined }][] = [
  ['on the route', security(onRoute), all],
  ['by the deprecated targetRef', security({ targetRef: target('HTTPRoute', 'r') }), all],
  [
    'on a rule',
    security({ targetRefs: [target('HTTPRoute', 'r', 'b')] }),
    { closed: [false, true], severity: 'error' },
  ],
  ['on a rule that is not there', security({ targetRefs: [target('HTTPRoute', 'r', 'x')] }), all],
  ['on the Gateway', security({ targetRefs: [target('Gateway', 'eg')] }), all],
  ['on the listener', security({ targetRefs: [target('Gateway', 'eg', 'http')] }), all],
  ['by a selector', security({ targetSelectors: [{ kind: 'HTTPRoute', matchLabels: {} }] }), all],
  [
    'by a selector that fits nothing',
    security({ targetSelectors: [{ kind: 'HTTPRoute', matchLabels: { a: 'b' } }] }),
    none,
  ],
  ['on another route', security({ targetRefs: [target('HTTPRoute', 'other')] }), none],
  ['of one kind of route, not the other', security({ targetRefs: [target('GRPCRoute', 'r')] }), none],
  ['refused, with CORS alone', guard('SecurityPolicy', { ...onRoute, cors: { maxAge: 5 } }), open],
  ['with CORS alone', guard('SecurityPolicy', { ...onRoute, cors: {} }), open],
  ['with a field that nobody knows', guard('SecurityPolicy', { ...onRoute, shield: {} }), all],
  ['TLS to the Service', tls({ targetRefs: [{ group: '', kind: 'Service', name: 'backend' }] }), all],
  ['TLS to its port', tls({ targetRefs: [{ kind: 'Service', name: 'backend', sectionName: 'http' }] }), all],
  ['TLS to a Service that no route uses', tls({ targetRefs: [{ kind: 'Service', name: 'other' }] }), none],
  ['extensions', guard('EnvoyExtensionPolicy', { ...onRoute, lua: [] }), all],
  [
    'patches for the class',
    guard('EnvoyPatchPolicy', {
      targetRef: { kind: 'GatewayClass', name: 'eg' },
      type: 'JSONPatch',
      jsonPatches: [],
    }),
    all,
  ],
  [
    'refused, with a limit on connections',
    guard('ClientTrafficPolicy', {
      targetRef: target('Gateway', 'eg'),
      connection: { connectionLimit: { value: 0 } },
    }),
    all,
  ],
  [
    'refused, tuning alone',
    guard('ClientTrafficPolicy', { targetRef: target('Gateway', 'eg'), tcpKeepalive: { probes: 0 } }),
    open,
  ],
  [
    "another system's policy",
    guard(
      'AuthorizationPolicy',
      { targetRefs: [target('Gateway', 'eg')], action: 'DENY' },
      'security.istio.io/v1',
    ),
    all,
  ],
];
for (const [what, manifest, expected] of cases)
  test(`${manifest.kind}: ${what}`, () => assert.deepEqual(closed(manifest), expected));

test('one listener of two is closed, and the Gateway that is assumed can be a target', () => {
  const two = gateway('eg', [listener('http', 80), listener('alt', 8081)]);
  const w = world(
    [...basics.slice(0, 1), two, ...basics.slice(2)],
    httpRoute('r'),
    security({ targetRefs: [target('Gateway', 'eg', 'alt')] }),
  );
  assert.deepEqual(
    w.plan.listeners.map(({ virtualHosts }) => virtualHosts[0]!.routes[0]!.action.kind),
    ['forward', 'respond'],
  );
  const assumed = world(basics.slice(2), httpRoute('r'), security({ targetRefs: [target('Gateway', 'eg')] }));
  assert.equal(assumed.route('r/0').action.kind, 'respond');
});

test('a mirror and a Backend are called in plain text, too', () => {
  const mirrored = rule('/', {
    filters: [{ type: 'RequestMirror', requestMirror: { backendRef: backendRef('copy') } }],
  });
  const copy = backend('copy', { endpoints: [{ ip: { address: '10.0.0.9', port: 80 } }] });
  const w = world(
    basics,
    copy,
    httpRoute('r', [mirrored]),
    tls({ targetRefs: [{ kind: 'Backend', name: 'copy' }] }),
  );
  assert.equal(w.route('r/0').action.kind, 'respond');
});

test('a policy of ours that is refused is told by its own name, as what is to be corrected', () => {
  const refused = (name: string) =>
    world(
      ...basics,
      httpRoute('r'),
      guard('ClientTrafficPolicy', {
        targetRef: target('Gateway', name),
        timeout: { http: { idleTimeout: 1 } },
      }),
    ).all.find(({ code }) => /^(protection|kind)-not-translated$/.test(code));
  const served = refused('eg');
  assert.match(
    served?.message ?? '',
    /^ClientTrafficPolicy default\/guard is refused: Gateway default\/eg would/,
  );
  assert.equal(served?.resource, 'ClientTrafficPolicy default/guard');
  assert.equal(served?.value, 'ClientTrafficPolicy');
  assert.match(served?.hint ?? '', /^Correct it;/);
  assert.match(
    refused('x')?.message ?? '',
    /^ClientTrafficPolicy default\/guard is refused, and nothing that/,
  );
});

test('the message says what would be open, and where', () => {
  const found = world(basics, httpRoute('r'), security(onRoute)).find('protection-not-translated');
  assert.match(
    found.message,
    /SecurityPolicy default\/guard is refused: HTTPRoute default\/r would be served without its jwt\./,
  );
  assert.match(found.hint ?? '', /Correct it; .*500/);
  assert.equal(found.notes?.[0]?.message, 'This would be open');
});

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

test('a refused policy that limits requests closes its targets', () => {
  const bad = policy('p', target('HTTPRoute', 'r'), {});
  const limits = {
    ...bad,
    spec: { ...onRoute, rateLimit: {}, timeout: { http: { requestTimeout: 'soon' } } },
  };
  assert.deepEqual(closed(limits), all);
  const lenient = { ...bad, spec: { ...onRoute, timeout: { http: { requestTimeout: 'soon' } } } };
  assert.deepEqual(closed(lenient).closed, [false, false]);
  const misspelt = { ...bad, spec: { ...onRoute, rateLimits: {} } };
  assert.deepEqual(closed(misspelt), all);
});

test('fields of a policy that restrict make it invalid, also where it is merged', () => {
  const wrong = {
    rateLimit: { type: 'Local' },
    bandwidthLimit: { request: { limit: { value: 1, unit: 'Second' } } },
  };
  for (const [field, value] of Object.entries(wrong)) {
    const w = world(basics, httpRoute('r'), policy('p', [target('HTTPRoute', 'r')], { [field]: value }));
    const { action } = w.route('r/0');
    assert.ok(
      action.kind === 'respond' &&
        action.status === 500 &&
        action.because.toLowerCase().includes(field.toLowerCase()),
    );
    const above = policy('up', [target('Gateway', 'eg')], { [field]: value });
    const below = policy('down', [target('HTTPRoute', 'r')], { mergeType: 'StrategicMerge' });
    assert.equal(world(basics, httpRoute('r'), above, below).route('r/0').action.kind, 'respond', field);
  }
});

test('a global limit without a service closes its routes, also where it is merged', () => {
  const limits = { rateLimit: { global: { rules: [{ limit: { requests: 1, unit: 'Hour' } }] } } };
  const onRoute = policy('p', [target('HTTPRoute', 'r')], limits);
  const above = policy('up', [target('Gateway', 'eg')], limits);
  const below = policy('down', [target('HTTPRoute', 'r')], { mergeType: 'StrategicMerge' });
  for (const policies of [[onRoute], [above, below]]) {
    const w = world(basics, httpRoute('r'), ...policies);
    assert.equal(w.route('r/0').action.kind, 'respond');
    assert.deepEqual(
      w.diagnostics.map(({ code }) => code),
      ['rate-limit-service-missing'],
    );
  }
});

test('a Gateway that asks clients for certificates by a field of an older version is refused', () => {
  const asking = gateway('eg', [
    listener('one', 443, {
      protocol: 'HTTPS',
      tls: { certificateRefs: [{ name: 'a' }], frontendValidation: {} },
    }),
  ]);
  const w = world(basics.slice(0, 1), asking, basics.slice(2), httpRoute('r'));
  const found = w.all.find(({ code }) => code === 'field-not-supported');
  assert.match(found?.message ?? '', /frontendValidation .* clients would not be asked for a certificate/);
});
