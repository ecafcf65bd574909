/** Versions are hashes of the content, and what did not change is not encoded again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encode } from '../../../host/xds/encode.ts';
import { snapshotOf } from './support.ts';

test('equal content has an equal version, and the same bytes', () => {
  const before = snapshotOf({ cds: { a: 1, b: 1 }, rds: { r: 1 } });
  const after = snapshotOf({ cds: { a: 1, b: 2 }, rds: { r: 1 } }, before);
  assert.equal(after.resources.cds.get('a')?.any, before.resources.cds.get('a')?.any);
  assert.notEqual(after.resources.cds.get('b')?.version, before.resources.cds.get('b')?.version);
  assert.notEqual(after.version, before.version);
  assert.equal(snapshotOf({ cds: { a: 1, b: 1 }, rds: { r: 1 } }).version, before.version);
});

test('a field that proto/ does not have is named with its resource', () => {
  const none = new Map<string, object>();
  const cds = new Map([['shop', { name: 'shop', lb_policy: 'RANDOM' }]]);
  assert.throws(
    () => encode({ cds, eds: none, ecds: none, sds: none, lds: none, rds: none }),
    /cds shop: .*lb_policy/,
  );
});
