/** Each TLS setting of a Backend that the schema takes, Envoy takes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as build from '../../../demo/fakes/manifests.ts';
import { TLS_VERSIONS } from '../../../host/model/backend-tls.ts';
import { CURVES, SIGNATURES, SUITES } from '../../../host/schema/words/tls-parameters.ts';
import type { Manifest } from '../../support/manifests.ts';
import { translate } from '../../support/translate.ts';
import { envoyRefuses } from '../../support/validate.ts';
import { byBackend } from './backends-world.ts';

test('Envoy takes each version, cipher, curve and signature that the schema takes', async () => {
  const names = [...Object.keys(SUITES), ...Object.values(SUITES)];
  const kinds: Manifest[] = [
    ...names.map((name) => ({ ciphers: [name] })),
    { ciphers: [`[${names.slice(0, 3).join('|')}]`, ...names] },
    ...CURVES.map((name) => ({ ecdhCurves: [name] })),
    ...SIGNATURES.map((name) => ({ signatureAlgorithms: [name] })),
    ...TLS_VERSIONS.map((version) => ({ minVersion: version })),
    ...TLS_VERSIONS.map((version) => ({ minVersion: '1.0', maxVersion: version })),
    { minVersion: 'Auto', maxVersion: 'Auto', alpnProtocols: ['h2', 'http/1.1', 'http/1.0'] },
  ];
  const host = { address: '127.0.0.9', port: 443 };
  const whole = await translate(
    [
      build.gatewayClass,
      build.gateway(),
      ...kinds.flatMap((tls, i) => byBackend(`b${i}`, host, { tls: { insecureSkipVerify: true, ...tls } })),
    ],
    'native',
  );
  assert.equal(whole.static_resources?.clusters?.length, kinds.length);
  assert.equal(await envoyRefuses(whole), undefined);
});
