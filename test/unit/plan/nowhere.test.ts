/**
 * What is answered when there is nowhere to go: backends that are not there, not allowed, not ready, or of no
 * weight.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { same } from '../../support/plain.ts';
import { hosts, places, RULE, second, shares } from './pools-world.ts';
import {
  backend,
  backendRef,
  basics,
  grant,
  httpRoute,
  type Manifest,
  ref,
  rule,
  service,
  slice,
  world,
} from './world.ts';

const missing = ref('nowhere');

test('weight 0 is left out; all 0 answers 500 and has no pool', () => {
  const w = world(basics, second, shares(ref('backend', { weight: 0 }), ref('other', { weight: 5 })));
  same(places(w.pool(RULE)), [[`${RULE}/backend/1`, 5]]);
  const none = world(basics, shares(ref('backend', { weight: 0 })));
  same(none.plan.pools, []);
  const { action } = none.route('r/0');
  same(action, { kind: 'respond', status: 500, because: 'all backendRefs have weight 0' });
  assert.equal(none.find('rule-without-backend').severity, 'warning');
});

const named = { ...slice('m-2', 'mixed', ['a.example.org']), addressType: 'FQDN' };
const nowhere: [string, Manifest[], Manifest[], number, reason: string, message: string][] = [
  ['a missing Service', [], [missing], 500, 'BackendNotFound', 'service default/nowhere not found'],
  ['a missing Backend', [], [backendRef('b')], 500, 'BackendNotFound', 'Backend default/b not found'],
  [
    'a port it does not have',
    [],
    [ref('backend', { port: 80 })],
    500,
    'PortNotFound',
    'TCP Port 80 not found on Service default/backend',
  ],
  [
    'another namespace without a grant',
    [],
    [ref('backend', { namespace: 'away' })],
    500,
    'RefNotPermitted',
    'Backend ref to Service away/backend not permitted by any ReferenceGrant.',
  ],
  [
    'a Service of type ExternalName',
    [service('outside', {}, { spec: { type: 'ExternalName', externalName: 'a.example.org' } })],
    [ref('outside')],
    500,
    'UnsupportedValue',
    'Service default/outside is of type ExternalName, which is not supported as a backend; use an Envoy Gateway Backend resource with an FQDN endpoint instead',
  ],
  [
    'a Unix socket, though there is an address too',
    [
      backend('local', {
        endpoints: [{ unix: { path: '/run/a' } }, { ip: { address: '10.2.0.1', port: 80 } }],
      }),
    ],
    [backendRef('local')],
    500,
    'UnsupportedAddressType',
    'unix domain sockets are not supported in backend references',
  ],
  [
    'a ServiceImport, which is not read',
    [],
    [ref('backend', { group: 'multicluster.x-k8s.io', kind: 'ServiceImport' })],
    500,
    'BackendNotFound',
    'service import default/backend not found',
  ],
  [
    'another group',
    [],
    [ref('backend', { group: 'example.org' })],
    500,
    'InvalidKind',
    'Group is invalid, only the core API group (specified by omitting the group field or setting it to an empty string), multicluster.x-k8s.io and gateway.envoyproxy.io are supported',
  ],
  [
    'addresses and names in one Service',
    [service('mixed'), slice('m-1', 'mixed', ['10.2.0.1']), named],
    [ref('mixed')],
    500,
    'UnsupportedAddressType',
    'mixed endpointslice address type for the same backendRef is not supported',
  ],
];
const wrongField: Record<string, string> = {
  BackendNotFound: 'name',
  PortNotFound: 'port',
  RefNotPermitted: 'namespace',
};
for (const [what, more, refs, status, reason, message] of nowhere) {
  test(`${status} for ${what}`, () => {
    const w = world(basics, more, shares(...refs));
    const { action } = w.route('r/0');
    assert.equal(action.kind === 'respond' && action.status, status);
    same(w.plan.pools, []);
    const condition = w.conditions('HTTPRoute', 'r').ResolvedRefs!;
    const text = `Failed to process route rule 0 backendRef 0: ${message}`;
    same([condition.status, condition.reason], ['False', reason]);
    assert.equal(condition.message, text.endsWith('.') ? text : `${text}.`);
    const found = w.find('backend-unresolved');
    assert.equal(found.severity, 'error');
    const field = wrongField[reason];
    assert.equal(found.field, `spec.rules[0].backendRefs[0]${field === undefined ? '' : `.${field}`}`);
    assert.ok(found.hint !== undefined && found.at !== undefined);
  });
}

test('503 for a Service without endpoints, with what is wrong about its slices', () => {
  const hint = (...slices: Manifest[]): string | undefined => {
    const w = world(basics.slice(0, 2), service(), slices, shares(ref()));
    const { action } = w.route('r/0');
    assert.equal(action.kind === 'respond' && action.status, 503);
    const conditions = w.conditions('HTTPRoute', 'r');
    assert.equal(conditions.ResolvedRefs?.status, 'True');
    same(conditions.BackendsAvailable, {
      type: 'BackendsAvailable',
      status: 'False',
      reason: 'EndpointsNotFound',
      message: 'Failed to find endpoints: no ready endpoints for the related Service default/backend.',
    });
    assert.equal(w.find('endpoints-missing').severity, 'warning');
    return w.find('endpoints-missing').hint;
  };
  assert.match(hint()!, /kubernetes.io\/service-name: backend/);
  const misnamed = {
    ...slice('s', 'backend', ['10.0.0.1']),
    ports: [{ name: 'web', protocol: 'TCP', port: 3000 }],
  };
  assert.match(hint(misnamed)!, /port is named http, those of its EndpointSlices web/);
});

const hints: [string, Manifest, RegExp][] = [
  ['near', ref('bakend'), /Did you mean backend\?/],
  ['elsewhere', ref('faraway'), /Service away\/faraway exists: set namespace, and add a ReferenceGrant/],
  ['port', ref('backend', { port: 8080 }), /Its ports: 3000 \(http\)\./],
];
for (const [what, to, advice] of hints) {
  test(`hint: ${what}`, () => {
    const away = service('faraway', {}, { metadata: { namespace: 'away' } });
    assert.match(world(basics, away, shares(to)).find('backend-unresolved').hint!, advice);
  });
}

test('a share that cannot be served keeps its part of the traffic', () => {
  const w = world(basics, shares(missing, ref('backend', { weight: 3 })));
  const f = w.forward('r/0');
  same(f.to, [
    { pool: null, weight: 1 },
    { pool: `${RULE}/backend/1`, weight: 3 },
  ]);
  same([f.split, f.missingStatus], [true, 500]);
  const empty = world(basics, service('empty'), shares(missing, ref('empty', { weight: 2 }), ref()));
  same(empty.forward('r/0').to[0], { pool: null, weight: 3 });
  assert.equal(empty.forward('r/0').missingStatus, 503);
});

test('another namespace with its grant', () => {
  const away = [
    service('backend', {}, { metadata: { namespace: 'away' } }),
    slice('s', 'backend', ['10.9.0.1'], { namespace: 'away' }),
    grant(
      'away',
      { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'default' },
      { group: '', kind: 'Service', name: 'backend' },
    ),
  ];
  const w = world(basics, away, shares(ref('backend', { namespace: 'away' })));
  same(hosts(w.pool(RULE)), ['10.9.0.1:3000']);
});

test('a backend of which no endpoint is ready is told, once per rule; its pool stays', () => {
  const off = (address: string): Manifest => ({ addresses: [address], conditions: { ready: false } });
  const given = (...endpoints: Manifest[]): ReturnType<typeof world> =>
    world(basics.slice(0, 2), service(), slice('s', 'backend', endpoints), second, [
      httpRoute('r', [
        rule('/', { backendRefs: [ref(), ref('other')] }),
        rule('/b'),
        rule('/c', { backendRefs: [ref('backend', { weight: 0 }), ref('other')] }),
      ]),
    ]);
  const none = given(off('10.0.0.1'), off('10.0.0.2'));
  const found = none.diagnostics.filter(({ code }) => code === 'endpoints-missing');
  same(
    found.map(({ severity, field }) => [severity, field]),
    [
      ['warning', 'spec.rules[0].backendRefs[0].name'],
      ['warning', 'spec.rules[1].backendRefs[0].name'],
    ],
  );
  assert.match(found[0]!.message, /^No endpoint of Service default\/backend is ready\.$/);
  assert.match(found[0]!.rule ?? '', /panic.* 503 where healthCheck\.panicThreshold is 0/);
  assert.equal(none.conditions('HTTPRoute', 'r').ResolvedRefs?.status, 'True');
  assert.equal(none.forward('r/1').to.length, 1);
  const some = given(off('10.0.0.1'), { addresses: ['10.0.0.2'] });
  same(some.diagnostics, []);
});

test('a fallback whose rule is split is refused by name, unless all are', () => {
  const ips = backend('ips', { endpoints: [{ ip: { address: '10.2.0.1', port: 80 } }] });
  const dns = backend('dns', { endpoints: [{ fqdn: { hostname: 'a.example.org', port: 443 } }] });
  const fallback = backend('fb', { fallback: true, endpoints: [{ ip: { address: '10.2.0.9', port: 80 } }] });
  const of = (...refs: Manifest[]) =>
    world(basics, ips, dns, fallback, shares(...refs)).diagnostics.filter(
      ({ code }) => code === 'fallback-split',
    );
  const [told, ...more] = of(backendRef('dns'), backendRef('fb'));
  assert.deepEqual([told?.severity, told?.field, more], ['error', 'spec.rules[0].backendRefs[1].name', []]);
  const set = [{ name: 'x', value: 'y' }];
  const filters = [{ type: 'RequestHeaderModifier', requestHeaderModifier: { set } }];
  assert.equal(of({ ...backendRef('ips'), filters }, backendRef('fb')).length, 1);
  assert.deepEqual(of(backendRef('ips'), backendRef('fb')), []);
  assert.deepEqual(of({ ...backendRef('fb'), filters }), []);
});
