/**
 * BackendTLSPolicy whose authority cannot be had: the backend is closed, and the conditions say why.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authorityMap } from '../../support/certificates.ts';
import { answerOf, ca, caMap, caRef, text, tlsPolicy, words } from './backend-tls-world.ts';
import { basics, httpRoute, type Manifest, rule, world } from './world.ts';

const broken = { ...ca, certificate: ca.certificate.replace(/\n(.)/, '\n!') };
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
