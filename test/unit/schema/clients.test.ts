/** The rules of ClientTrafficPolicy: each with its message and what the caret points to. */
import { test } from 'node:test';
import { assertFindings, type Expected, indent, readText } from '../../support/manifest.ts';

const policyWith = (spec: string): string => `apiVersion: gateway.envoyproxy.io/v1alpha1
kind: ClientTrafficPolicy
metadata: {name: c}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: eg}]
${indent(spec, 2)}`;

const cases: readonly (readonly [string, Omit<Expected, 'field'> & { readonly field: string }])[] = [
  [
    'clientIPDetection: {xForwardedFor: {numTrustedHops: 1}, customHeader: {name: x-ip}}',
    {
      code: 'field-conflict',
      field: 'spec.clientIPDetection.customHeader',
      says: /stand together/,
      points: 'customHeader',
    },
  ],
  [
    'clientIPDetection: {xForwardedFor: {}}',
    {
      code: 'field-missing',
      field: 'spec.clientIPDetection.xForwardedFor.numTrustedHops',
      says: /None of/,
      points: 'xForwardedFor',
    },
  ],
  [
    'clientIPDetection: {xForwardedFor: {trustedCIDRs: [10.0.0.0/33]}}',
    {
      code: 'address-invalid',
      field: 'spec.clientIPDetection.xForwardedFor.trustedCIDRs[0]',
      says: /range of IP addresses/,
      points: '10.0.0.0/33',
    },
  ],
  [
    'clientIPDetection: {xForwardedFor: {trustedCIDRs: [10.0.0.1]}}',
    {
      code: 'address-invalid',
      field: 'spec.clientIPDetection.xForwardedFor.trustedCIDRs[0]',
      says: /range/,
      hint: /10\.0\.0\.1\/32/,
      points: '10.0.0.1',
    },
  ],
  [
    'clientIPDetection: {xForwardedFor: {numTrustedHops: 0}}',
    {
      code: 'value-without-effect',
      field: 'spec.clientIPDetection.xForwardedFor.numTrustedHops',
      says: /counts as 1/,
      points: '0',
      severity: 'warning',
    },
  ],
  [
    'clientIPDetection: {customHeader: {name: x_ip}}',
    {
      code: 'header-name-invalid',
      field: 'spec.clientIPDetection.customHeader.name',
      says: /letters, digits/,
      points: 'x_ip',
    },
  ],
  [
    'headers: {requestID: Preserve, preserveXRequestID: true}',
    {
      code: 'field-conflict',
      field: 'spec.headers.preserveXRequestID',
      says: /stand together/,
      points: 'preserveXRequestID',
    },
  ],
  [
    'headers: {xForwardedClientCert: {certDetailsToAdd: [Cert]}}',
    {
      code: 'field-conflict',
      field: 'spec.headers.xForwardedClientCert.certDetailsToAdd',
      says: /mode Sanitize/,
      points: 'certDetailsToAdd',
    },
  ],
  [
    'headers: {xForwardedClientCert: {mode: AlwaysForwardOnly}}',
    {
      code: 'header-believed',
      field: 'spec.headers.xForwardedClientCert.mode',
      says: /any client/,
      points: 'AlwaysForwardOnly',
      severity: 'warning',
    },
  ],
  [
    'headers: {earlyRequestHeaders: {set: [{name: X-Loadstar-Host, value: a}]}}',
    {
      code: 'value-not-supported',
      field: 'spec.headers.earlyRequestHeaders.set[0].name',
      says: /belongs to Loadstar/,
      points: 'X-Loadstar-Host',
    },
  ],
  [
    'headers: {earlyRequestHeaders: {remove: [Host]}}',
    {
      code: 'value-not-supported',
      field: 'spec.headers.earlyRequestHeaders.remove[0]',
      says: /cannot be changed/,
      points: 'Host',
    },
  ],
  [
    'headers: {earlyRequestHeaders: {removeOnMatch: [{type: Prefix, value: ":p"}]}}',
    {
      code: 'header-name-invalid',
      field: 'spec.headers.earlyRequestHeaders.removeOnMatch[0].value',
      says: /No header has a name/,
      points: '":p"',
    },
  ],
  [
    'headers: {lateResponseHeaders: {add: [{name: a, value: b}], set: [{name: A, value: c}]}}',
    {
      code: 'value-without-effect',
      field: 'spec.headers.lateResponseHeaders.set[0].name',
      says: /add\[0\] already/,
      points: 'A',
      severity: 'warning',
    },
  ],
  [
    'headers: {earlyRequestHeaders: {}}',
    {
      code: 'field-missing',
      field: 'spec.headers.earlyRequestHeaders',
      says: /changes no header/,
      points: 'earlyRequestHeaders',
    },
  ],
  [
    'headers: {maxRequestHeaderLimit: 512}',
    {
      code: 'value-out-of-range',
      field: 'spec.headers.maxRequestHeaderLimit',
      says: /from 1Ki to 8192Ki/,
      points: '512',
    },
  ],
  [
    'connection: {connectionLimit: {closeDelay: 1s}}',
    {
      code: 'field-conflict',
      field: 'spec.connection.connectionLimit.closeDelay',
      says: /without value/,
      points: 'closeDelay',
    },
  ],
  [
    'connection: {connectionLimit: {value: 0}}',
    {
      code: 'value-out-of-range',
      field: 'spec.connection.connectionLimit.value',
      says: /from 1/,
      points: '0',
    },
  ],
  [
    'connection: {socketBufferLimit: 1Mi}',
    {
      code: 'field-not-translated',
      field: 'spec.connection.socketBufferLimit',
      says: /no effect/,
      points: 'socketBufferLimit',
      severity: 'warning',
    },
  ],
  [
    'http3: {}',
    {
      code: 'field-not-translated',
      field: 'spec.http3',
      says: /no effect/,
      points: 'http3',
      severity: 'warning',
    },
  ],
  [
    'tls: {minVersion: "1.3", maxVersion: "1.2"}',
    { code: 'field-conflict', field: 'spec.tls.maxVersion', says: /below minVersion/, points: 'maxVersion' },
  ],
  [
    'tls: {ciphers: [RC4]}',
    { code: 'value-unknown', field: 'spec.tls.ciphers[0]', says: /cipher suite/, points: 'RC4' },
  ],
  [
    'tls: {clientValidation: {}}',
    {
      code: 'field-missing',
      field: 'spec.tls.clientValidation.caCertificateRefs',
      says: /RequireAndVerify/,
      points: 'clientValidation',
    },
  ],
  [
    'tls: {clientValidation: {caCertificateRefs: [{name: a}], certificateHashes: [abc]}}',
    {
      code: 'field-type',
      field: 'spec.tls.clientValidation.certificateHashes[0]',
      says: /64 digits/,
      points: 'abc',
    },
  ],
  [
    'tls: {clientValidation: {caCertificateRefs: [{name: a}], crl: {refs: []}}}',
    { code: 'list-length', field: 'spec.tls.clientValidation.crl.refs', says: /has 0 items/, points: 'refs' },
  ],
  [
    'timeout: {http: {idleTimeout: 5}}',
    {
      code: 'duration-invalid',
      field: 'spec.timeout.http.idleTimeout',
      says: /duration/,
      hint: /5s/,
      points: '5',
    },
  ],
  [
    'http2: {connectionKeepalive: {interval: 1s, timeout: 2s}}',
    {
      code: 'value-out-of-range',
      field: 'spec.http2.connectionKeepalive.timeout',
      says: /less than interval/,
      points: '2s',
    },
  ],
];
for (const [spec, expected] of cases)
  test(spec, () =>
    assertFindings(
      readText(policyWith(spec)).diagnostics.filter(({ code }) => code !== 'protection-not-translated'),
      [expected],
    ),
  );

test('targets are Gateways and ListenerSets', () => {
  const target = (kind: string): string => policyWith('').replace('kind: Gateway,', `kind: ${kind},`);
  assertFindings(readText(target('HTTPRoute')).diagnostics, [
    {
      code: 'target-invalid',
      field: 'spec.targetRefs[0].kind',
      says: /Gateway, ListenerSet/,
      points: 'HTTPRoute',
    },
  ]);
  assertFindings(readText(target('ListenerSet')).diagnostics, []);
});
