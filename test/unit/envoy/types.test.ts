/**
 * What is written to Envoy is checked by the compiler, in messages and in each Any: these lines compile only
 * because they are wrong (`tsc` refuses an unused @ts-expect-error). What the helper for Any does is run.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { any, extension, isA } from '../../../host/envoy/any.ts';
import type { Cluster, EnvoyRoute, HttpFilter } from '../../../host/envoy/envoy-types.ts';

const MAGLEV = 'envoy.extensions.load_balancing_policies.maglev.v3.Maglev';

test('a field, value or type that proto/ does not have does not compile', () => {
  const wrong: readonly [Cluster, Cluster, Cluster, EnvoyRoute, HttpFilter, unknown, unknown] = [
    // @ts-expect-error: connect_timeout.
    { name: 'a', conect_timeout: '1s' },
    // @ts-expect-error: an enum's value.
    { name: 'a', type: 'STATICS' },
    // @ts-expect-error: a number.
    { name: 'a', circuit_breakers: { thresholds: [{ max_requests: '1' }] } },
    // @ts-expect-error: the name is always written.
    { match: { prefix: '/' } },
    // @ts-expect-error: a field of another message, in an Any that is written out.
    { name: 'a', typed_config: { '@type': `type.googleapis.com/${MAGLEV}`, choice_count: 2 } },
    // @ts-expect-error: the same by the helper.
    any(MAGLEV, { choice_count: 2 }),
    // @ts-expect-error: no such message.
    any('envoy.extensions.load_balancing_policies.maglev.v3.Maglevs', {}),
  ];
  assert.equal(wrong.length, 7);
});

test('an extension has its name from its message, and is known by it', () => {
  const maglev = extension(MAGLEV, { table_size: 5 });
  assert.deepEqual(maglev, {
    name: 'envoy.load_balancing_policies.maglev',
    typed_config: { '@type': `type.googleapis.com/${MAGLEV}`, table_size: 5 },
  });
  assert.ok(isA(MAGLEV, maglev.typed_config) && maglev.typed_config.table_size === 5);
  assert.ok(!isA('envoy.extensions.filters.http.router.v3.Router', maglev.typed_config));
  assert.ok(!isA(MAGLEV, undefined));
});
