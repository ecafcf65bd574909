/**
 * TLS of a Backend itself, policies laid over it, and pools of backends that are called in different ways
 * (Envoy Gateway's test data: backend-tls-settings*).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pool } from '../../../host/plan/types.ts';
import { issue, tlsSecret } from '../../support/certificates.ts';
import { answerOf, ca, caMap, caRef, endpoints, onBackend, tlsOf, tlsPolicy } from './backend-tls-world.ts';
import {
  backend,
  backendRef,
  basics,
  grpcRoute,
  httpRoute,
  type Manifest,
  policy,
  ref,
  rule,
  service,
  slice,
  target,
  world,
} from './world.ts';

const tlsBackend = (tls: Manifest | undefined, spec: Manifest = {}): Manifest[] => [
  backend('b', { endpoints: endpoints(8443), ...(tls === undefined ? {} : { tls }), ...spec }),
  httpRoute('r', [rule('/', { backendRefs: [backendRef('b')] })]),
];
const withTls = (tls: Manifest, ...more: Manifest[]) => world(...basics, caMap, ...more, ...tlsBackend(tls));
const caRefs = { caCertificateRefs: [caRef] };

test('tls of a Backend: whom it trusts, and the server name', () => {
  const w = withTls(caRefs);
  assert.deepEqual(w.all, []);
  assert.deepEqual(tlsOf(w)?.sni, { kind: 'request' });
  assert.deepEqual(tlsOf(w)?.altNames, [], 'the certificate is for the server name');
  assert.equal(w.plan.authorities[0]?.name, 'ca/backend/default/b');
  const fixed = tlsOf(withTls({ wellKnownCACertificates: 'System', sni: 'b.internal' }));
  assert.deepEqual([fixed?.trust.kind, fixed?.sni], ['system', { kind: 'fixed', name: 'b.internal' }]);
  assert.deepEqual(fixed?.altNames, [{ type: 'DNS', value: 'b.internal' }]);
});

test('whoever is believed without proof is told', () => {
  const w = withTls({ insecureSkipVerify: true });
  assert.equal(w.find('tls-unverified').field, 'spec.tls.insecureSkipVerify');
  assert.deepEqual([tlsOf(w)?.trust.kind, tlsOf(w)?.altNames], ['anyone', []]);
});

test('a policy is laid over tls of its Backend, field by field, and its verification stands', () => {
  const other = tlsPolicy('p', onBackend('b'));
  const client = tlsSecret('client', issue({ name: 'envoy', issuer: ca }));
  const w = withTls(
    {
      insecureSkipVerify: true,
      sni: 'own.internal',
      maxVersion: '1.2',
      clientCertificateRef: { name: 'client' },
    },
    other,
    client,
  );
  assert.equal(w.find('value-without-effect').field, 'spec.tls.insecureSkipVerify');
  const tls = tlsOf(w);
  assert.deepEqual(tls?.sni, { kind: 'fixed', name: 'shop.internal' });
  assert.equal(tls?.trust.kind, 'authority');
  assert.deepEqual([tls?.certificate, tls?.parameters.maxVersion], ['default/client', '1.2']);
  assert.deepEqual(
    w.plan.certificates.map(({ name }) => name),
    ['default/client'],
  );
  assert.equal(tlsOf(withTls({}, other))?.trust.kind, 'authority', 'the policy says whom to trust');
});

const backendFaults: readonly [name: string, tls: Manifest, more: Manifest[], code: string, says: RegExp][] =
  [
    ['nobody is trusted', {}, [], 'ca-unresolved', /CACertificate must be specified/],
    [
      'no ConfigMap',
      { caCertificateRefs: [{ ...caRef, name: 'x' }] },
      [],
      'ca-unresolved',
      /configmap x not found/,
    ],
    [
      'no client certificate',
      { ...caRefs, clientCertificateRef: { name: 'x' } },
      [],
      'certificate-unresolved',
      /failed to locate TLS secret for client auth: default\/x specified in Backend default\/b/,
    ],
    [
      'a client certificate of another namespace',
      { ...caRefs, clientCertificateRef: { name: 'x', namespace: 'other' } },
      [],
      'certificate-unresolved',
      /not located in the same namespace as Backend/,
    ],
    [
      'a client certificate that has ended',
      { ...caRefs, clientCertificateRef: { name: 'c' } },
      [tlsSecret('c', issue({ name: 'c', from: -9, to: -2 }))],
      'certificate-invalid',
      /certificate c has expired/,
    ],
    [
      'an endpoint without the name that it is to be asked by',
      { ...caRefs, autoSNIFromEndpointHostname: true },
      [],
      'backend-tls-nameless',
      /endpoint 0 has no hostname/,
    ],
  ];
for (const [name, tls, more, code, says] of backendFaults)
  test(`tls of a Backend that cannot be followed closes it: ${name}`, () => {
    const w = withTls(tls, ...more);
    assert.deepEqual(
      w.all.map((one) => [one.severity, one.code]),
      [['error', code]],
    );
    assert.match(answerOf(w), /^500 failed to process route rule 0 backendRef 0: /);
    assert.match(answerOf(w), says);
  });

test('the name of an endpoint: its hostname, or the name that is looked up', () => {
  const tls = { ...caRefs, autoSNIFromEndpointHostname: true };
  const fqdn = [{ fqdn: { hostname: 'b.internal', port: 443 } }];
  const w = world(...basics, caMap, ...tlsBackend(tls, { endpoints: fqdn }));
  assert.equal(tlsOf(w)?.sni.kind, 'endpoint');
  assert.equal(w.pool('httproute/default/r/rule/0').localities[0]?.endpoints[0]?.hostname, 'b.internal');
});

const shared = (
  first: Manifest | undefined,
  second: Manifest | undefined,
  appProtocols?: string[],
): Pool[] => [
  ...world(
    ...basics,
    caMap,
    backend('a', { endpoints: endpoints(1), ...(first && { tls: first }) }),
    backend('b', {
      endpoints: endpoints(2),
      ...(second && { tls: second }),
      ...(appProtocols && { appProtocols }),
    }),
    httpRoute('r', [rule('/', { backendRefs: [backendRef('a'), backendRef('b')] })]),
  ).plan.pools,
];
test('backends share a pool unless one is asked for by the name of the request and another is not', () => {
  const named = { ...caRefs, sni: 'b.internal' };
  const kinds = (pools: Pool[]) =>
    pools.map(({ protocol, localities }) => `${protocol} ${localities.length}`);
  assert.deepEqual(kinds(shared(named, named)), ['auto 2']);
  assert.deepEqual(kinds(shared(named, undefined)), ['http1 2']);
  assert.deepEqual(kinds(shared(caRefs, caRefs)), ['auto 2']);
  assert.deepEqual(kinds(shared(caRefs, named)), ['auto 1', 'auto 1']);
  assert.deepEqual(kinds(shared(caRefs, undefined)), ['auto 1', 'http1 1']);
  assert.deepEqual(kinds(shared(named, named, ['gateway.envoyproxy.io/wss'])), ['http1 2']);
  assert.deepEqual(kinds(shared(named, named, ['gateway.envoyproxy.io/h2c'])), ['http2 2']);
});

test('gRPC stays HTTP/2, and mirrors are called as their backends', () => {
  const mirror = { type: 'RequestMirror', requestMirror: { backendRef: { name: 'backend', port: 3000 } } };
  const w = world(
    ...basics,
    caMap,
    tlsPolicy('p'),
    grpcRoute('g', [{ matches: [{ method: { service: 's' } }], backendRefs: [ref('backend')] }]),
    service('plain'),
    slice('plain-1', 'plain', ['10.0.0.7']),
    httpRoute('r', [rule('/r', { backendRefs: [ref('plain')], filters: [mirror] })]),
  );
  assert.deepEqual(w.all, []);
  assert.equal(w.pool('grpcroute/default/g/rule/0').protocol, 'http2');
  assert.ok(tlsOf(w, 'grpcroute/default/g/rule/0'));
  assert.ok(tlsOf(w, 'httproute/default/r/rule/0-mirror-0'));
  assert.equal(tlsOf(w), undefined);
});

test('a policy that is refused closes what it targets', () => {
  const bad = tlsPolicy('p', undefined, { hostname: undefined });
  const w = world(...basics, httpRoute('r'), caMap, bad);
  assert.deepEqual(
    w.all.map(({ code }) => code),
    ['field-missing', 'protection-not-translated'],
  );
  assert.match(answerOf(w), /^500 BackendTLSPolicy default\/p is refused: /);
  const version = { ...tlsPolicy('p'), apiVersion: 'gateway.networking.k8s.io/v1alpha2' };
  const old = world(...basics, httpRoute('r'), caMap, version);
  assert.deepEqual(
    old.all.map(({ code }) => code),
    ['version-unknown', 'protection-not-translated'],
  );
  assert.match(answerOf(old), /^500 /);
});

test('a policy of load balancing and one of TLS go together', () => {
  const w = world(
    ...basics,
    httpRoute('r'),
    caMap,
    tlsPolicy('p'),
    policy('p', [target('HTTPRoute', 'r')], { loadBalancer: { type: 'Random' } }),
  );
  assert.deepEqual(w.all, []);
  assert.equal(w.pool('httproute/default/r/rule/0').balancer.kind, 'random');
  assert.ok(tlsOf(w));
});
