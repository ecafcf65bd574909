/** EnvoyProxy: which one holds for a Gateway, the order of routes, and how backends are called by it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { issue, tlsSecret } from '../../support/certificates.ts';
import { ca, caMap, tlsPolicy } from './backend-tls-world.ts';
import {
  backend,
  backendRef,
  gateway,
  httpRoute,
  listener,
  type Manifest,
  rule,
  upstream,
  world,
} from './world.ts';

const proxy = (name: string, spec: Manifest): Manifest => ({
  apiVersion: 'gateway.envoyproxy.io/v1alpha1',
  kind: 'EnvoyProxy',
  metadata: { name, namespace: 'default' },
  spec,
});
const parameters = (name: string, more: Manifest = {}): Manifest => ({
  parametersRef: { group: 'gateway.envoyproxy.io', kind: 'EnvoyProxy', name, ...more },
});
const classWith = (name: string): Manifest => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'GatewayClass',
  metadata: { name: 'eg' },
  spec: {
    controllerName: 'gateway.envoyproxy.io/gatewayclass-controller',
    ...parameters(name, { namespace: 'default' }),
  },
});
const plain = gateway('eg', [listener('http', 8080)]);
const withOwn = (name: string, more: Manifest = {}): Manifest => ({
  ...plain,
  spec: { ...plain.spec, infrastructure: parameters(name), ...more },
});
const client = tlsSecret('client', issue({ name: 'envoy', issuer: ca }));
const overTls = [upstream, tlsPolicy('p'), caMap, client];
const rules = [
  rule('/'),
  rule('/a/b'),
  { ...rule('/x'), matches: [{ path: { type: 'Exact', value: '/a' } }] },
];
const order = (...more: Manifest[]): string[] =>
  world(upstream, httpRoute('r', rules), more).plan.listeners[0]!.virtualHosts[0]!.routes.map(
    ({ match }) => match.path.value,
  );
const written = ['/', '/a/b', '/a'];
const usual = ['/a', '/a/b', '/'];
const keeps = { preserveRouteOrder: true };

for (const [what, manifests, expected] of [
  ['none', [plain], usual],
  ['that of the Gateway', [withOwn('p'), proxy('p', keeps)], written],
  ['that of the class', [plain, classWith('p'), proxy('p', keeps)], written],
  [
    'that of the Gateway in place of that of the class',
    [withOwn('own'), proxy('own', {}), classWith('p'), proxy('p', keeps)],
    usual,
  ],
  [
    'both, merged',
    [withOwn('own'), proxy('own', { mergeType: 'StrategicMerge' }), classWith('p'), proxy('p', keeps)],
    written,
  ],
  [
    'both, merged: that of the Gateway first',
    [
      withOwn('own'),
      proxy('own', { mergeType: 'JSONMerge', preserveRouteOrder: false }),
      classWith('p'),
      proxy('p', keeps),
    ],
    usual,
  ],
] as const)
  test(`the order of routes by ${what}`, () => assert.deepEqual(order(...manifests), expected));

test('an EnvoyProxy of the class that is not there closes its Gateways', () => {
  const w = world(upstream, httpRoute('r'), plain, classWith('nothing'));
  assert.deepEqual(w.plan.listeners, []);
  assert.match(w.find('parameters-unresolved').message, /default\/nothing .* which its GatewayClass names/);
});

const tlsOf = (...manifests: Manifest[]) => {
  const w = world(...overTls, httpRoute('r'), manifests);
  const [pool] = w.plan.pools;
  const { action } = w.route('r/0');
  return {
    tls: pool?.localities[0]?.tls,
    answer: action.kind === 'respond' ? [action.status, action.because] : undefined,
    codes: w.codes(),
    certificates: w.plan.certificates.map(({ name }) => name),
  };
};
const shows = { clientCertificateRef: { name: 'client' } };

test('backends over TLS are shown its certificate, and spoken with as it says', () => {
  const backendTLS = { ...shows, maxVersion: '1.2', ciphers: ['ECDHE-RSA-AES128-GCM-SHA256'] };
  const { tls, certificates, codes } = tlsOf(withOwn('p'), proxy('p', { backendTLS }));
  assert.deepEqual(codes, []);
  assert.equal(tls?.certificate, 'default/client');
  assert.deepEqual(
    [tls?.parameters.minVersion, tls?.parameters.maxVersion, tls?.parameters.ciphers],
    [undefined, '1.2', ['ECDHE-RSA-AES128-GCM-SHA256']],
  );
  assert.deepEqual(certificates, ['default/client']);
});

test('with mergeType its fields come before those of the class', () => {
  const { tls } = tlsOf(
    withOwn('own'),
    proxy('own', { mergeType: 'StrategicMerge', backendTLS: { minVersion: '1.3' } }),
    classWith('p'),
    proxy('p', { backendTLS: { ...shows, minVersion: '1.2' } }),
  );
  assert.deepEqual([tls?.certificate, tls?.parameters.minVersion], ['default/client', '1.3']);
});

test('what the Gateway says itself takes the place of its EnvoyProxy', () => {
  const own = { tls: { backend: { clientCertificateRef: { name: 'client' } } } };
  const { tls } = tlsOf(withOwn('p', own), proxy('p', { backendTLS: { minVersion: '1.3' } }));
  assert.deepEqual([tls?.certificate, tls?.parameters.minVersion], ['default/client', undefined]);
});

for (const [what, ref, says] of [
  ['is not there', { name: 'nothing' }, /failed to locate TLS secret for client auth: default\/nothing/],
  ['is of another namespace', { name: 'client', namespace: 'vault' }, /same namespace as EnvoyProxy/],
] as const)
  test(`a certificate that ${what}: backends over TLS are not called`, () => {
    const found = tlsOf(withOwn('p'), proxy('p', { backendTLS: { clientCertificateRef: ref } }));
    assert.equal(found.answer?.[0], 500);
    assert.match(String(found.answer?.[1]), says);
    assert.deepEqual(found.codes, ['certificate-unresolved']);
  });

test('a class of Envoy Gateway with other parameters: its Gateways serve nothing', () => {
  const misspelt = classWith('p');
  const spec = {
    ...(misspelt.spec as Manifest),
    ...parameters('p', { kind: 'EnvoyProxi', namespace: 'default' }),
  };
  const w = world(upstream, httpRoute('r'), plain, { ...misspelt, spec }, proxy('p', keeps));
  assert.deepEqual(w.plan.listeners, []);
  assert.deepEqual(w.codes(), ['value-not-supported']);
});

test('a backend in plain text is called as before', () => {
  const backendTLS = { clientCertificateRef: { name: 'nothing' } };
  const w = world(upstream, httpRoute('r'), withOwn('p'), proxy('p', { backendTLS }));
  assert.equal(w.forward('r/0').to.length, 1);
});

test('a Backend that allows no version which the EnvoyProxy asks for is not called, and told', () => {
  const tls = { wellKnownCACertificates: 'System', sni: 'a.example.com', maxVersion: '1.2' };
  const endpoints = [{ ip: { address: '10.0.0.1', port: 443 } }];
  const w = world(
    backend('b', { endpoints, tls }),
    httpRoute('r', [rule('/', { backendRefs: [backendRef('b')] })]),
    withOwn('p'),
    proxy('p', { backendTLS: { minVersion: '1.3' } }),
  );
  const { action } = w.route('r/0');
  assert.equal(action.kind === 'respond' && action.status, 500);
  assert.deepEqual(w.codes(), ['value-not-supported']);
});
