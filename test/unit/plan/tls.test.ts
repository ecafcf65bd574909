/** Certificates of HTTPS listeners: which are served, what is told of the others, and who answers what. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authority, ecKeys, type Issued, issue, rsaKeys, tlsSecret } from '../../support/certificates.ts';
import {
  gateway,
  gatewayClass,
  grant,
  httpRoute,
  listener,
  type Manifest,
  rule,
  upstream,
  type World,
  world,
} from './world.ts';

const ca = authority();
const shop = issue({ name: 'shop', dnsNames: ['shop.example.com'], issuer: ca });
const wild = issue({ name: 'wild', dnsNames: ['*.example.com'], issuer: ca });

const https = (name: string, secret: string | Manifest | Manifest[], rest: Manifest = {}): Manifest =>
  listener(name, 443, {
    protocol: 'HTTPS',
    tls: { certificateRefs: [secret].flat().map((ref) => (typeof ref === 'string' ? { name: ref } : ref)) },
    ...rest,
  });
const serving = (secrets: Manifest[], listeners: Manifest[], ...more: Manifest[]): World =>
  world(gatewayClass, upstream, gateway('eg', listeners), ...more, ...secrets);
function conditions(w: World, index = 0): Record<string, string> {
  const found = w.status.find(({ kind }) => kind === 'Gateway');
  assert.ok(found?.kind === 'Gateway');
  const list = found.listeners[index]?.conditions ?? [];
  return Object.fromEntries(list.map(({ type, status, reason }) => [type, `${status} ${reason}`]));
}
const messageOf = (w: World, type: string, index = 0): string => {
  const found = w.status.find(({ kind }) => kind === 'Gateway');
  assert.ok(found?.kind === 'Gateway');
  return found.listeners[index]?.conditions.find((one) => one.type === type)?.message ?? '';
};

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

/** What each listener answers for a host: a status, or the route. */
function answers(w: World, index: number): Record<string, string> {
  const hosts = w.plan.listeners[index]?.virtualHosts ?? [];
  return Object.fromEntries(
    hosts.flatMap(({ domains, routes }) =>
      domains.map((domain) => {
        const action = routes[0]?.action;
        return [
          domain,
          action === undefined ? '404' : action.kind === 'respond' ? String(action.status) : action.kind,
        ];
      }),
    ),
  );
}

test('a request on the connection of another listener: 421 where that is the one for its host', () => {
  const w = serving(
    [tlsSecret('shop', shop), tlsSecret('wild', wild)],
    [
      https('exact', 'shop', { hostname: 'shop.example.com' }),
      https('wild', 'wild', { hostname: '*.example.com' }),
      https('any', 'wild'),
    ],
    httpRoute('r', [rule('/')], { hostnames: [] }),
    httpRoute('narrow', [rule('/n')], {
      hostnames: ['shop.example.com', 'a.example.com'],
      parentRefs: [{ name: 'eg', sectionName: 'wild' }],
    }),
  );
  assert.deepEqual(answers(w, 0), { 'shop.example.com': 'forward', '*.example.com': '421', '*': '421' });
  assert.deepEqual(answers(w, 1), {
    'a.example.com': 'forward',
    '*.example.com': 'forward',
    'shop.example.com': '421',
    '*': '421',
  });
  assert.deepEqual(answers(w, 2), { '*': 'forward', 'shop.example.com': '421', '*.example.com': '421' });
  assert.match(
    messageOf(w, 'OverlappingTLSConfig'),
    /SAN shop\.example\.com overlaps with .* in listener wild\..* 421/,
  );
});

test('what a listener is for and no route serves is 404, not 421', () => {
  const w = serving(
    [tlsSecret('wild', wild)],
    [https('wild', 'wild', { hostname: '*.example.com' }), https('any', 'wild')],
    httpRoute('r', [rule('/')], {
      hostnames: ['a.example.com'],
      parentRefs: [{ name: 'eg', sectionName: 'wild' }],
    }),
  );
  assert.deepEqual(answers(w, 0), { 'a.example.com': 'forward', '*.example.com': '404', '*': '421' });
  assert.deepEqual(answers(w, 1), { '*.example.com': '421' });
});

test('a narrower listener has the hosts below its name, whatever routes of a wider one say', () => {
  const w = serving(
    [tlsSecret('wild', wild)],
    [https('wide', 'wild'), https('below', 'wild', { hostname: '*.b.example.com' })],
    httpRoute('r', [rule('/')], {
      hostnames: ['x.b.example.com', '*.c.b.example.com', 'x.example.com'],
      parentRefs: [{ name: 'eg', sectionName: 'wide' }],
    }),
  );
  assert.deepEqual(answers(w, 0), { 'x.example.com': 'forward', '*.b.example.com': '421' });
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
