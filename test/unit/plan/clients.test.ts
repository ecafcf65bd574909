/**
 * Which ClientTrafficPolicy holds on which listener, its conditions, and what is closed where it cannot be
 * followed.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authority, authorityMap, issue, revocationList, tlsSecret } from '../../support/certificates.ts';
import { clientPolicy } from '../../support/manifests.ts';
import {
  gateway,
  gatewayClass,
  grant,
  httpRoute,
  listener,
  type Manifest,
  target,
  upstream,
  type World,
  world,
} from './world.ts';

const shop = tlsSecret('shop', issue({ name: 'shop', dnsNames: ['a.example.com', 'b.example.com'] }));
const https = (name: string, hostname: string): Manifest =>
  listener(name, 443, { protocol: 'HTTPS', hostname, tls: { certificateRefs: [{ name: 'shop' }] } });
const two = [listener('one', 8080), listener('two', 8081)];
const withListeners = (listeners: Manifest[], ...more: Manifest[]): World =>
  world(
    gatewayClass,
    upstream,
    gateway('eg', listeners),
    httpRoute('r', undefined, { hostnames: undefined }),
    shop,
    ...more,
  );
/** By listener: whose policy holds; 'closed' where its requests answer 500. */
const held = (w: World): Record<string, string | undefined> =>
  Object.fromEntries(
    w.plan.listeners.map(({ name, clients, virtualHosts }) => [
      name.replace('default/', ''),
      virtualHosts.some(({ routes }) =>
        routes.some(({ action }) => action.kind === 'respond' && action.status === 500),
      )
        ? 'closed'
        : clients?.policy.name,
    ]),
  );
const conditionsOf = (w: World, name = 'clients'): Record<string, string>[] => {
  const found = w.status.find((one) => one.kind === 'ClientTrafficPolicy' && one.name === name);
  assert.ok(found !== undefined && 'ancestors' in found);
  return found.ancestors.map(({ conditions }) =>
    Object.fromEntries(
      conditions.map(({ type, status, reason, message }) => [type, `${status} ${reason}: ${message}`]),
    ),
  );
};
const ACCEPTED = { Accepted: 'True Accepted: Policy has been accepted.' };
const keepalive = { tcpKeepalive: {} };

test('a policy for a Gateway holds on all its listeners, one for a listener on that alone, before the other', () => {
  const all = withListeners(two, clientPolicy(keepalive));
  assert.deepEqual(all.all, []);
  assert.deepEqual(held(all), { 'eg/one': 'clients', 'eg/two': 'clients' });
  const both = withListeners(two, clientPolicy(keepalive), clientPolicy({}, 'two', 'near'));
  assert.deepEqual(held(both), { 'eg/one': 'clients', 'eg/two': 'near' });
  assert.deepEqual(conditionsOf(both), [
    {
      Overridden:
        'True Overridden: There are existing ClientTrafficPolicies that are overriding these sections [two]',
      ...ACCEPTED,
    },
  ]);
  assert.deepEqual(conditionsOf(both, 'near'), [ACCEPTED]);
});

test('of two policies for one target the older has it', () => {
  const whole = withListeners(two, clientPolicy({}), clientPolicy({}, undefined, 'later'));
  assert.deepEqual(conditionsOf(whole, 'later'), [
    {
      Accepted:
        'False Conflicted: Unable to target Gateway eg, another ClientTrafficPolicy has already attached to it',
    },
  ]);
  assert.equal(whole.find('policy-conflict').severity, 'error');
  const section = withListeners(two, clientPolicy({}, 'two'), clientPolicy({}, 'two', 'later'));
  assert.deepEqual(conditionsOf(section, 'later'), [
    {
      Accepted:
        'False Conflicted: Unable to target section of eg, another ClientTrafficPolicy has already attached to it',
    },
  ]);
});

test('targets by selector, unknown ones, sections that are not there, and the old names of fields', () => {
  const { spec, ...rest } = clientPolicy({});
  const selecting = {
    ...rest,
    spec: { targetSelectors: [{ kind: 'Gateway', matchLabels: { tier: 'edge' } }] },
  };
  const labelled = gateway('eg', two, { labels: { tier: 'edge' } });
  assert.deepEqual(held(world(gatewayClass, upstream, labelled, selecting)), {
    'eg/one': 'clients',
    'eg/two': 'clients',
  });
  assert.equal(
    withListeners(two, { ...rest, spec: { targetRefs: [target('Gateway', 'other')] } }).find('target-unknown')
      .severity,
    'warning',
  );
  const missing = withListeners(two, clientPolicy({}, 'three'));
  assert.deepEqual(conditionsOf(missing), [
    { Accepted: 'False TargetNotFound: No section name three found for Gateway default/eg' },
  ]);
  assert.equal(missing.find('section-unknown').severity, 'error');
  const old = withListeners(two, {
    ...rest,
    spec: {
      targetRef: target('Gateway', 'eg'),
      enableProxyProtocol: true,
      headers: { preserveXRequestID: true },
    },
  });
  assert.equal(
    conditionsOf(old)[0]?.Warning,
    'True DeprecatedField: spec.enableProxyProtocol is deprecated, use spec.proxyProtocol instead; spec.headers.preserveXRequestID is deprecated, use spec.headers.requestID instead; spec.targetRef is deprecated, use spec.targetRefs instead',
  );
  assert.deepEqual(
    old.all.map(({ code }) => code),
    ['field-deprecated', 'field-deprecated', 'field-deprecated'],
  );
});

test('listeners in plain text that share a port have one policy, or the one that has its own is closed', () => {
  const shared = [
    listener('one', 8080, { hostname: 'a.example.com' }),
    listener('two', 8080, { hostname: 'b.example.com' }),
  ];
  assert.deepEqual(withListeners(shared, clientPolicy({})).all, []);
  const near = withListeners(shared, clientPolicy({}, 'two'));
  assert.equal(near.find('policy-port-shared').severity, 'error');
  assert.deepEqual(conditionsOf(near), [
    {
      Accepted:
        'False Invalid: ClientTrafficPolicy is being applied to multiple http (non https) listeners (default/eg/one) on the same port, which is not allowed.',
    },
  ]);
  assert.deepEqual(
    near.plan.listeners[0]!.virtualHosts.map(({ domains, routes }) => [domains[0], routes[0]!.action.kind]),
    [
      ['a.example.com', 'forward'],
      ['b.example.com', 'respond'],
    ],
  );
  const gateways = world(
    gatewayClass,
    upstream,
    gateway('eg', [shared[0]!]),
    gateway('other', [shared[1]!]),
    httpRoute('r', undefined, { hostnames: undefined }),
    clientPolicy({}),
  );
  assert.equal(gateways.find('policy-port-shared').severity, 'error');
});

test('with TLS each listener has its own, but for what concerns the port', () => {
  const listeners = [https('a', 'a.example.com'), https('b', 'b.example.com')];
  const own = withListeners(listeners, clientPolicy({ path: { disableMergeSlashes: true } }, 'a'));
  assert.deepEqual(own.all, []);
  assert.deepEqual(held(own), { 'eg/a': 'clients', 'eg/b': undefined });
  const proxied = withListeners(listeners, clientPolicy({ proxyProtocol: { optional: true } }, 'a'));
  assert.equal(proxied.find('policy-port-shared').severity, 'error');
  assert.deepEqual(held(proxied), { 'eg/a': 'closed', 'eg/b': undefined });
  assert.ok(proxied.plan.listeners.every(({ socket }) => socket === undefined));
  const both = withListeners(listeners, clientPolicy({ proxyProtocol: {} }));
  assert.deepEqual(
    both.plan.listeners.map(({ socket }) => socket?.proxyProtocol),
    [{ optional: false }, { optional: false }],
  );
  const buffers = withListeners(
    listeners,
    clientPolicy({ connection: { bufferLimit: '64Ki' } }, 'a'),
    clientPolicy({ connection: { bufferLimit: '1Mi' } }, 'b', 'late'),
  );
  assert.equal(buffers.find('value-without-effect').resource, 'ClientTrafficPolicy default/late');
  assert.deepEqual(
    buffers.plan.listeners.map(({ socket }) => socket?.bufferBytes),
    [65_536, 65_536],
  );
});

test('the host of HTTP/1.0: of the listener, or the only one of its routes', () => {
  const http10 = clientPolicy({ http1: { http10: { useDefaultHost: true } } });
  const hostOf = (w: World) => w.plan.listeners[0]?.clients?.http10Host;
  assert.equal(
    hostOf(withListeners([listener('one', 80, { hostname: 'a.example.com' })], http10)),
    'a.example.com',
  );
  const route = (name: string, hostname: string) => httpRoute(name, undefined, { hostnames: [hostname] });
  const served = (...routes: Manifest[]) =>
    world(gatewayClass, upstream, gateway('eg', [listener('one', 80)]), http10, ...routes);
  assert.equal(hostOf(served(route('r', 'b.example.com'), route('w', '*.example.com'))), 'b.example.com');
  for (const routes of [
    [route('w', '*.example.com')],
    [route('r', 'b.example.com'), route('s', 'c.example.com')],
  ]) {
    const w = served(...routes);
    assert.equal(w.find('http10-host').severity, 'error');
    assert.deepEqual(held(w), { 'eg/one': 'closed' });
    assert.match(conditionsOf(w)[0]?.Accepted ?? '', /^False Invalid: HTTP1: cannot set http10 default host/);
  }
});

const authorityRefs = (...more: Manifest[]) => ({
  caCertificateRefs: [{ kind: 'ConfigMap', name: 'ca' }, ...more],
});
const ca = authority();
const validating = (validation: Manifest, ...more: Manifest[]): World =>
  withListeners(
    [https('a', 'a.example.com')],
    clientPolicy({ tls: { clientValidation: validation } }),
    ...more,
  );
const crlMap = (text: string): Manifest => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'crl' },
  data: { 'ca.crl': text },
});

test('a pool is HTTP/1.1 as its first listener has it, and another one is told', () => {
  const http1 = { http1: { enableTrailers: true } };
  const whole = withListeners(two, clientPolicy(http1));
  assert.deepEqual(whole.pool('httproute/default/r/rule/0').http1, { trailers: true, preserveCase: false });
  assert.deepEqual(whole.all, []);
  const second = withListeners(two, clientPolicy(http1, 'two'));
  assert.equal(second.find('pool-shared').resource, 'ClientTrafficPolicy default/clients');
  assert.equal(second.pool('httproute/default/r/rule/0').http1, undefined);
});

test('certificates of clients: what they must lead to, by reference', () => {
  const good = validating(authorityRefs(), authorityMap('ca', ca));
  assert.deepEqual(good.all, []);
  assert.deepEqual(good.plan.listeners[0]?.tls?.proof, {
    required: true,
    verified: true,
    altNames: [],
    spkiHashes: [],
    certificateHashes: [],
    allowExpired: false,
    authority: 'ca/clienttrafficpolicy/default/clients',
    sources: ['ConfigMap default/ca'],
  });
  assert.deepEqual(
    good.plan.authorities.map(({ name }) => name),
    ['ca/clienttrafficpolicy/default/clients'],
  );
  const elsewhere = authorityRefs({ kind: 'ConfigMap', name: 'far', namespace: 'other' });
  const far = { ...authorityMap('far', ca), metadata: { name: 'far', namespace: 'other' } };
  const permit = grant(
    'other',
    { group: 'gateway.envoyproxy.io', kind: 'ClientTrafficPolicy', namespace: 'default' },
    { group: '', kind: 'ConfigMap' },
  );
  assert.deepEqual(validating(elsewhere, authorityMap('ca', ca), far, permit).all, []);
  const crl = { refs: [{ kind: 'ConfigMap', name: 'crl' }], onlyVerifyLeafCertificate: true };
  const listed = validating(
    { ...authorityRefs(), crl },
    authorityMap('ca', ca),
    crlMap(revocationList(ca, [])),
  );
  assert.deepEqual(listed.all, []);
  assert.equal(listed.plan.authorities[0]?.crl?.onlyLeaf, true);
});

const crl = { refs: [{ kind: 'ConfigMap', name: 'crl' }] };
const far = authorityRefs({ kind: 'ConfigMap', name: 'far', namespace: 'other' });
const malformed = '-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n';
const unverifiable: readonly (readonly [string, Manifest, Manifest[], string, RegExp])[] = [
  [
    'nothing there',
    authorityRefs(),
    [],
    'ca-unresolved',
    /TLS: failed to get certificate from ref: configmap ca not found/,
  ],
  [
    'no certificate',
    authorityRefs(),
    [authorityMap('ca', { certificate: 'x' })],
    'ca-invalid',
    /no valid CA certificate/,
  ],
  ['not permitted', far, [authorityMap('ca', ca)], 'ca-unresolved', /not permitted by any ReferenceGrant/],
  [
    'none named',
    {},
    [],
    'field-missing',
    /tls.clientValidation.mode "RequireAndVerify" requires caCertificateRefs/,
  ],
  ['any, without an authority', { mode: 'RequireAny' }, [], 'field-missing', /RequireAny/],
  [
    'names without an authority',
    { mode: 'Request', subjectAltNames: { dnsNames: [{ value: 'a' }] } },
    [],
    'field-conflict',
    /subjectAltNames/,
  ],
  [
    'no list',
    { ...authorityRefs(), crl },
    [authorityMap('ca', ca)],
    'ca-unresolved',
    /failed to get crl from ref/,
  ],
  [
    'no list in it',
    { ...authorityRefs(), crl },
    [authorityMap('ca', ca), crlMap('x')],
    'ca-invalid',
    /unable to decode pem/,
  ],
  [
    'a malformed list',
    { ...authorityRefs(), crl },
    [authorityMap('ca', ca), crlMap(malformed)],
    'ca-invalid',
    /failed to parse CRL/,
  ],
  [
    'an old list',
    { ...authorityRefs(), crl },
    [authorityMap('ca', ca), crlMap(revocationList(ca, [], -1))],
    'ca-invalid',
    /CRL is expired/,
  ],
];
for (const [what, validation, more, code, says] of unverifiable)
  test(`what cannot be verified is closed: ${what}`, () => {
    const w = validating(validation, ...more);
    assert.ok(
      w.all.some((one) => one.code === code && one.severity === 'error'),
      w.all.map((one) => one.code).join(),
    );
    assert.deepEqual(held(w), { 'eg/a': 'closed' });
    assert.match(conditionsOf(w)[0]?.Accepted ?? '', /^False Invalid: /);
    assert.match(conditionsOf(w)[0]?.Accepted ?? '', says);
    assert.equal(w.plan.listeners[0]?.tls?.proof, undefined);
  });

test('where TLS does not end nobody can be asked: told beside a listener with TLS, closed without one', () => {
  const policy = clientPolicy({ tls: { clientValidation: authorityRefs() } });
  const beside = withListeners(
    [listener('one', 80), https('a', 'a.example.com')],
    policy,
    authorityMap('ca', ca),
  );
  assert.deepEqual(
    beside.all.map(({ code, severity }) => `${severity} ${code}`),
    ['warning value-without-effect'],
  );
  assert.deepEqual(held(beside), { 'eg/one': 'clients', 'eg/a': 'clients' });
  const alone = withListeners([listener('one', 80)], policy, authorityMap('ca', ca));
  assert.equal(alone.find('policy-without-tls').severity, 'error');
  assert.deepEqual(held(alone), { 'eg/one': 'closed' });
});

const frontend = (tls: Manifest, ...more: Manifest[]): World => {
  const one = gateway('eg', [https('a', 'a.example.com'), { ...https('b', 'b.example.com'), port: 8443 }]);
  one.spec.tls = { frontend: tls };
  return world(
    gatewayClass,
    upstream,
    one,
    httpRoute('r', undefined, { hostnames: undefined }),
    shop,
    ...more,
  );
};
const caRef = { group: '', kind: 'ConfigMap', name: 'ca' };
const trusting = (...caCertificateRefs: Manifest[]) => ({ validation: { caCertificateRefs } });

test('spec.tls.frontend of a Gateway: for all HTTPS listeners, or by port, and below a policy', () => {
  const perPort = [{ port: 8443, tls: {} }];
  const w = frontend({ default: trusting(caRef), perPort }, authorityMap('ca', ca));
  assert.deepEqual(w.all, []);
  assert.deepEqual(
    w.plan.listeners.map(({ tls }) => tls?.proof?.authority),
    ['ca/gateway/default/eg', undefined],
  );
  const over = clientPolicy(
    { tls: { clientValidation: { ...authorityRefs(), mode: 'VerifyIfGiven' } } },
    'a',
  );
  const both = frontend({ default: trusting(caRef) }, authorityMap('ca', ca), over);
  assert.deepEqual(
    both.plan.listeners.map(({ tls }) => tls?.proof?.required),
    [false, true],
  );
  const fallback = { validation: { caCertificateRefs: [caRef], mode: 'AllowInsecureFallback' } };
  const insecure = frontend(
    { default: {}, perPort: [{ port: 8443, tls: fallback }] },
    authorityMap('ca', ca),
  );
  assert.deepEqual(
    insecure.all.map(({ code }) => code),
    ['tls-unverified'],
  );
  assert.deepEqual(
    insecure.plan.listeners.map(({ tls }) => tls?.proof?.verified),
    [undefined, false],
  );
});

for (const [ref, reason] of [
  [caRef, 'InvalidCACertificateRef'],
  [{ ...caRef, kind: 'Service' }, 'InvalidCACertificateKind'],
  [{ ...caRef, namespace: 'other' }, 'RefNotPermitted'],
] as const)
  test(`a listener whose clients cannot be verified serves nothing: ${reason}`, () => {
    const w = frontend({ default: trusting(ref) });
    assert.deepEqual(w.plan.listeners, []);
    const found = w.conditions('Gateway', 'eg');
    assert.deepEqual(
      ['ResolvedRefs', 'Programmed', 'Accepted'].map(
        (type) => `${found[type]?.status} ${found[type]?.reason}`,
      ),
      [`False ${reason}`, `False ${reason}`, 'False NoValidCACertificate'],
    );
    assert.equal(w.find('ca-unresolved').severity, 'error');
  });

test('a pattern that Envoy would not take, or that would take the path away, closes the listener', () => {
  const removing = (value: string) =>
    clientPolicy({
      headers: { earlyRequestHeaders: { removeOnMatch: [{ type: 'RegularExpression', value }] } },
    });
  for (const [value, says] of [
    ['x-(', /missing/],
    ['.*', /matches :authority, which is no header/],
    ['(x|:pa)th', /matches :path/],
  ] as const) {
    const w = withListeners(two, removing(value));
    assert.match(w.find('pattern-invalid').message, says);
    assert.deepEqual(held(w), { 'eg/one': 'closed', 'eg/two': 'closed' });
  }
  assert.deepEqual(withListeners(two, removing('x-.*')).all, []);
});
