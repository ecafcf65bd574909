/** Which conditions a Gateway as a whole gets. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gateway, httpRoute, listener, type Manifest, rule, upstream, world } from './world.ts';

const odd = listener('odd', 1111, { protocol: 'ODD' });
const parametersRef = (group: string, kind: string): Manifest => ({
  infrastructure: { parametersRef: { group, kind, name: 'p' } },
});
const of = (listeners: Manifest[], spec: Manifest = {}): Manifest => {
  const one = gateway('eg', listeners);
  return { ...one, spec: { ...one.spec, ...spec } };
};
const cases: readonly (readonly [name: string, Manifest, status: string, reason: string, served: number])[] =
  [
    ['all listeners are accepted', of([listener('http', 80)]), 'True', 'Accepted', 1],
    ['one is not', of([listener('http', 80), odd]), 'True', 'ListenersNotValid', 1],
    ['none is', of([odd]), 'False', 'ListenersNotValid', 0],
    [
      'an EnvoyProxy that is not in the input closes it',
      of([listener('http', 80)], parametersRef('gateway.envoyproxy.io', 'EnvoyProxy')),
      'False',
      'InvalidParameters',
      0,
    ],
    [
      'other parameters close it',
      of([listener('http', 80)], parametersRef('other.example', 'EnvoyProxy')),
      'False',
      'InvalidParameters',
      0,
    ],
    [
      'an address of a type that nobody knows closes it',
      of([listener('http', 80)], {
        addresses: [{ type: 'NamedAddress', value: 'a' }, { value: '127.0.0.1' }],
      }),
      'False',
      'UnsupportedAddress',
      0,
    ],
    [
      'a hostname is only not listened on',
      of([listener('http', 80)], { addresses: [{ type: 'Hostname', value: 'a.example' }] }),
      'True',
      'Accepted',
      1,
    ],
  ];

for (const [name, manifest, status, reason, served] of cases) {
  test(name, () => {
    const w = world(manifest, upstream, httpRoute('r', [rule('/')]));
    const found = w.status.find(({ kind }) => kind === 'Gateway');
    assert.deepEqual(
      found?.kind === 'Gateway' && found.conditions.map((one) => [one.type, one.status, one.reason]),
      [['Accepted', status, reason]],
    );
    assert.equal(w.plan.listeners.length, served);
    if (reason === 'InvalidParameters')
      assert.match(
        w.all.map(({ message }) => message).join(),
        /EnvoyProxy \(other\.example\) is not supported|failed to find envoyproxy default\/p for Gateway eg/,
      );
  });
}
