/** What is known of a fleet, as a document and as text. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fleetStatus, isFleetStatus, type ServedGroup } from '../../../host/fleet/fleet-status.ts';
import { renderFleet } from '../../../host/fleet/render-fleet.ts';
import type { EnvoyStatus } from '../../../host/xds/envoy-status.ts';
import { snapshotOf } from '../xds/support.ts';

const at = (second: number): Date => new Date(Date.UTC(2026, 0, 1, 0, 0, second));
const snapshot = snapshotOf({ cds: { a: 1 } });
const envoy = (id: string, more: Partial<EnvoyStatus> = {}): EnvoyStatus => ({
  ...{ id, cluster: 'shop/web', zone: 'a', envoy: '1.40.0', since: at(0), acknowledged: snapshot.version },
  ...more,
});
const served = (...envoys: EnvoyStatus[]): ServedGroup[] => [
  { gateway: 'shop/web', group: { envoys: () => envoys, snapshot, since: at(10), lacksOf } },
];
/** One of version 1.36 lacks something. */
const lacksOf = (version: string) => (version.startsWith('1.36.') ? ['matches by\u001b[31m cookie'] : []);
const refused = { at: at(11), kind: 'lds', names: ['web'], reason: 'no\u001b[31m room' } as const;

test('an Envoy is current, or behind since it last was or since it came, or refuses', () => {
  const { envoys } = fleetStatus(
    served(
      envoy('one'),
      envoy('two', { acknowledged: 'old' }),
      envoy('three', { acknowledged: '', behindSince: at(14) }),
      envoy('four', { acknowledged: 'old', refused, behindSince: at(2) }),
    ),
    '1.0.0',
    at(20),
  );
  assert.deepEqual(
    envoys.map(({ id, current, behindSeconds }) => [id, current, behindSeconds]),
    [
      ['four', false, 18],
      ['one', true, 0],
      ['three', false, 6],
      ['two', false, 10],
    ],
  );
});

test('the text has a line for each, and refusals below, without control characters', () => {
  const text = renderFleet(
    fleetStatus(served(envoy('one'), envoy('two', { acknowledged: '', refused })), '1.0.0', at(20)),
  );
  assert.match(text, /^serves {2}shop\/web [0-9a-f]{16} since 2026-01-01T00:00:10/);
  assert.match(text, /^one {4}shop\/web {2}a {5}1\.40\.0 {3}[0-9a-f]{16} {2}current$/m);
  assert.match(text, /^two .* - .*refuses for 10 s$/m);
  assert.match(text, /^two refuses the lds web: no\?\[31m room$/m);
  assert.match(renderFleet(fleetStatus([], '1.0.0')), /^No Envoy is connected\.$/m);
});

test('what one is too old for is told beside its state', () => {
  const status = fleetStatus(served(envoy('old', { envoy: '1.36.4' }), envoy('new')), '1.0.0', at(20));
  const text = renderFleet(status);
  assert.match(text, /^new .* current$/m);
  assert.match(text, /^old .* current, lacks 1$/m);
  assert.match(text, /^old \(Envoy 1\.36\.4\) is too old: matches by\?\[31m cookie$/m);
  assert.ok(isFleetStatus(JSON.parse(JSON.stringify(status))));
});

test('that the input of now is refused is told beside what is served', () => {
  const [one] = served(envoy('one'));
  const status = fleetStatus([{ ...one!, refused: true }], '1.0.0', at(20));
  assert.match(renderFleet(status), /^serves {2}shop\/web .*Z; the input as it is now is refused$/m);
  assert.doesNotMatch(renderFleet(fleetStatus([one!], '1.0.0', at(20))), /refused/);
});

test('what is no status of a fleet is told from one', () => {
  const good = JSON.parse(
    JSON.stringify(fleetStatus(served(envoy('one'), envoy('two', { refused })), '1.0.0')),
  );
  assert.ok(isFleetStatus(good));
  const [one, two] = good.envoys;
  for (const bad of [
    null,
    [],
    { ...good, groups: {} },
    { ...good, groups: [null] },
    { ...good, envoys: [1] },
    { ...good, envoys: [{ ...one, zone: undefined }] },
    { ...good, envoys: [{ ...one, current: 'yes' }] },
    { ...good, envoys: [{ ...one, lacks: [5] }] },
    { ...good, envoys: [{ ...two, refused: { ...two!.refused, names: [5] } }] },
  ])
    assert.equal(isFleetStatus(bad), false, JSON.stringify(bad));
});
