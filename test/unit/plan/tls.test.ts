/** HTTPS listeners: which are served, with which of their certificates, and where plain HTTP is sent on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { issue, rsaKeys, tlsSecret } from '../../support/certificates.ts';
import { ca, conditions, https, messageOf, serving, shop } from './tls-world.ts';
import { grant, httpRoute, listener, type Manifest } from './world.ts';

test('a listener with its certificate is served, and bound as port + 10000', () => {
  const w = serving([tlsSecret('shop', shop)], [https('a', 'shop', { hostname: 'shop.example.com' })]);
  assert.deepEqual(w.all, []);
  const [one] = w.plan.listeners;
  assert.deepEqual(one?.tls, { serverName: 'shop.example.com', certificates: ['default/shop'] });
  assert.deepEqual([one?.port, one?.declaredPort], [10443, 443]);
  assert.deepEqual(conditions(w), {
    Programmed: 'True Programmed',
    Accepted: 'True Accepted',
    ResolvedRefs: 'True ResolvedRefs',
  });
  const [certificate] = w.plan.certificates;
  assert.equal(certificate?.chain, shop.certificate);
  assert.equal(certificate?.key.revealText(), shop.key);
  assert.ok(!JSON.stringify(w.plan).includes(shop.key.split('\n')[1]!));
});

test('a chain stays in its order, and what stands around the blocks goes', () => {
  const middle = issue({ name: 'middle', ca: true, issuer: ca });
  const leaf = issue({ name: 'leaf', dnsNames: ['shop.example.com'], issuer: middle });
  const certificate = `# by hand\r\n${leaf.certificate.replaceAll('\n', '\r\n')}text\n${middle.certificate}`;
  const params = '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n';
  const sec1 = leaf.privateKey.export({ type: 'sec1', format: 'pem' }).toString();
  const w = serving([tlsSecret('s', { certificate, key: params + sec1 })], [https('a', 's')]);
  assert.deepEqual(w.all, []);
  assert.equal(w.plan.certificates[0]?.chain, leaf.certificate + middle.certificate);
  assert.equal(w.plan.certificates[0]?.key.revealText(), sec1);
});

test('several certificates of one listener: the good ones are served', () => {
  const rsa = issue({ name: 'rsa', dnsNames: ['shop.example.com'], keys: rsaKeys() });
  const old = issue({ name: 'old', from: -9, to: -2 });
  const again = issue({ name: 'again', dnsNames: ['shop.example.com'] });
  const w = serving(
    [tlsSecret('shop', shop), tlsSecret('rsa', rsa), tlsSecret('old', old), tlsSecret('again', again)],
    [https('a', [{ name: 'shop' }, { name: 'rsa' }, { name: 'old' }, { name: 'again' }, { name: 'gone' }])],
  );
  assert.deepEqual(w.plan.listeners[0]?.tls?.certificates, ['default/shop', 'default/rsa']);
  assert.equal(conditions(w).ResolvedRefs, 'False PartiallyInvalidCertificateRef');
  assert.equal(conditions(w).Programmed, 'True Programmed');
  const message = messageOf(w, 'ResolvedRefs');
  for (const part of [
    /default\/old must/,
    /domain shop\.example\.com has a conflicting/,
    /refs 4: Secret default\/gone does/,
  ])
    assert.match(message, part);
});

test('references: missing, of another kind or type, of another namespace without and with a grant', () => {
  const refused = (ref: Manifest, ...more: Manifest[]) => {
    const w = serving([tlsSecret('shop', shop, { namespace: 'certs' }), ...more], [https('a', [ref])]);
    return { w, reason: conditions(w).ResolvedRefs };
  };
  assert.equal(refused({ name: 'gone' }).reason, 'False InvalidCertificateRef');
  assert.match(
    refused({ name: 'gone' }).w.find('certificate-unresolved').hint ?? '',
    /kubectl get secret gone/,
  );
  assert.equal(refused({ name: 'x', kind: 'ConfigMap' }).reason, 'False InvalidCertificateRef');
  assert.equal(refused({ name: 'x', group: 'a.io' }).reason, 'False InvalidCertificateRef');
  const opaque = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' } };
  assert.match(
    refused({ name: 'x' }, opaque).w.find('certificate-invalid').message,
    /must be of type kubernetes/,
  );
  assert.match(
    refused({ name: 'x' }, { ...opaque, type: 'gateway.envoyproxy.io/sds' }).w.find('certificate-invalid')
      .hint ?? '',
    /not fetched from an SDS server: put the certificate itself here/,
  );
  const there = { name: 'shop', namespace: 'certs' };
  const { w, reason } = refused(there);
  assert.equal(reason, 'False RefNotPermitted');
  assert.equal(conditions(w).Accepted, undefined);
  assert.match(w.find('certificate-unresolved').hint ?? '', /ReferenceGrant to the namespace certs/);
  const from = { group: 'gateway.networking.k8s.io', kind: 'Gateway', namespace: 'default' };
  for (const [to, served] of [
    [{ group: '', kind: 'Secret' }, true],
    [{ group: '', kind: 'Secret', name: 'shop' }, true],
    [{ group: '', kind: 'Secret', name: 'other' }, false],
    [{ group: '', kind: 'Service' }, false],
  ] as const)
    assert.equal(refused(there, grant('certs', from, to)).w.plan.listeners.length, served ? 1 : 0);
});

test('a listener without a certificate serves nothing', () => {
  const w = serving([], [listener('a', 443, { protocol: 'HTTPS' })]);
  assert.deepEqual(w.codes(), ['certificate-unresolved']);
  assert.deepEqual(w.plan.listeners, []);
  assert.equal(messageOf(w, 'Programmed'), 'Listener must have TLS set when protocol is HTTPS.');
});

test('a faulty listener takes no place; two protocols on one port are both refused', () => {
  const good = https('b', 'shop', { hostname: 'shop.example.com' });
  const w = serving([tlsSecret('shop', shop)], [https('a', 'gone'), listener('plain', 443)]);
  assert.deepEqual(
    w.plan.listeners.map(({ name }) => name),
    ['default/eg/plain'],
  );
  const mixed = serving([tlsSecret('shop', shop)], [good, listener('plain', 443)]);
  assert.deepEqual(mixed.plan.listeners, []);
  assert.equal(conditions(mixed).Conflicted, 'True ProtocolConflict');
  assert.match(
    messageOf(mixed, 'Conflicted', 1),
    /compatible protocol, conflicting listeners: default\/eg\/b, default\/eg\/plain/,
  );
});

test('a redirect to https names the bound port to who used one', () => {
  const redirect = (requestRedirect: Manifest) =>
    serving(
      [tlsSecret('shop', shop)],
      [listener('http', 80), https('a', 'shop'), listener('alt', 8080)],
      httpRoute('r', [{ filters: [{ type: 'RequestRedirect', requestRedirect }] }], {
        parentRefs: [
          { name: 'eg', sectionName: 'http' },
          { name: 'eg', sectionName: 'alt' },
        ],
      }),
    ).plan.listeners.map(({ virtualHosts }) =>
      virtualHosts.flatMap(({ routes }) =>
        routes.map(({ match, action }) => [
          match.headers[0]?.value,
          action.kind === 'redirect' && action.port,
        ]),
      ),
    );
  assert.deepEqual(redirect({ scheme: 'https' }), [
    [
      [':10080', 10443],
      [undefined, undefined],
    ],
    [],
    [
      [':8080', 10443],
      [undefined, undefined],
    ],
  ]);
  for (const other of [
    { scheme: 'https', hostname: 'x.org' },
    { scheme: 'https', port: 444 },
    { scheme: 'http' },
  ])
    assert.equal(redirect(other)[0]?.length, 1, JSON.stringify(other));
});
