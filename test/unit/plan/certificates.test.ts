/** Which certificates and keys a listener can serve, and what is told of the others. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ecKeys, type Issued, issue, rsaKeys, tlsSecret } from '../../support/certificates.ts';
import { ca, conditions, https, messageOf, serving, shop, wild } from './tls-world.ts';

const none = { certificate: '', key: shop.key };
const bad: readonly [
  name: string,
  issued: Pick<Issued, 'certificate' | 'key'>,
  entry: string,
  says: RegExp,
][] = [
  ['expired', issue({ name: 'x', from: -9, to: -2 }), 'tls.crt', /certificate x has expired since 20.* UTC/],
  ['not yet valid', issue({ name: 'x', from: 2 }), 'tls.crt', /certificate x will be valid after/],
  ['an expired link', linked(-2), 'tls.crt', /certificate old has expired/],
  ['the key of another', { ...shop, key: wild.key }, 'tls.key', /private key does not match public key/],
  ['no PEM', { ...shop, certificate: 'x' }, 'tls.crt', /unable to decode pem data/],
  ['no key in PEM', { ...shop, key: 'x' }, 'tls.key', /unable to decode pem data/],
  ['empty', none, 'tls.crt', /must contain tls.crt and tls.key/],
  ['a broken certificate', { ...shop, certificate: cut(shop.certificate) }, 'tls.crt', /is malformed/],
  ['a broken key', { ...shop, key: cut(shop.key) }, 'tls.key', /unable to parse the private key/],
  ['a key where a certificate belongs', { ...shop, certificate: shop.key }, 'tls.crt', /is malformed/],
  [
    'a certificate where a key belongs',
    { ...shop, key: shop.certificate },
    'tls.key',
    /CERTIFICATE key format/,
  ],
  ['a short RSA key', issue({ name: 'x', keys: rsaKeys(1024) }), 'tls.crt', /RSA key has 1024 bits/],
  ['another curve', issue({ name: 'x', keys: ecKeys('secp256k1') }), 'tls.crt', /on the curve secp256k1/],
  [
    'too many links',
    { ...shop, certificate: shop.certificate.repeat(17) },
    'tls.crt',
    /it holds 17 certificates/,
  ],
  ['too long', { ...shop, certificate: 'x'.repeat(262_145) }, 'tls.crt', /is 262145 bytes long/],
];
function linked(to: number): Pick<Issued, 'certificate' | 'key'> {
  const old = issue({ name: 'old', ca: true, issuer: ca, from: -9, to });
  const leaf = issue({ name: 'leaf', issuer: old });
  return { certificate: leaf.certificate + old.certificate, key: leaf.key };
}
function cut(pem: string): string {
  const lines = pem.split('\n');
  return [...lines.slice(0, 2), ...lines.slice(3)].join('\n');
}
for (const [name, issued, entry, says] of bad) {
  test(`a certificate that cannot be served: ${name}`, () => {
    const w = serving(
      [tlsSecret('s', issued)],
      [https('a', 's'), https('b', 's', { hostname: 'b.example.com' })],
    );
    const found = w.all.filter(({ code }) => code === 'certificate-invalid');
    assert.equal(found.length, 1, 'it is told once, though two listeners refer to it');
    assert.match(found[0]?.message ?? '', says);
    assert.equal(found[0]?.field, `data["${entry}"]`);
    assert.match(found[0]?.at?.lineText ?? '', /^ +"tls\.(?:crt|key)": …$/);
    assert.match(found[0]?.notes?.[0]?.message ?? '', /Gateway default\/eg refers to it here/);
    assert.deepEqual(w.plan.listeners, []);
    assert.deepEqual(conditions(w), {
      ResolvedRefs: 'False InvalidCertificateRef',
      Accepted: 'True Accepted',
      Programmed: 'False Invalid',
    });
    assert.match(messageOf(w, 'ResolvedRefs', 1), /^No valid secrets exist: default\/s must contain/);
    const told = JSON.stringify([w.all, w.status]);
    for (const line of issued.key.split('\n').slice(1, -2)) assert.ok(line === '' || !told.includes(line));
  });
}

test('keys that Envoy takes are taken', () => {
  for (const keys of [ecKeys('P-384'), ecKeys('P-521'), rsaKeys(2048)]) {
    const w = serving(
      [tlsSecret('s', issue({ name: 'x', dnsNames: ['x.example.com'], keys }))],
      [https('a', 's')],
    );
    assert.deepEqual(w.all, []);
  }
});

test('a certificate that ends soon, or is for another name, is served with a warning', () => {
  const soon = issue({ name: 's', dnsNames: ['shop.example.com'], to: 3.5 });
  const w = serving([tlsSecret('s', soon)], [https('a', 's', { hostname: 'other.example.com' })]);
  assert.deepEqual(w.codes().sort(), ['certificate-expires', 'certificate-hostname']);
  assert.match(w.find('certificate-expires').message, /certificate default\/s expires in 3 days, on 20/);
  assert.match(w.find('certificate-hostname').rule ?? '', /is for: shop\.example\.com/);
  assert.equal(w.plan.listeners.length, 1);
  for (const [hostname, dnsName, codes] of [
    ['a.example.com', '*.example.com', []],
    ['*.example.com', '*.example.com', []],
    ['a.b.example.com', '*.example.com', ['certificate-hostname']],
    ['*.b.example.com', '*.example.com', ['certificate-hostname']],
    ['example.com', '*.example.com', ['certificate-hostname']],
  ] as const) {
    const one = issue({ name: 's', dnsNames: [dnsName] });
    const named = serving([tlsSecret('s', one)], [https('a', 's', { hostname })]);
    assert.deepEqual(named.codes(), codes, hostname);
  }
});
