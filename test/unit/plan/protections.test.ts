/** Policies that restrict or protect and are not translated: what they target is refused and closed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { all, closed, guard, none, onRoute, open, security } from './protections-world.ts';
import {
  backend,
  backendRef,
  basics,
  gateway,
  httpRoute,
  listener,
  type Manifest,
  rule,
  target,
  world,
} from './world.ts';

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
