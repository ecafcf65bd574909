/**
 * Where requests can go: weights, zones, splits. What is answered when there is nowhere: nowhere.test.ts
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { same } from '../../support/plain.ts';
import { on, places, RULE, second, shares } from './pools-world.ts';
import { backend, backendRef, basics, lb, type Manifest, ref, service, slice, world } from './world.ts';

test('one pool per rule, one weighted locality per backend', () => {
  const w = world(basics, second, shares(ref('backend', { weight: 80 }), ref('other', { weight: 20 })));
  same(w.forward('r/0').to, [{ pool: RULE, weight: 100 }]);
  assert.equal(w.forward('r/0').split, false);
  same(places(w.pool(RULE)), [
    [`${RULE}/backend/0`, 80],
    [`${RULE}/backend/1`, 20],
  ]);
});

const counted: [string, Manifest, boolean][] = [
  ['ConsistentHash', { consistentHash: { type: 'SourceIP' } }, true],
  ['BackendUtilization', { backendUtilization: {} }, true],
];
for (const [type, more] of counted) {
  test(`backend weights count under ${type} as soon as there are two`, () => {
    const weighted = (w: ReturnType<typeof world>): unknown => {
      const { balancer } = w.pool(RULE);
      return 'localityWeighted' in balancer && balancer.localityWeighted;
    };
    assert.equal(weighted(world(basics, second, shares(ref(), ref('other')), on(lb(type, more)))), true);
    assert.equal(weighted(world(basics, shares(ref()), on(lb(type, more)))), false);
    const fallback = backend('fb', {
      fallback: true,
      endpoints: [{ ip: { address: '10.2.0.1', port: 80 } }],
    });
    const priorities = world(basics, fallback, shares(ref(), backendRef('fb')), on(lb(type, more)));
    assert.equal(weighted(priorities), false, 'the second has another priority: nothing to weigh');
  });
}

test('a locality without weight would get nothing: the wish of a Service for its zone switches weights off', () => {
  const near = service('backend', {}, { spec: { trafficDistribution: 'PreferClose' } });
  const zones = slice('backend-1', 'backend', [
    ['10.0.0.1', 'a'],
    ['10.0.0.2', 'b'],
  ]);
  const hash = world(
    basics.slice(0, 2),
    near,
    zones,
    shares(ref()),
    on(lb('ConsistentHash', { consistentHash: { type: 'SourceIP' } })),
  );
  same(places(hash.pool(RULE)), [
    ['a', undefined],
    ['b', undefined],
  ]);
  assert.equal((hash.pool(RULE).balancer as { localityWeighted: boolean }).localityWeighted, false);
  const plain = world(basics.slice(0, 2), near, zones, shares(ref()));
  same(plain.pool(RULE).balancer, {
    kind: 'least-request',
    zones: { minClusterSize: 1, forceMinSize: 1 },
  });
  const pair = world(basics.slice(0, 2), near, zones, second, shares(ref(), ref('other')));
  assert.equal(pair.forward('r/0').split, true);
});

test('preferLocal and weightedZones: localities by zone, a pool per backend, even for one', () => {
  const zones = [
    service('backend'),
    slice('backend-1', 'backend', [['10.0.0.1', 'b'], ['10.0.0.2', 'a'], '10.0.0.3']),
  ];
  const local = {
    zoneAware: { preferLocal: { percentageEnabled: 75, force: {}, minEndpointsThreshold: 2 } },
  };
  const w = world(
    basics.slice(0, 2),
    zones,
    shares(ref('backend', { weight: 3 })),
    on(lb('RoundRobin', local)),
  );
  same(w.forward('r/0').to, [{ pool: `${RULE}/backend/0`, weight: 3 }]);
  assert.equal(w.forward('r/0').split, true);
  const pool = w.pool(`${RULE}/backend/0`);
  same(pool.balancer, {
    kind: 'round-robin',
    zones: { minClusterSize: 2, percentage: 75, forceMinSize: 1 },
  });
  same(places(pool), [
    [undefined, undefined],
    ['a', undefined],
    ['b', undefined],
  ]);
  const weights = { zoneAware: { weightedZones: [{ zone: 'a', weight: 9 }] } };
  const v = world(
    basics.slice(0, 2),
    zones,
    shares(ref()),
    on(lb('ConsistentHash', { consistentHash: { type: 'SourceIP' }, ...weights })),
  );
  same(places(v.pool(`${RULE}/backend/0`)), [
    [undefined, 1],
    ['a', 9],
    ['b', 1],
  ]);
  assert.equal(
    (v.pool(`${RULE}/backend/0`).balancer as { localityWeighted: boolean }).localityWeighted,
    true,
  );
});
