/** `headers.disableRateLimitHeaders` of a ClientTrafficPolicy on a real Envoy: of one of two listeners. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Backend } from '../../demo/fakes/backend.ts';
import { http1 } from '../../demo/fakes/http1.ts';
import * as build from '../../demo/fakes/manifests.ts';
import { Envoy } from '../support/envoy.ts';
import { clientPolicy, type Manifest, policy, service } from '../support/manifests.ts';
import { translate } from '../support/translate.ts';

const limit = { requests: 9, unit: 'Hour' };
const ofPath: Manifest = { clientSelectors: [{ path: { value: '/' } }], limit };
const local = (...rules: Manifest[]): Manifest => ({ rateLimit: { local: { rules } } });

let backend: Backend;
let envoy: Envoy;
before(async () => {
  backend = await Backend.start();
  const named = (name: string): Manifest => build.httpRoute(name, [build.rule(`/${name}`)]);
  envoy = await Envoy.start(
    await translate(
      [
        build.gatewayClass,
        build.gateway('eg', [build.listener('telling', 28_317), build.listener('silent', 28_318)]),
        ...service('backend', [backend]),
        ...['usual', 'rule', 'asked'].map(named),
        policy('usual', local({ limit })),
        policy('rule', local(ofPath)),
        policy('asked', local({ ...ofPath, xRateLimitHeaders: 'DraftVersion03' })),
        clientPolicy({
          targetRefs: [build.target('Gateway', 'eg', 'silent')],
          headers: { disableRateLimitHeaders: true },
        }),
      ],
      'native',
    ),
  );
});
after(async () => {
  await envoy?.stop();
  await backend?.stop();
});

for (const [listener, path, told] of [
  ['telling', '/usual', true],
  ['silent', '/usual', false],
  ['silent', '/rule', false],
  ['silent', '/asked', true],
] as const)
  test(`${listener}, ${path}: answers ${told ? 'say' : 'do not say'} what is left`, async () => {
    const port = envoy.port(`default/eg/${listener}`);
    const { status, headers } = await http1({ port, path, headers: [['host', 'www.example.com']] });
    assert.equal(status, 200);
    assert.equal(headers['x-ratelimit-remaining'] !== undefined, told);
  });
