/** Which SecurityPolicy holds where, what it gives the route, and what is closed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  basics,
  gateway,
  httpRoute,
  listener,
  type Manifest,
  rule,
  securityPolicy,
  target,
  world,
} from './world.ts';

const security = (name: string, targets: readonly Manifest[], spec: Manifest, age = 0): Manifest =>
  securityPolicy(name, targets, spec, { creationTimestamp: `2026-01-01T00:00:0${age}Z` });
const allow = (...clientCIDRs: string[]): Manifest => ({
  authorization: { rules: [{ action: 'Allow', principal: { clientCIDRs } }] },
});
const onGateway = [target('Gateway', 'eg')];
const onRoute = [target('HTTPRoute', 'r')];
const routes = httpRoute('r', [rule('/a', { name: 'a' }), rule('/b', { name: 'b' })]);
/** The ranges that rule i lets in; the status of its answer, where it has one. */
function held(i: number, ...policies: Manifest[]): readonly string[] | number {
  const { action, handling } = world(basics, routes, policies).route(`r/${i}`);
  if (action.kind === 'respond') return action.status;
  const rules = handling?.authorization?.rules ?? [];
  return rules.flatMap(({ ranges }) => ranges.map(({ first, bits }) => `${first}/${bits}`));
}

const all = security('all', onGateway, allow('10.0.0.0/8'));
const ofListener = security('listener', [target('Gateway', 'eg', 'http')], allow('11.0.0.0/8'));
const ofRoute = security('route', onRoute, allow('12.0.0.0/8'));
const ofRule = security('rule', [target('HTTPRoute', 'r', 'b')], allow('13.0.0.0/8'));
const invalid = security('invalid', onRoute, {
  authorization: {
    rules: [
      {
        action: 'Allow',
        operation: { path: { type: 'RegularExpression', value: '(' } },
        principal: { clientCIDRs: ['0.0.0.0/0'] },
      },
    ],
  },
});
const cases: readonly [string, Manifest[], (readonly string[] | number)[]][] = [
  ['none', [], [[], []]],
  ['of the Gateway', [all], [['10.0.0.0/8'], ['10.0.0.0/8']]],
  ['of a listener before that of its Gateway', [all, ofListener], [['11.0.0.0/8'], ['11.0.0.0/8']]],
  ['of a route before those', [all, ofListener, ofRoute], [['12.0.0.0/8'], ['12.0.0.0/8']]],
  ['of a rule before that of its route', [ofRoute, ofRule], [['12.0.0.0/8'], ['13.0.0.0/8']]],
  ['an invalid one closes', [all, invalid], [500, 500]],
  ['a nearer one holds before an invalid one', [invalid, ofRule], [500, ['13.0.0.0/8']]],
  [
    'of two for one target the older',
    [security('a-late', onRoute, allow('14.0.0.0/8'), 2), security('early', onRoute, allow('15.0.0.0/8'), 1)],
    [['15.0.0.0/8'], ['15.0.0.0/8']],
  ],
  [
    'for a rule that is not there: the route is closed',
    [security('x', [target('HTTPRoute', 'r', 'x')], allow('10.0.0.0/8'))],
    [500, 500],
  ],
  [
    'for a listener that is not there: the Gateway is closed, whatever holds below',
    [security('x', [target('Gateway', 'eg', 'x')], allow('10.0.0.0/8')), ofRule],
    [500, 500],
  ],
  [
    'merged: cors of the one, rules of the other',
    [all, security('merged', onRoute, { mergeType: 'StrategicMerge', cors: { allowOrigins: ['*'] } })],
    [['10.0.0.0/8'], ['10.0.0.0/8']],
  ],
  [
    'merged: lists are replaced',
    [all, security('merged', onRoute, { mergeType: 'JSONMerge', ...allow('16.0.0.0/8') })],
    [['16.0.0.0/8'], ['16.0.0.0/8']],
  ],
];
for (const [what, policies, expected] of cases)
  test(`a policy ${what}`, () => {
    assert.deepEqual([held(0, ...policies), held(1, ...policies)], expected);
    assert.deepEqual(
      [held(0, ...[...policies].reverse()), held(1, ...[...policies].reverse())],
      expected,
      'in any order',
    );
  });

test('a rule without a name has that of the policy it was written in', () => {
  const merged = security('merged', onRoute, { mergeType: 'JSONMerge', cors: {} });
  const { authorization } = world(basics, routes, [all, merged]).route('r/0').handling!;
  assert.equal(authorization!.rules[0]!.name, 'securitypolicy/default/all/authorization/rule/0');
});

test('the filter CORS of a rule comes before that of a policy', () => {
  const filters = [{ type: 'CORS', cors: { allowOrigins: ['https://a.test'] } }];
  const w = world(
    basics,
    httpRoute('r', [rule('/a', { filters }), rule('/b')]),
    security('s', onRoute, { cors: { allowOrigins: ['https://b.test'] } }),
  );
  assert.deepEqual(
    ['r/0', 'r/1'].map((name) => w.route(name).handling?.cors?.allowOrigins),
    [['https://a.test'], ['https://b.test']],
  );
  assert.equal(w.route('r/1').handling?.cors?.maxAgeSeconds, undefined);
});

test('conditions', () => {
  const late = security('late', onRoute, allow('14.0.0.0/8'), 2);
  const w = world(basics, routes, [all, ofRoute, ofRule, late]);
  const of = (name: string) => w.conditions('SecurityPolicy', name);
  assert.equal(
    of('all').Overridden?.message,
    'This policy is being overridden by other securityPolicies for these routes: [default/r]',
  );
  assert.equal(
    of('route').Overridden?.message,
    'This policy is being overridden by other securityPolicies for these route rules: [b]',
  );
  assert.equal(of('rule').Accepted?.status, 'True');
  assert.deepEqual(
    [of('late').Accepted?.reason, of('late').Accepted?.message],
    ['Conflicted', 'Unable to target HTTPRoute r, another SecurityPolicy has already attached to it'],
  );
  const bad = world(basics, routes, [invalid]).conditions('SecurityPolicy', 'invalid').Accepted!;
  assert.deepEqual([bad.status, bad.reason], ['False', 'Invalid']);
  assert.match(bad.message, /^Authorization: unable to translate authorization rule: regex "\(" is invalid/);
});

test('connections are let in by address, and closed where a policy asks for more', () => {
  const tcp = {
    apiVersion: 'gateway.networking.k8s.io/v1alpha2',
    kind: 'TCPRoute',
    metadata: { name: 't', namespace: 'default' },
    spec: {
      parentRefs: [{ name: 'eg', sectionName: 'tcp' }],
      rules: [{ backendRefs: [{ name: 'backend', port: 3000 }] }],
    },
  };
  const eg = gateway('eg', [listener('http', 80), { name: 'tcp', port: 9000, protocol: 'TCP' }]);
  const built = (spec: Manifest) =>
    world(basics[0]!, eg, basics.slice(2), routes, tcp, security('s', onGateway, spec));
  const connection = (spec: Manifest) =>
    built(spec).plan.listeners.flatMap(({ connections }) => connections?.routes ?? [])[0]!;
  assert.equal(connection({ cors: {} }).closed, undefined);
  assert.deepEqual(connection(allow('10.0.0.0/8')).authorization?.rules[0]?.ranges, [
    { first: '10.0.0.0', bits: 8 },
  ]);
  const more = {
    authorization: {
      rules: [{ action: 'Allow', principal: { headers: [{ name: 'x', values: ['a'] }] } }],
    },
  };
  assert.match(connection(more).closed!, /SecurityPolicy default\/s asks for more than an address/);
  const w = built(more);
  assert.equal(w.find('protection-not-translated').severity, 'error');
  assert.equal(w.route('r/0').action.kind, 'forward');
});

test('a policy that drops what one of another namespace asks of clients is told', () => {
  const team: Manifest = { ...routes, metadata: { name: 'r', namespace: 'team' } };
  const eg = gateway('eg', [listener('http', 80, { allowedRoutes: { namespaces: { from: 'All' } } })]);
  const own = (spec: Manifest, namespace: string): Manifest => {
    const one = security('own', onRoute, spec);
    return { ...one, metadata: { name: 'own', namespace } };
  };
  const parents = { parentRefs: [{ name: 'eg', namespace: 'default' }] };
  const inTeam = { ...team, spec: { ...(team.spec as Manifest), ...parents } };
  const codes = (spec: Manifest): string[] =>
    world(basics[0]!, eg, inTeam, all, own(spec, 'team'))
      .codes()
      .filter((code) => code === 'protection-overridden');
  assert.deepEqual(codes({ cors: { allowOrigins: ['*'] } }), ['protection-overridden']);
  assert.deepEqual(codes({ mergeType: 'StrategicMerge', cors: { allowOrigins: ['*'] } }), []);
  assert.deepEqual(codes(allow('12.0.0.0/8')), []);
  const near = world(basics, routes, all, own({ cors: { allowOrigins: ['*'] } }, 'default'));
  assert.ok(!near.codes().includes('protection-overridden'));
});
