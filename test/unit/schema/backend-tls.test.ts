/** BackendTLSPolicy, `tls` of a Backend and ConfigMap: what is read, and what each mistake says. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Backend, BackendTLSPolicy, ConfigMap } from '../../../host/model/resources.ts';
import { assertFindings, type Expected, indent, readText } from '../../support/manifest.ts';

const SERVICE = 'targetRefs: [{group: "", kind: Service, name: shop}]';
const CA = 'caCertificateRefs: [{group: "", kind: ConfigMap, name: ca}]';
const policy = (validation: string, targets = SERVICE, version = 'v1'): string =>
  `apiVersion: gateway.networking.k8s.io/${version}\nkind: BackendTLSPolicy\nmetadata: {name: p}\nspec:\n${indent(targets, 2)}  validation:\n${indent(validation, 4)}`;
const backend = (tls: string): string =>
  `apiVersion: gateway.envoyproxy.io/v1alpha1\nkind: Backend\nmetadata: {name: b}\nspec:\n  endpoints: [{ip: {address: 10.0.0.1, port: 443}}]\n  tls:\n${indent(tls, 4)}`;

test('a policy as it is written, in both versions', () => {
  for (const version of ['v1', 'v1alpha3']) {
    const sans =
      'subjectAltNames: [{type: URI, uri: "spiffe://a/b"}, {type: Hostname, hostname: "*.internal"}]';
    const { resources, diagnostics } = readText(
      policy(`${CA}\nhostname: shop.internal\n${sans}`, SERVICE, version),
    );
    assertFindings(diagnostics, []);
    const { spec } = resources[0] as BackendTLSPolicy;
    assert.deepEqual(spec.validation, {
      caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'ca' }],
      system: false,
      hostname: 'shop.internal',
      subjectAltNames: [
        { type: 'URI', value: 'spiffe://a/b' },
        { type: 'DNS', value: '*.internal' },
      ],
    });
  }
  const system = readText(policy('wellKnownCACertificates: System\nhostname: a.b')).resources[0];
  assert.equal((system as BackendTLSPolicy).spec.validation.system, true);
});

test('a ConfigMap keeps its texts', () => {
  const { resources, diagnostics } = readText(
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {ca.crt: on}\nbinaryData: {x: AA==}\nimmutable: true\n',
  );
  assertFindings(diagnostics, []);
  assert.deepEqual([...(resources[0] as ConfigMap).spec.data], [['ca.crt', 'on']]);
});

const both = `${CA}\nwellKnownCACertificates: System\nhostname: a.b`;
const wrong: Readonly<Record<string, readonly [text: string, ...Expected[]]>> = {
  'no host name': [
    policy(CA),
    {
      code: 'field-missing',
      field: 'spec.validation.hostname',
      says: /hostname is missing/,
      points: 'validation',
    },
  ],
  'a host name with a wildcard': [
    policy(`${CA}\nhostname: "*.b"`),
    {
      code: 'hostname-invalid',
      field: 'spec.validation.hostname',
      says: /without wildcard/,
      points: '"*.b"',
    },
  ],
  'nobody is trusted': [
    policy('hostname: a.b'),
    {
      code: 'field-missing',
      field: 'spec.validation.caCertificateRefs',
      says: /nobody would be trusted/,
      hint: /wellKnownCACertificates: System/,
      points: 'validation',
    },
  ],
  'both kinds of trust': [
    policy(both),
    {
      code: 'field-conflict',
      field: 'spec.validation.wellKnownCACertificates',
      says: /Both/,
      points: 'wellKnownCACertificates',
    },
  ],
  'another word': [
    policy('wellKnownCACertificates: system\nhostname: a.b'),
    {
      code: 'value-unknown',
      field: 'spec.validation.wellKnownCACertificates',
      says: /must be System/,
      points: 'system',
    },
  ],
  'a name without its value': [
    policy(`${CA}\nhostname: a.b\nsubjectAltNames: [{type: URI, hostname: a.b}]`),
    {
      code: 'field-conflict',
      field: 'spec.validation.subjectAltNames[0].hostname',
      says: /not allowed with type URI/,
      points: 'hostname',
    },
    {
      code: 'field-missing',
      field: 'spec.validation.subjectAltNames[0].uri',
      says: /uri is missing/,
      points: 'URI',
    },
  ],
  'a URI without a scheme': [
    policy(`${CA}\nhostname: a.b\nsubjectAltNames: [{type: URI, uri: a/b}]`),
    {
      code: 'field-type',
      field: 'spec.validation.subjectAltNames[0].uri',
      says: /with its scheme/,
      points: 'a/b',
    },
  ],
  options: [
    `${policy(`${CA}\nhostname: a.b`)}  options: {example.com/pin: x}\n`,
    { code: 'field-not-supported', field: 'spec.options', says: /does not translate/, points: 'options' },
  ],
  'a target of another kind': [
    policy(`${CA}\nhostname: a.b`, 'targetRefs: [{group: "", kind: Pod, name: x}]'),
    {
      code: 'target-invalid',
      field: 'spec.targetRefs[0].kind',
      says: /must be Service or Backend/,
      points: 'Pod',
    },
  ],
  'a target of another group': [
    policy(`${CA}\nhostname: a.b`, 'targetRefs: [{group: "", kind: Backend, name: x}]'),
    {
      code: 'target-invalid',
      field: 'spec.targetRefs[0].group',
      says: /must be "gateway.envoyproxy.io"/,
      points: '""',
    },
  ],
  'a target twice': [
    policy(
      `${CA}\nhostname: a.b`,
      'targetRefs: [{group: "", kind: Service, name: x, sectionName: a}, {group: "", kind: Service, name: x, sectionName: a}]',
    ),
    {
      code: 'field-conflict',
      field: 'spec.targetRefs[1]',
      says: /same target as targetRefs\[0\]/,
      points: '{',
    },
  ],
  'a target with a port and without': [
    policy(
      `${CA}\nhostname: a.b`,
      'targetRefs: [{group: "", kind: Service, name: x}, {group: "", kind: Service, name: x, sectionName: a}]',
    ),
    {
      code: 'field-missing',
      field: 'spec.targetRefs[0].sectionName',
      says: /another item has the same target/,
      points: '{',
    },
  ],
  'a Backend that trusts twice': [
    backend(`${CA}\nwellKnownCACertificates: System`),
    {
      code: 'field-conflict',
      field: 'spec.tls.wellKnownCACertificates',
      says: /Both/,
      points: 'wellKnownCACertificates',
    },
  ],
  'a Backend that verifies and does not': [
    backend(`${CA}\ninsecureSkipVerify: true`),
    {
      code: 'field-conflict',
      field: 'spec.tls.insecureSkipVerify',
      says: /stands beside caCertificateRefs/,
      points: 'insecureSkipVerify',
    },
  ],
  'two server names': [
    backend(`${CA}\nsni: a.b\nautoSNIFromEndpointHostname: true`),
    {
      code: 'field-conflict',
      field: 'spec.tls.autoSNIFromEndpointHostname',
      says: /both set/,
      points: 'autoSNIFromEndpointHostname',
    },
  ],
  'versions the wrong way round': [
    backend(`${CA}\nminVersion: "1.3"\nmaxVersion: "1.2"`),
    {
      code: 'field-conflict',
      field: 'spec.tls.maxVersion',
      says: /below minVersion 1\.3/,
      points: 'maxVersion',
    },
  ],
  'a maximum below the default minimum': [
    backend(`${CA}\nmaxVersion: "1.1"`),
    {
      code: 'field-conflict',
      field: 'spec.tls.maxVersion',
      says: /below minVersion 1\.2 \(its default\)/,
      points: 'maxVersion',
    },
  ],
  'ciphers for TLS 1.3': [
    backend(`${CA}\nminVersion: "1.3"\nciphers: [AES128-SHA]`),
    { code: 'field-conflict', field: 'spec.tls.ciphers', says: /no effect/, points: 'ciphers' },
  ],
  'a cipher that Envoy does not know': [
    backend(`${CA}\nciphers: [RC4-SHA, "[AES128-SHA|RC4-SHA]"]`),
    {
      code: 'value-unknown',
      field: 'spec.tls.ciphers[0]',
      says: /a cipher suite of Envoy/,
      points: 'RC4-SHA',
    },
    {
      code: 'value-unknown',
      field: 'spec.tls.ciphers[1]',
      says: /a cipher suite of Envoy/,
      points: '"[AES128-SHA|RC4-SHA]"',
    },
  ],
  'no protocol': [
    backend(`${CA}\nalpnProtocols: []`),
    {
      code: 'value-without-effect',
      field: 'spec.tls.alpnProtocols',
      says: /changes nothing/,
      points: 'alpnProtocols',
      severity: 'warning',
    },
  ],
  'a version without quotes': [
    backend(`${CA}\nminVersion: 1.2`),
    {
      code: 'value-unknown',
      field: 'spec.tls.minVersion',
      says: /must be one of Auto/,
      hint: /in quotes: "1\.2"/,
      points: '1.2',
    },
  ],
};
for (const [name, [text, ...expected]] of Object.entries(wrong))
  test(`what is wrong is told: ${name}`, () => {
    const { diagnostics, resources } = readText(text);
    assertFindings(diagnostics, expected);
    const refused = expected.some(({ severity = 'error' }) => severity === 'error');
    const [first] = resources;
    // A refused policy stays as one that closes its targets.
    if (text.includes('BackendTLSPolicy')) assert.equal(first?.kind, 'BackendTLSPolicy (refused)');
    else assert.equal(first === undefined, refused);
  });

test('tls of a Backend as it is written', () => {
  const { resources, diagnostics } = readText(
    backend(
      `${CA}\nsni: a.b\nclientCertificateRef: {name: c}\nminVersion: "1.1"\nmaxVersion: Auto\nciphers: ["[AES128-SHA|ECDHE-RSA-AES128-SHA]"]\nalpnProtocols: [h2]`,
    ),
  );
  assertFindings(diagnostics, []);
  assert.deepEqual((resources[0] as Backend).spec.tls, {
    caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'ca' }],
    system: false,
    insecureSkipVerify: false,
    autoSNIFromEndpointHostname: false,
    sni: 'a.b',
    clientCertificateRef: { name: 'c' },
    minVersion: '1.1',
    maxVersion: 'Auto',
    ciphers: ['[AES128-SHA|ECDHE-RSA-AES128-SHA]'],
    alpnProtocols: ['h2'],
  });
});
