/**
 * TLS to backends: which policy holds, what becomes of it, and what is closed. Conditions and their words are
 * those of Envoy Gateway's own test data (backendtlspolicy-*, backend-tls-settings*).
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pool } from '../../../host/plan/types.ts';
import { authority, authorityMap, issue, tlsSecret } from '../../support/certificates.ts';
import {
  backend,
  backendRef,
  basics,
  gateway,
  gatewayClass,
  grant,
  grpcRoute,
  httpRoute,
  type Manifest,
  policy,
  ref,
  rule,
  service,
  slice,
  target,
  type World,
  world,
} from './world.ts';

const ca = authority();
const caRef = { group: '', kind: 'ConfigMap', name: 'ca' };
const caMap = authorityMap('ca', ca);
const tlsPolicy = (
  name: string,
  targets: Manifest | Manifest[] = { group: '', kind: 'Service', name: 'backend' },
  validation: Manifest = {},
  metadata: Manifest = {},
): Manifest => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'BackendTLSPolicy',
  metadata: { name, ...metadata },
  spec: {
    targetRefs: [targets].flat(),
    validation: { caCertificateRefs: [caRef], hostname: 'shop.internal', ...validation },
  },
});
const onBackend = (name: string, sectionName?: string): Manifest => ({
  group: 'gateway.envoyproxy.io',
  kind: 'Backend',
  name,
  ...(sectionName === undefined ? {} : { sectionName }),
});
const endpoints = (...ports: number[]) => ports.map((port) => ({ ip: { address: '10.0.0.9', port } }));
/** The TLS of the first locality of a pool. */
const tlsOf = (w: World, name = 'httproute/default/r/rule/0') => w.pool(name).localities[0]?.tls;
const answerOf = (w: World, name = 'r/0') => {
  const { action } = w.route(name);
  return action.kind === 'respond' ? `${action.status} ${action.because}` : action.kind;
};
const words = (w: World, name: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(w.conditions('BackendTLSPolicy', name)).map(([type, { status, reason, message }]) => [
      type,
      `${status} ${reason}: ${message}`,
    ]),
  );

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
      minVersion: '1.2',
      maxVersion: '1.3',
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

const broken = { ...ca, certificate: ca.certificate.replace(/\n(.)/, '\n!') };
const text = (data: Manifest): Manifest => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'ca' },
  data,
});
const faults: readonly [
  name: string,
  more: Manifest[],
  refs: Manifest[],
  code: string,
  field: string,
  message: string,
  reason?: string,
][] = [
  [
    'no ConfigMap',
    [],
    [caRef],
    'ca-unresolved',
    'spec.validation.caCertificateRefs[0].name',
    'configmap ca not found in namespace default',
  ],
  [
    'no Secret',
    [],
    [{ ...caRef, kind: 'Secret' }],
    'ca-unresolved',
    'spec.validation.caCertificateRefs[0].name',
    'secret ca not found in namespace default',
  ],
  [
    'another kind',
    [],
    [{ ...caRef, kind: 'InvalidKind' }],
    'ca-unresolved',
    'spec.validation.caCertificateRefs[0].kind',
    'Unsupported reference kind, supported kinds are ConfigMap, Secret, and ClusterTrustBundle in caCertificateRefs',
    'InvalidKind',
  ],
  [
    'one of two is missing',
    [caMap],
    [caRef, { ...caRef, name: 'more' }],
    'ca-unresolved',
    'spec.validation.caCertificateRefs[1].name',
    'configmap more not found in namespace default',
  ],
  [
    'no ca.crt among several values',
    [text({ a: 'x', b: 'y' })],
    [caRef],
    'ca-invalid',
    'metadata.name',
    'no ca found in configmap ca',
  ],
  ['no value', [text({})], [caRef], 'ca-invalid', 'metadata.name', 'no ca found in configmap ca'],
  [
    'no PEM',
    [text({ 'ca.crt': 'x' })],
    [caRef],
    'ca-invalid',
    'data["ca.crt"]',
    'no valid CA certificate found in referenced resources',
  ],
  [
    'a malformed certificate',
    [authorityMap('ca', broken)],
    [caRef],
    'ca-invalid',
    'data["ca.crt"]',
    'no valid CA certificate found in referenced resources',
  ],
  [
    'a key',
    [text({ 'ca.crt': ca.key })],
    [caRef],
    'ca-invalid',
    'data["ca.crt"]',
    'no valid CA certificate found in referenced resources',
  ],
];
for (const [name, more, refs, code, field, message, reason = 'InvalidCACertificateRef'] of faults)
  test(`an authority that cannot be had closes the backend: ${name}`, () => {
    const w = world(
      ...basics,
      httpRoute('r'),
      httpRoute('s', [rule('/s')]),
      ...more,
      tlsPolicy('p', undefined, { caCertificateRefs: refs }),
    );
    assert.deepEqual(
      w.all.map((one) => [one.severity, one.code, one.field]),
      [['error', code, field]],
      'told once, where it stands',
    );
    assert.ok((w.all[0]?.at?.line ?? 0) > 1);
    for (const route of ['r/0', 's/0'])
      assert.equal(answerOf(w, route), `500 failed to process route rule 0 backendRef 0: ${message}`);
    assert.deepEqual(w.plan.pools, []);
    const capital = `${message[0]?.toUpperCase()}${message.slice(1)}.`;
    assert.deepEqual(words(w, 'p'), {
      Accepted: `False NoValidCACertificate: ${capital}`,
      ResolvedRefs: `False ${reason}: ${capital}`,
    });
    const { ResolvedRefs } = w.conditions('HTTPRoute', 'r');
    assert.equal(ResolvedRefs?.reason, 'InvalidBackendTLS');
    assert.equal(ResolvedRefs?.message, `Failed to process route rule 0 backendRef 0: ${message}.`);
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
  assert.match(answerOf(w), /^500 BackendTLSPolicy \(refused\) default\/p is not translated/);
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
