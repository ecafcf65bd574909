/** Certificates of clients: what they must lead to, and what is closed where that cannot be had. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authorityMap, revocationList } from '../../support/certificates.ts';
import { clientPolicy } from '../../support/manifests.ts';
import {
  authorityRefs,
  ca,
  conditionsOf,
  held,
  https,
  shop,
  validating,
  withListeners,
} from './clients-world.ts';
import {
  gateway,
  gatewayClass,
  grant,
  httpRoute,
  listener,
  listenerSet,
  type Manifest,
  target,
  upstream,
  type World,
  world,
} from './world.ts';

const crlMap = (text: string): Manifest => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'crl' },
  data: { 'ca.crl': text },
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

for (const [what, validation, proof] of [
  ['nothing', undefined, 'ca/gateway/default/eg true'],
  ['less', { ...authorityRefs(), mode: 'VerifyIfGiven' }, 'ca/gateway/default/eg true'],
  ['as much of others', authorityRefs(), 'ca/clienttrafficpolicy/default/clients true'],
] as const)
  test(`clients of a set whose policy asks for ${what}: the Gateway's demand is kept`, () => {
    const tls = validation === undefined ? {} : { tls: { clientValidation: validation } };
    const one = gateway('eg', [listener('plain', 80)]);
    one.spec.tls = { frontend: { default: trusting(caRef) } };
    one.spec.allowedListeners = { namespaces: { from: 'Same' } };
    const w = world(
      gatewayClass,
      one,
      listenerSet('set', [https('a', 'a.example.com')]),
      shop,
      authorityMap('ca', ca),
      clientPolicy({ targetRefs: [target('ListenerSet', 'set')], ...tls }),
    );
    const found = w.plan.listeners.find(({ tls }) => tls !== undefined)?.tls?.proof;
    assert.equal(`${found?.authority} ${found?.required}`, proof);
    assert.deepEqual(w.codes(), what === 'less' ? ['value-without-effect'] : []);
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
