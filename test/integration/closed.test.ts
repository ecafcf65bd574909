/**
 * Nothing fails open: what restricts or protects and is not translated is refused, and with --keep-going a
 * real Envoy answers 500 where it would have held. The rest is served.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Backend, startBackends, stopAll } from '../../demo/fakes/backend.ts';
import { http1 } from '../../demo/fakes/http1.ts';
import * as build from '../../demo/fakes/manifests.ts';
import { type Bootstrap, Envoy } from '../support/envoy.ts';
import { gateway, httpRoute, type Manifest, policy, render, service } from '../support/manifests.ts';
import { cli } from '../support/translate.ts';

const on = (kind: string, name: string, sectionName?: string): Manifest => ({ kind, name, sectionName });
const document = (apiVersion: string, kind: string, name: string, spec: Manifest): Manifest => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'default' },
  spec,
});
const security = (name: string, spec: Manifest): Manifest =>
  document('gateway.envoyproxy.io/v1alpha1', 'SecurityPolicy', name, spec);

const envoys: Envoy[] = [];
let backends: Backend[] = [];
before(async () => {
  backends = await startBackends(['127.0.0.21', '127.0.0.22']);
});
after(async () => {
  for (const envoy of envoys) await envoy.stop();
  await stopAll(backends);
});

/** Status of each path, from an Envoy that `translate --keep-going` was for. */
async function answered(manifests: readonly Manifest[], paths: readonly string[]): Promise<number[]> {
  const text = render([
    ...gateway(),
    ...service('backend', backends),
    ...service('secure', backends),
    ...manifests,
  ]);
  const args = ['translate', '-f', '-', '--format', 'json'];
  const plain = await cli(args, text);
  assert.deepEqual([plain.code, plain.stdout], [1, '']);
  const going = await cli([...args, '--keep-going'], text);
  assert.equal(going.code, 1);
  const envoy = await Envoy.start(JSON.parse(going.stdout) as Bootstrap);
  envoys.push(envoy);
  const answers: number[] = [];
  for (const path of paths) {
    const { status } = await http1({ port: envoy.port(), path });
    answers.push(status);
  }
  return answers;
}

const routes = [httpRoute({ name: 'a' }), httpRoute({ name: 'b' })];
const cases: readonly [string, Manifest, number[]][] = [
  [
    'a SecurityPolicy that denies all, on a route',
    security('deny', { targetRefs: [on('HTTPRoute', 'a')], authorization: { defaultAction: 'Deny' } }),
    [500, 200],
  ],
  ['one on the Gateway', security('jwt', { targetRefs: [on('Gateway', 'eg')], jwt: {} }), [500, 500]],
  ['one on a listener', security('jwt', { targetRefs: [on('Gateway', 'eg', 'http')], jwt: {} }), [500, 500]],
  [
    'one that selects by label',
    security('basic', { targetSelectors: [{ kind: 'HTTPRoute' }], basicAuth: {} }),
    [500, 500],
  ],
  [
    'a BackendTLSPolicy',
    document('gateway.networking.k8s.io/v1', 'BackendTLSPolicy', 'tls', {
      targetRefs: [on('Service', 'secure', 'http')],
      validation: { hostname: 'secure.example.com' },
    }),
    [200, 200, 500],
  ],
  [
    'client certificates',
    document('gateway.envoyproxy.io/v1alpha1', 'ClientTrafficPolicy', 'mtls', {
      targetRef: on('Gateway', 'eg'),
      tls: { clientValidation: { caCertificateRefs: [{ name: 'ca' }] } },
    }),
    [500, 500],
  ],
  ['a rate limit', policy('a', { rateLimit: { type: 'Local' } }), [500, 200]],
  [
    'a rate limit in a policy that is refused for another reason',
    policy('a', { rateLimit: { type: 'Local' }, timeout: { http: { requestTimeout: 'soon' } } }),
    [500, 200],
  ],
];
for (const [what, manifest, expected] of cases) {
  test(`${what} closes what it targets`, async () => {
    const secure = httpRoute({ name: 'c', backends: { secure: 1 } });
    const answers = await answered(
      [...routes, secure, manifest],
      ['/a', '/b', '/c'].slice(0, expected.length),
    );
    assert.deepEqual(answers, expected);
  });
}

test('a rule whose HTTPRouteFilter is not there, or holds what Envoy does not take, is closed', async () => {
  const rewrite = (pattern: string, substitution: string): Manifest => ({
    urlRewrite: { path: { type: 'ReplaceRegexMatch', replaceRegexMatch: { pattern, substitution } } },
  });
  const noBody = { type: 'ValueRef', valueRef: { kind: 'ConfigMap', name: 'missing' } };
  const specs: Record<string, Manifest> = {
    broken: rewrite('(', 'x'),
    groupless: rewrite('^/x', '\\1'),
    bodyless: { directResponse: { body: noBody } },
  };
  const filters = Object.entries(specs).map(([name, spec]) =>
    document('gateway.envoyproxy.io/v1alpha1', 'HTTPRouteFilter', name, spec),
  );
  const rules = [...Object.keys(specs), 'missing'].map((name) => {
    const extensionRef = { group: 'gateway.envoyproxy.io', kind: 'HTTPRouteFilter', name };
    return build.rule(`/${name}`, { filters: [{ type: 'ExtensionRef', extensionRef }] });
  });
  const paths = ['/a', ...[...Object.keys(specs), 'missing'].map((name) => `/${name}`)];
  const route = build.httpRoute('extended', rules);
  const answers = await answered([...routes, ...filters, route], paths);
  assert.deepEqual(answers, [200, 500, 500, 500, 500]);
});
