/** `spec.tls.backend` of a Gateway: what is shown to backends, by which pools, and what is told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withStableNames } from '../../../host/live/stable-names.ts';
import { issue, tlsSecret } from '../../support/certificates.ts';
import { ca, caMap, caRef, endpoints, tlsPolicy } from './backend-tls-world.ts';
import {
  backend,
  backendRef,
  gateway,
  httpRoute,
  listener,
  type Manifest,
  ref,
  rule,
  upstream,
  world,
} from './world.ts';

const showing = (name: string, port: number, clientCertificateRef?: Manifest): Manifest => {
  const one = gateway(name, [listener('http', port)]);
  const tls = { backend: { clientCertificateRef } };
  return { ...one, spec: { ...one.spec, ...(clientCertificateRef === undefined ? {} : { tls }) } };
};
const client = tlsSecret('client', issue({ name: 'envoy', issuer: ca }));
const other = tlsSecret('other', issue({ name: 'other', issuer: ca }));
const parents = (...names: string[]): Manifest => ({ parentRefs: names.map((name) => ({ name })) });
const overTls = [upstream, tlsPolicy('p'), caMap, client, other];
const shownBy = (w: ReturnType<typeof world>) =>
  w.plan.pools.map(({ name, localities }) => [
    name.replace(/@[0-9a-f]{10}/, '@'),
    localities.map(({ tls }) => tls?.certificate ?? 'none').join(),
  ]);
const conditionsOf = (w: ReturnType<typeof world>, name: string) => {
  const found = w.status.find((one) => one.kind === 'Gateway' && one.name === name);
  const list = found?.kind === 'Gateway' ? found.conditions : [];
  return Object.fromEntries(list.map((one) => [one.type, one]));
};
const RULE = 'httproute/default/r/rule/0';

test('each Gateway shows its own certificate, over pools of its own', () => {
  const w = world(
    ...overTls,
    showing('a', 8080, { name: 'client' }),
    showing('b', 8081, { group: '', kind: 'Secret', name: 'other' }),
    showing('c', 8082),
    showing('d', 8083, { name: 'client' }),
    httpRoute('r', [rule('/')], parents('a', 'b', 'c', 'd')),
  );
  assert.deepEqual(w.all, []);
  assert.deepEqual(shownBy(w), [
    [`${RULE}@`, 'default/client'],
    [`${RULE}@`, 'default/other'],
    [RULE, 'none'],
  ]);
  assert.deepEqual(w.plan.certificates.map(({ name }) => name).sort(), ['default/client', 'default/other']);
  const live = withStableNames(w.plan).plan.pools.map(({ name }) => name);
  assert.equal(new Set(live).size, 3);
  for (const name of live) assert.match(name, /^httproute\/default\/r\/to\/backend\/[0-9a-f]{10}$/);
});

test('mirrors and shares of a split are shown it, too; their live names tell that they are', () => {
  const mirror = { type: 'RequestMirror', requestMirror: { backendRef: ref('backend') } };
  const w = world(
    ...overTls,
    showing('a', 8080, { name: 'client' }),
    httpRoute(
      'r',
      [rule('/', { filters: [mirror], backendRefs: [ref('backend'), ref('nothing')] })],
      parents('a'),
    ),
  );
  assert.deepEqual(shownBy(w), [
    [`${RULE}@/backend/0`, 'default/client'],
    [`${RULE}@-mirror-0`, 'default/client'],
  ]);
  assert.deepEqual(
    withStableNames(w.plan).plan.pools.map(({ name }) => name.split('/').slice(0, 4).join('/')),
    ['httproute/default/r/to', 'httproute/default/r/mirror'],
  );
});

test('names stay where nothing is shown: plain text, or a Backend with a certificate of its own', () => {
  const own = {
    tls: { caCertificateRefs: [caRef], sni: 'x.internal', clientCertificateRef: { name: 'other' } },
  };
  const w = world(
    caMap,
    client,
    other,
    upstream,
    showing('a', 8080, { name: 'client' }),
    backend('b', { endpoints: endpoints(8443), ...own }),
    httpRoute('r', [rule('/'), rule('/b', { backendRefs: [backendRef('b')] })], parents('a')),
  );
  assert.deepEqual(shownBy(w), [
    ['httproute/default/r/rule/1', 'default/other'],
    [RULE, 'none'],
  ]);
});

const broken: readonly [name: string, ref: Manifest, code: string, reason: string, says: RegExp][] = [
  [
    'no Secret',
    { name: 'x' },
    'certificate-unresolved',
    'InvalidClientCertificateRef',
    /failed to get backend/,
  ],
  [
    'group',
    { group: 'a.b', name: 'client' },
    'certificate-unresolved',
    'InvalidClientCertificateRef',
    /group: a\.b/,
  ],
  [
    'kind',
    { kind: 'Odd', name: 'client' },
    'certificate-unresolved',
    'InvalidClientCertificateRef',
    /kind: Odd/,
  ],
  [
    'no grant',
    { name: 'client', namespace: 'far' },
    'certificate-unresolved',
    'RefNotPermitted',
    /cross-namespace/,
  ],
  [
    'no key in it',
    { name: 'empty' },
    'certificate-invalid',
    'InvalidClientCertificateRef',
    /tls\.crt and tls\.key/,
  ],
];
for (const [name, wrong, code, reason, says] of broken)
  test(`broken: ${name}`, () => {
    const empty = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'empty' }, type: 'Opaque', data: {} };
    const w = world(...overTls, empty, showing('a', 8080, wrong), httpRoute('r', [rule('/')], parents('a')));
    assert.equal(w.find(code).severity, 'error');
    const found = conditionsOf(w, 'a');
    assert.equal(found.ResolvedRefs?.status, 'False');
    assert.equal(found.ResolvedRefs?.reason, reason);
    assert.match(found.ResolvedRefs?.message ?? '', says);
    assert.equal(found.Accepted?.status, 'True');
    assert.deepEqual(shownBy(w), [[RULE, 'none']]);
  });

test('a Gateway whose references are good says so', () => {
  const w = world(...overTls, showing('a', 8080, { name: 'client' }));
  assert.equal(conditionsOf(w, 'a').ResolvedRefs?.status, 'True');
});
