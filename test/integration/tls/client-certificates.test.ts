/**
 * Certificates of clients on a real Envoy: ClientTrafficPolicy (tls.clientValidation) and Gateway
 * (spec.tls.frontend), by clients that show a good one, a wrong one or none. And what else is agreed on in a
 * handshake.
 */
import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Backend, startBackends, stopAll } from '../../../demo/fakes/backend.ts';
import * as build from '../../../demo/fakes/manifests.ts';
import {
  authority,
  authorityMap,
  type Issued,
  issue,
  revocationList,
  tlsSecret,
} from '../../support/certificates.ts';
import { Envoy } from '../../support/envoy.ts';
import { clientPolicy, type Manifest, service } from '../../support/manifests.ts';
import { askTls, type TlsAnswer, type TlsRequest } from '../../support/tls-client.ts';
import { translateInto } from '../../support/translate.ts';

const NAME = 'shop.example.com';
const server = authority('Server CA');
const shop = issue({ name: 'shop', dnsNames: [NAME], issuer: server });
const ca = authority('Client CA');
const good = issue({
  name: 'good',
  dnsNames: ['good.example.com'],
  uris: ['spiffe://example.com/good'],
  issuer: ca,
});
const other = issue({ name: 'other', dnsNames: ['other.example.com'], issuer: ca });
const expired = issue({ name: 'expired', dnsNames: ['old.example.com'], issuer: ca, from: -9, to: -2 });
const stranger = issue({ name: 'stranger', dnsNames: ['good.example.com'], issuer: authority('Another CA') });
const shown = { good, other, expired, stranger, none: undefined } as const;
type Who = keyof typeof shown;
const ALL = Object.keys(shown) as Who[];

const x509 = ({ certificate }: Issued): X509Certificate => new X509Certificate(certificate);
const hashOf = (one: Issued): string => createHash('sha256').update(x509(one).raw).digest('hex');
const spkiOf = (one: Issued): string =>
  createHash('sha256')
    .update(x509(one).publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64');

const refs = { caCertificateRefs: [{ kind: 'ConfigMap', name: 'clients' }] };
const xfcc = (mode: string, certDetailsToAdd?: string[]): Manifest => ({
  headers: {
    xForwardedClientCert: { mode, ...(certDetailsToAdd === undefined ? {} : { certDetailsToAdd }) },
  },
});
const names = { dnsNames: [{ type: 'Suffix', value: '.example.com' }], uris: [{ value: 'x' }] };
/** Listener → its policy's clientValidation, and who is let in. */
const validations: Record<string, readonly [Manifest, readonly Who[], Manifest?]> = {
  require: [refs, ['good', 'other'], xfcc('SanitizeSet', ['Subject', 'URI', 'DNS'])],
  given: [{ ...refs, mode: 'VerifyIfGiven' }, ['good', 'other', 'none']],
  optional: [{ ...refs, optional: true }, ['good', 'other', 'none'], xfcc('AppendForward')],
  any: [{ ...refs, mode: 'RequireAny' }, ['good', 'other', 'expired', 'stranger'], xfcc('ForwardOnly')],
  request: [{ mode: 'Request' }, ALL, xfcc('AlwaysForwardOnly')],
  old: [{ ...refs, allowExpiredCertificate: true }, ['good', 'other', 'expired']],
  name: [{ ...refs, subjectAltNames: names }, ['good', 'other']],
  uri: [
    { ...refs, subjectAltNames: { uris: [{ type: 'Prefix', value: 'spiffe://example.com/' }] } },
    ['good'],
  ],
  hash: [{ ...refs, certificateHashes: [hashOf(other)] }, ['other']],
  spki: [{ ...refs, spkiHashes: [spkiOf(good)] }, ['good']],
  revoked: [{ ...refs, crl: { refs: [{ kind: 'ConfigMap', name: 'revoked' }] } }, ['good']],
};
/** Port of the Gateway with spec.tls.frontend → who is let in. */
const frontends: Record<string, readonly [number, readonly Who[]]> = {
  usual: [9443, ['good', 'other']],
  fallback: [9444, ALL],
  free: [9445, ALL],
};
const parameters: Record<string, Manifest> = {
  new: { minVersion: '1.3' },
  low: { maxVersion: '1.2', ciphers: ['ECDHE-ECDSA-AES256-GCM-SHA384'], alpnProtocols: ['http/1.1'] },
  silent: { alpnProtocols: [] },
};

const folder = mkdtempSync(join(tmpdir(), 'loadstar-mtls-'));
let hosts: Backend[] = [];
let envoy: Envoy;

const https = (name: string, port: number): Manifest =>
  build.listener(name, port, { protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'shop' }] } });
const authorityRef = { group: '', kind: 'ConfigMap', name: 'clients' };
function manifests(): Manifest[] {
  const listeners = [...Object.keys(validations), ...Object.keys(parameters)];
  const front = build.gateway(
    'front',
    Object.entries(frontends).map(([name, [port]]) => https(name, port)),
  );
  front.spec.tls = {
    frontend: {
      default: { validation: { caCertificateRefs: [authorityRef] } },
      perPort: [
        {
          port: 9444,
          tls: { validation: { caCertificateRefs: [authorityRef], mode: 'AllowInsecureFallback' } },
        },
        { port: 9445, tls: {} },
      ],
    },
  };
  const crl = { 'ca.crl': revocationList(ca, [other]) };
  return [
    build.gatewayClass,
    build.gateway(
      'eg',
      listeners.map((name, i) => https(name, 8443 + i)),
    ),
    front,
    ...service('backend', hosts),
    build.httpRoute('r', undefined, { hostnames: [], parentRefs: [{ name: 'eg' }, { name: 'front' }] }),
    tlsSecret('shop', shop),
    authorityMap('clients', ca),
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'revoked' }, data: crl },
    ...Object.entries(validations).map(([name, [clientValidation, , more]]) =>
      clientPolicy({ tls: { clientValidation }, ...more }, name, name),
    ),
    ...Object.entries(parameters).map(([name, tls]) => clientPolicy({ tls }, name, name)),
  ];
}
const ask = (listener: string, who: Who, more: Partial<TlsRequest> = {}): Promise<TlsAnswer> =>
  askTls({
    ...{ port: envoy.port(`default/${listener}`), ca: server.certificate, name: NAME, ...more },
    ...(shown[who] === undefined ? {} : { shown: shown[who] }),
  });

before(async () => {
  hosts = await startBackends(['127.0.0.11']);
  envoy = await Envoy.start(await translateInto(folder, manifests()));
});
after(async () => {
  await envoy?.stop();
  await stopAll(hosts);
  rmSync(folder, { recursive: true, force: true });
});

const all: (readonly [string, readonly Who[]])[] = [
  ...Object.entries(validations).map(([name, [, lets]]) => [`eg/${name}`, lets] as const),
  ...Object.entries(frontends).map(([name, [, lets]]) => [`front/${name}`, lets] as const),
];
for (const [listener, lets] of all)
  test(`${listener} lets in ${lets.join(', ')}, and nobody else`, async () => {
    for (const who of ALL) {
      if (lets.includes(who)) assert.equal((await ask(listener, who)).status, 200, who);
      else await assert.rejects(ask(listener, who), who);
    }
  });

test('what a backend sees of the certificate is what Envoy has verified, not what a client writes', async () => {
  const seen = async (listener: string, who: Who): Promise<string | undefined> => {
    hosts[0]!.seen.length = 0;
    await ask(`eg/${listener}`, who, { headers: { 'x-forwarded-client-cert': 'Hash=forged' } });
    return hosts[0]!.seen[0]!.headers['x-forwarded-client-cert'] as string | undefined;
  };
  assert.equal(
    await seen('require', 'good'),
    `Hash=${hashOf(good)};Subject="CN=good";URI=spiffe://example.com/good;DNS=good.example.com`,
  );
  assert.equal(await seen('given', 'good'), undefined);
  assert.equal(await seen('optional', 'good'), `Hash=forged,Hash=${hashOf(good)}`);
  assert.equal(await seen('optional', 'none'), undefined);
  assert.equal(await seen('any', 'good'), 'Hash=forged');
  assert.equal(await seen('request', 'none'), 'Hash=forged');
});

test('versions, ciphers and protocols of a handshake', async () => {
  assert.equal((await ask('eg/new', 'none')).version, 'TLSv1.3');
  await assert.rejects(ask('eg/new', 'none', { version: 'TLSv1.2' }));
  const low = await ask('eg/low', 'none', { alpn: ['h2', 'http/1.1'] });
  assert.deepEqual(
    [low.version, low.cipher, low.alpn],
    ['TLSv1.2', 'ECDHE-ECDSA-AES256-GCM-SHA384', 'http/1.1'],
  );
  assert.equal((await ask('eg/silent', 'none', { alpn: ['h2', 'http/1.1'] })).alpn, false);
  await assert.rejects(ask('eg/given', 'none', { version: 'TLSv1.1' }));
});
