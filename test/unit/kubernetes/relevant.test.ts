/** Which objects of a cluster count. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Stored, store } from '../../../host/kubernetes/objects.ts';
import { relevant } from '../../../host/kubernetes/relevant.ts';
import type { Manifest } from '../../support/fake-objects.ts';
import { CONTROLLER, gateway, gatewayClass, route, service, shop, slice } from './world.ts';

const stored = (one: Manifest, before?: Stored): Stored =>
  store(one, one as { apiVersion: string; kind: string }, () => before)!;
const titles = (...manifests: readonly Manifest[]): string[] =>
  relevant(
    manifests.map((one) => stored(one)),
    [],
    CONTROLLER,
  )
    .documents.map(({ file }) => file)
    .sort();
const policy = (kind: string, spec: Manifest, apiVersion = 'gateway.envoyproxy.io/v1alpha1'): Manifest => ({
  ...{ apiVersion, kind, metadata: { name: 'p', namespace: 'default' } },
  spec,
});
const target = (kind: string, name: string): Manifest => ({
  targetRefs: [{ group: 'gateway.networking.k8s.io', kind, name }],
});
const theirs = [gatewayClass('istio', 'istio.io/gateway-controller'), gateway('mesh', 'istio')];
const base = titles(...shop);

for (const [what, more, counts] of [
  ['a Gateway of another class', [], []],
  ['a Gateway of a class that is not there', [gateway('lost', 'nowhere')], []],
  ['a route of another class', [route('r', 'mesh')], []],
  ['a route of a Gateway that is not there yet', [route('r', 'soon')], ['HTTPRoute default/r']],
  [
    'a route of both',
    [{ ...route('r'), spec: { parentRefs: [{ name: 'mesh' }, { name: 'eg' }] } }],
    ['HTTPRoute default/r'],
  ],
  ['a route of a mesh', [{ ...route('r'), spec: { parentRefs: [{ kind: 'Service', name: 'shop' }] } }], []],
  ['a route of nothing', [{ ...route('r'), spec: {} }], []],
  [
    'a policy for ours',
    [policy('BackendTrafficPolicy', target('Gateway', 'eg'))],
    ['BackendTrafficPolicy default/p'],
  ],
  ['a policy for theirs', [policy('BackendTrafficPolicy', target('Gateway', 'mesh'))], []],
  [
    'a policy for a route of theirs',
    [route('r', 'mesh'), policy('BackendTrafficPolicy', target('HTTPRoute', 'r'))],
    [],
  ],
  [
    'a policy that selects',
    [policy('BackendTrafficPolicy', { targetSelectors: [{ kind: 'Gateway' }] })],
    ['BackendTrafficPolicy default/p'],
  ],
  ['a policy of Istio for workloads', [policy('AuthorizationPolicy', {}, 'security.istio.io/v1')], []],
  [
    'a policy of Istio for ours',
    [policy('AuthorizationPolicy', target('Gateway', 'eg'), 'security.istio.io/v1')],
    ['AuthorizationPolicy default/p'],
  ],
  ['a Service that nothing names', [service('other'), slice(['10.0.0.9'], 'other')], []],
  [
    'a Secret that a Gateway names',
    [
      {
        ...gateway('tls'),
        spec: { gatewayClassName: 'loadstar', tls: { certificateRefs: [{ name: 'cert' }] } },
      },
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'cert', namespace: 'default' } },
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'other', namespace: 'default' } },
    ],
    ['Gateway default/tls', 'Secret default/cert'],
  ],
  [
    'a Namespace',
    [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } }],
    ['Namespace default'],
  ],
] as const satisfies readonly (readonly [string, readonly Manifest[], readonly string[]])[])
  test(`${what}: ${counts.length === 0 ? 'does not count' : counts.join(', ')}`, () => {
    assert.deepEqual(titles(...shop, ...theirs, ...more), [...base, ...counts].sort());
  });

test('what is not ours is known to be elsewhere', () => {
  const { elsewhere } = relevant(
    [...shop, ...theirs].map((one) => stored(one)),
    [],
    CONTROLLER,
  );
  assert.ok(elsewhere.some(({ kind, name }) => kind === 'Gateway' && name === 'mesh'));
});

test('a write that changes no field of a person changes nothing', () => {
  const [first, ...rest] = shop.map((one) => stored(one));
  const before = relevant([first!, ...rest], [], CONTROLLER);
  const written = { ...shop[0], status: { conditions: [] } };
  const metadata = { name: 'loadstar', resourceVersion: '7', managedFields: [{}], generation: 3 };
  const again = stored({ ...written, metadata }, first);
  assert.equal(relevant([...rest, again], [], CONTROLLER, before), before);
  const other = stored({ ...shop[0], spec: { controllerName: CONTROLLER, description: 'x' } }, first);
  assert.notEqual(relevant([...rest, other], [], CONTROLLER, before), before);
});

test('nulls are absent, and a key __proto__ is a key', () => {
  const { value } = stored(
    JSON.parse('{"metadata":{"name":"x"},"a":null,"__proto__":{"b":null,"c":[null]}}'),
  );
  assert.equal(JSON.stringify(value), '{"__proto__":{"c":[null]},"metadata":{"name":"x"}}');
  assert.equal(Object.getPrototypeOf(value), Object.prototype);
});

test('a Secret that files name counts', () => {
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'cert', namespace: 'default' } };
  const files = [{ value: { spec: { tls: { certificateRefs: [{ name: 'cert' }] } } } }] as never;
  const { documents } = relevant([stored(secret)], files, CONTROLLER);
  assert.deepEqual(
    documents.map(({ file }) => file),
    ['Secret default/cert'],
  );
});
