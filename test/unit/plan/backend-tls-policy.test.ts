/**
 * BackendTLSPolicy: which one holds, and what becomes of it. Conditions and their words are those of Envoy
 * Gateway's own test data (backendtlspolicy-*).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authorityMap, issue, tlsSecret } from '../../support/certificates.ts';
import {
  answerOf,
  ca,
  caMap,
  caRef,
  endpoints,
  onBackend,
  text,
  tlsOf,
  tlsPolicy,
  words,
} from './backend-tls-world.ts';
import {
  backend,
  backendRef,
  basics,
  gateway,
  gatewayClass,
  grant,
  httpRoute,
  type Manifest,
  ref,
  rule,
  service,
  slice,
  world,
} from './world.ts';

test('a Service is called over TLS, by the name and the authority of its policy', () => {
  const w = world(...basics, httpRoute('r'), caMap, tlsPolicy('p'));
  assert.deepEqual(w.all, []);
  assert.deepEqual(tlsOf(w), {
    sni: { kind: 'fixed', name: 'shop.internal' },
    trust: {
      kind: 'authority',
      name: 'ca/backendtlspolicy/default/p',
      sources: ['ConfigMap default/ca'],
    },
    altNames: [{ type: 'DNS', value: 'shop.internal' }],
    certificate: undefined,
    parameters: {
      minVersion: undefined,
      maxVersion: undefined,
      ciphers: undefined,
      ecdhCurves: undefined,
      signatureAlgorithms: undefined,
      alpnProtocols: undefined,
    },
  });
  assert.equal(w.pool('httproute/default/r/rule/0').protocol, 'auto');
  assert.equal(w.plan.authorities[0]?.pem, ca.certificate);
  assert.deepEqual(words(w, 'p'), {
    ResolvedRefs: 'True ResolvedRefs: Resolved all the Object references.',
    Accepted: 'True Accepted: Policy has been accepted.',
  });
});

test('without a policy nothing changes; a policy that nothing uses has no conditions', () => {
  const w = world(
    ...basics,
    httpRoute('r'),
    caMap,
    service('other'),
    tlsPolicy('p', { group: '', kind: 'Service', name: 'other' }),
  );
  assert.deepEqual(w.all, []);
  assert.equal(tlsOf(w), undefined);
  assert.deepEqual(w.plan.authorities, []);
  assert.deepEqual(
    w.status.find(({ kind }) => kind === 'BackendTLSPolicy'),
    { kind: 'BackendTLSPolicy', namespace: 'default', name: 'p', ancestors: [] },
  );
});

test('alternative names are verified in place of the server name', () => {
  const subjectAltNames = [
    { type: 'URI', uri: 'spiffe://internal/shop' },
    { type: 'Hostname', hostname: 'other.internal' },
  ];
  const w = world(...basics, httpRoute('r'), caMap, tlsPolicy('p', undefined, { subjectAltNames }));
  assert.deepEqual(tlsOf(w)?.altNames, [
    { type: 'URI', value: 'spiffe://internal/shop' },
    { type: 'DNS', value: 'other.internal' },
  ]);
  assert.deepEqual(tlsOf(w)?.sni, { kind: 'fixed', name: 'shop.internal' });
});

test('a policy for the port comes before one for all ports, whatever their age', () => {
  const old = { creationTimestamp: '2020-01-01T00:00:00Z' };
  const young = { creationTimestamp: '2024-01-01T00:00:00Z' };
  const port = { group: '', kind: 'Service', name: 'backend', sectionName: 'http' };
  const w = world(
    ...basics,
    httpRoute('r'),
    caMap,
    tlsPolicy('all', undefined, { hostname: 'all.internal' }, old),
    tlsPolicy('port', port, { hostname: 'port.internal' }, young),
  );
  assert.deepEqual(w.all, []);
  assert.deepEqual(tlsOf(w)?.sni, { kind: 'fixed', name: 'port.internal' });
});

test('of two policies for one target the older wins, then the first by name; the other is told', () => {
  const w = world(
    ...basics,
    httpRoute('r'),
    caMap,
    tlsPolicy('a', undefined, { hostname: 'a.internal' }, { creationTimestamp: '2024-01-01T00:00:00Z' }),
    tlsPolicy('b', undefined, { hostname: 'b.internal' }, { creationTimestamp: '2020-01-01T00:00:00Z' }),
  );
  assert.deepEqual(tlsOf(w)?.sni, { kind: 'fixed', name: 'b.internal' });
  assert.equal(w.find('policy-conflict').message, 'Policy conflicts with BackendTLSPolicy default/b.');
  assert.deepEqual(words(w, 'a'), {
    Accepted: 'False Conflicted: Policy conflicts with BackendTLSPolicy default/b.',
  });
  assert.match(words(w, 'b').Accepted ?? '', /^True/);
});

test('authorities may stand under tls.crt, alone under any name, in a Secret, in several references', () => {
  const secret = tlsSecret('more', ca);
  for (const [map, from] of [
    [text({ 'tls.crt': ca.certificate, other: 'x' }), [caRef]],
    [text({ 'bundle.pem': `by hand\n${ca.certificate}` }), [caRef]],
    [secret, [{ ...caRef, kind: 'Secret', name: 'more' }]],
  ] as const) {
    const w = world(...basics, httpRoute('r'), map, tlsPolicy('p', undefined, { caCertificateRefs: from }));
    assert.deepEqual(w.all, []);
    assert.equal(w.plan.authorities[0]?.pem, ca.certificate);
  }
  const two = [caRef, { ...caRef, kind: 'Secret', name: 'more' }];
  const w = world(
    ...basics,
    httpRoute('r'),
    caMap,
    secret,
    tlsPolicy('p', undefined, { caCertificateRefs: two }),
  );
  assert.equal(w.plan.authorities[0]?.pem, ca.certificate.repeat(2));
  assert.deepEqual(w.plan.authorities[0]?.sources, ['ConfigMap default/ca', 'Secret default/more']);
});

test('an authority that has ended or ends soon is told, and still decides', () => {
  for (const [to, says] of [
    [-2, /has expired on 20.* no backend is believed\./],
    [5, /expires on 20.* no backend is believed from then on\./],
  ] as const) {
    const old = issue({ name: 'Old CA', ca: true, from: -9, to });
    const w = world(...basics, httpRoute('r'), authorityMap('ca', old), tlsPolicy('p'));
    assert.match(w.find('certificate-expires').message, says);
    assert.equal(tlsOf(w)?.trust.kind, 'authority');
    const both = world(...basics, httpRoute('r'), authorityMap('ca', old, ca), tlsPolicy('p'));
    assert.deepEqual(both.all, [], 'another one goes on');
  }
});

test('a port that the target does not have closes the whole target, where Envoy Gateway calls it plain', () => {
  const port = { group: '', kind: 'Service', name: 'backend', sectionName: 'https' };
  const w = world(...basics, httpRoute('r'), caMap, tlsPolicy('p', port));
  assert.equal(w.find('section-unknown').field, 'spec.targetRefs[0].sectionName');
  assert.match(answerOf(w), /^500 .*No section name https found for Service default\/backend/);
  assert.match(words(w, 'p').Accepted ?? '', /^False TargetNotFound/);
  const unnamed = service('backend', {}, { spec: { ports: [{ port: 80 }] } });
  const numbered = world(
    gatewayClass,
    gateway(),
    httpRoute('r'),
    unnamed,
    caMap,
    tlsPolicy('p', { ...port, sectionName: '80' }),
  );
  assert.match(
    numbered.find('section-unknown').hint ?? '',
    /have no names: name one, or leave out sectionName/,
  );
  const other = { group: '', kind: 'Service', name: 'none' };
  const none = world(...basics, httpRoute('r'), caMap, tlsPolicy('p', other));
  assert.equal(none.find('target-unknown').severity, 'warning');
  assert.equal(answerOf(none), 'forward');
});

test('a policy reaches its own namespace alone, and routes of others come by grant', () => {
  const there = { namespace: 'shops' };
  const route = httpRoute('r', [rule('/', { backendRefs: [ref('backend', there)] })]);
  const upstream = [
    service('backend', {}, { metadata: there }),
    slice('backend-1', 'backend', ['10.0.0.1'], there),
    grant(
      'shops',
      { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', namespace: 'default' },
      { group: '', kind: 'Service' },
    ),
  ];
  const map = { ...caMap, metadata: { name: 'ca', ...there } };
  const own = world(gatewayClass, gateway(), route, ...upstream, map, tlsPolicy('p', undefined, {}, there));
  assert.deepEqual(own.all, []);
  assert.equal(tlsOf(own)?.sni.kind, 'fixed');
  const elsewhere = world(gatewayClass, gateway(), route, ...upstream, caMap, tlsPolicy('p'));
  assert.equal(elsewhere.find('target-unknown').severity, 'warning');
  assert.equal(tlsOf(elsewhere), undefined);
  // A ConfigMap of another namespace cannot be named: there is none of that name here.
  const far = world(gatewayClass, gateway(), route, ...upstream, caMap, tlsPolicy('p', undefined, {}, there));
  assert.match(answerOf(far), /configmap ca not found in namespace shops/);
});

test('a Backend by its ports: all endpoints must have the policy, whatever port the reference names', () => {
  const policies = [tlsPolicy('p', onBackend('b', '8443'))];
  const routed = (rest: Manifest, ...ports: number[]) =>
    world(
      ...basics,
      caMap,
      ...policies,
      backend('b', { endpoints: endpoints(...ports) }),
      httpRoute('r', [rule('/', { backendRefs: [backendRef('b', rest)] })]),
    );
  assert.equal(tlsOf(routed({ port: 8443 }, 8443))?.sni.kind, 'fixed');
  assert.equal(tlsOf(routed({}, 8443))?.sni.kind, 'fixed', 'in Envoy Gateway: plain text');
  assert.match(answerOf(routed({}, 8443, 8080)), /^500 .*holds for one of the Backend's ports/);
  assert.match(answerOf(routed({ port: 8080 }, 8443, 8080)), /^500 .*holds for one of the Backend's ports/);
  assert.equal(tlsOf(routed({ port: 9999 }, 8443))?.sni.kind, 'fixed', 'the port of a reference is not used');
  assert.equal(routed({}, 8080).find('section-unknown').severity, 'error');
});

test('a port that is named for TLS and has no policy is told, once; with a policy it is not', () => {
  const https = service('backend', { appProtocol: 'https' });
  const others = basics.filter(({ kind }) => kind !== 'Service');
  const plain = world(...others, https, httpRoute('r'), httpRoute('s'));
  const told = plain.all.filter(({ code }) => code === 'tls-not-asked-for');
  assert.deepEqual(
    told.map(({ severity, field, value }) => [severity, field, value]),
    [['warning', 'spec.ports[0].appProtocol', 'https']],
  );
  assert.equal(tlsOf(plain), undefined);
  assert.deepEqual(world(...others, https, httpRoute('r'), caMap, tlsPolicy('p')).all, []);
});
