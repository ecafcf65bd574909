/**
 * Which policy applies, seen from requests: every policy hashes another header, so the policy in force is the
 * one whose header keeps a client at its host. Rule before route before listener before Gateway, merges,
 * losers, broken ones.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Backend, startBackends, stopAll } from '../../demo/fakes/backend.ts';
import { backendOf, connections, http1 } from '../../demo/fakes/http1.ts';
import { inParallel } from '../support/engines.ts';
import { Envoy } from '../support/envoy.ts';
import { consistentHash, gateway, type Manifest, render, service } from '../support/manifests.ts';
import { cli, wasmPath } from '../support/translate.ts';

const by = (name: string): Manifest => consistentHash({ type: 'Header', header: { name } });
const policy = (name: string, target: Manifest, spec: Manifest, metadata: Manifest = {}): Manifest => ({
  apiVersion: 'gateway.envoyproxy.io/v1alpha1',
  kind: 'BackendTrafficPolicy',
  metadata: { name, namespace: 'default', ...metadata },
  spec: { targetRefs: [{ group: 'gateway.networking.k8s.io', ...target }], ...spec },
});
const rule = (path: string, name?: string): Manifest => ({
  ...(name === undefined ? {} : { name }),
  matches: [{ path: { type: 'PathPrefix', value: path } }],
  backendRefs: [{ name: 'backend', port: 3000 }],
});
const route = (name: string, sectionName: string | undefined, rules: Manifest[]): Manifest => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name, namespace: 'default' },
  spec: { parentRefs: [{ name: 'eg', ...(sectionName === undefined ? {} : { sectionName }) }], rules },
});
const onRoute = (name: string): Manifest => ({ kind: 'HTTPRoute', name });
const twoListeners = gateway().map((m) =>
  m.kind !== 'Gateway'
    ? m
    : {
        ...m,
        spec: {
          gatewayClassName: 'eg',
          listeners: [
            { name: 'http', protocol: 'HTTP', port: 8080 },
            { name: 'alt', protocol: 'HTTP', port: 8081 },
          ],
        },
      },
);

let backends: Backend[] = [];
let envoy: Envoy;

before(async () => {
  backends = await startBackends(['127.0.0.11', '127.0.0.12', '127.0.0.13', '127.0.0.14']);
  // One of the policies is refused on purpose, so the command goes on with --keep-going.
  const manifests = [
    ...twoListeners,
    ...service('backend', backends),
    route('plain', 'http', [rule('/plain')]),
    route('other', 'alt', [rule('/other')]),
    route('own', 'http', [rule('/own'), rule('/rule', 'special')]),
    route('merged', 'http', [rule('/merged')]),
    route('silent', 'http', [rule('/silent')]),
    route('contested', 'http', [rule('/contested')]),
    route('broken', 'http', [rule('/broken')]),
    policy('gateway', { kind: 'Gateway', name: 'eg' }, { ...by('x-gateway'), retry: { numRetries: 3 } }),
    policy('listener', { kind: 'Gateway', name: 'eg', sectionName: 'alt' }, by('x-listener')),
    policy('own', onRoute('own'), by('x-route')),
    policy('rule', { ...onRoute('own'), sectionName: 'special' }, by('x-rule')),
    policy('merged', onRoute('merged'), {
      mergeType: 'StrategicMerge',
      timeout: { http: { requestTimeout: '5s' } },
    }),
    policy('silent', onRoute('silent'), { timeout: { http: { requestTimeout: '5s' } } }),
    policy('late', onRoute('contested'), by('x-late'), { creationTimestamp: '2025-02-01T00:00:00Z' }),
    policy('early', onRoute('contested'), by('x-early'), { creationTimestamp: '2025-01-01T00:00:00Z' }),
    policy('broken', onRoute('broken'), {
      loadBalancer: { type: 'ConsistentHash', consistentHash: { type: 'SourceIP', tableSize: 1024 } },
    }),
  ];
  const args = ['translate', '-f', '-', '--keep-going', '--format', 'json', '--wasm', wasmPath()];
  const { code, stdout } = await cli(args, render(manifests));
  assert.equal(code, 1);
  envoy = await Envoy.start(JSON.parse(stdout));
});
after(async () => {
  await envoy?.stop();
  await stopAll(backends);
});

const HEADERS = ['x-gateway', 'x-listener', 'x-route', 'x-rule', 'x-early', 'x-late'];

/** The headers that keep a client on one host, each asked with 24 requests in which all others differ. */
async function keysOf(path: string, listener = 'http'): Promise<string[]> {
  const agent = connections(8);
  const port = envoy.port(`default/eg/${listener}`);
  const kept: string[] = [];
  for (const header of HEADERS) {
    const names = await inParallel(new Array(24).fill(0), 8, async (_, i) =>
      backendOf(
        await http1({
          port,
          path,
          agent,
          headers: HEADERS.map((name) => [name, name === header ? 'same' : `${name}-${i}`] as const),
        }),
      ),
    );
    // By chance all on one of four hosts: 4^-23.
    if (new Set(names).size === 1) kept.push(header);
  }
  agent.destroy();
  return kept;
}

const cases: [what: string, path: string, listener: string, keys: string[]][] = [
  ['the Gateway’s policy, where nothing is nearer', '/plain', 'http', ['x-gateway']],
  ['the listener’s before the Gateway’s', '/other', 'alt', ['x-listener']],
  ['the route’s before the Gateway’s', '/own', 'http', ['x-route']],
  ['the rule’s before the route’s', '/rule', 'http', ['x-rule']],
  ['merged, the Gateway’s load balancer stays', '/merged', 'http', ['x-gateway']],
  ['not merged, the Gateway’s is hidden even where the route’s says nothing', '/silent', 'http', []],
  ['of two on one route the older', '/contested', 'http', ['x-early']],
];
for (const [what, path, listener, keys] of cases) {
  test(what, async () => assert.deepEqual(await keysOf(path, listener), keys));
}

test('a route is on its own listener alone', async () => {
  const response = await http1({ port: envoy.port('default/eg/alt'), path: '/plain' });
  assert.equal(response.status, 404);
});

test('--keep-going: the routes of a refused policy answer 500', async () => {
  const response = await http1({ port: envoy.port('default/eg/http'), path: '/broken' });
  assert.equal(response.status, 500);
});
