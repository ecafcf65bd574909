/**
 * proto/ knows everything that is emitted: each golden input, each example and the manifest that uses every
 * field, with both engines,
 * goes through the messages and comes back the same. `fromJson` refuses a field that it does not know.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromJson, type JsonValue, toJson } from '@bufbuild/protobuf';
import { BootstrapSchema } from '../../host/proto/bootstrap_pb.js';
import { registry } from '../../host/xds/registry.ts';
import { emitted, inputs } from './inputs.ts';

/**
 * Protobuf's JSON leaves out defaults and empty lists, and writes durations with as many digits as are
 * needed.
 */
function canonical(value: JsonValue | undefined): JsonValue | undefined {
  if (Array.isArray(value))
    return value.length === 0 ? undefined : value.map((item) => canonical(item) as JsonValue);
  if (typeof value === 'object' && value !== null) {
    const kept = Object.entries(value)
      .map(([key, item]) => [key, canonical(item)] as const)
      .filter(([, item]) => !DEFAULTS.includes(item));
    return Object.fromEntries(kept.sort(([a], [b]) => (a < b ? -1 : 1))) as JsonValue;
  }
  if (typeof value === 'number') return Math.fround(value);
  if (typeof value === 'string' && /^\d+\.\d+s$/.test(value)) return `${Number(value.slice(0, -1))}s`;
  return value;
}
const DEFAULTS: readonly unknown[] = [false, 0, '', undefined, 'AUTO', 'HUNDRED', 'SERVICE_UNAVAILABLE'];

for (const engine of ['filter', 'native'] as const) {
  test(`what the engine ${engine} emits goes through the messages of proto/ and comes back the same`, () => {
    for (const files of inputs) {
      const before: JsonValue = JSON.parse(
        JSON.stringify(emitted(files, engine, { wasm: '/w', zone: 'z1' })),
      );
      const after = toJson(BootstrapSchema, fromJson(BootstrapSchema, before, { registry }), { registry });
      assert.deepEqual(canonical(after), canonical(before), files.join(', '));
    }
  });
}

test('a field that proto/ does not have is refused, in a message and in an Any', () => {
  const parse = (json: JsonValue) => fromJson(BootstrapSchema, json, { registry });
  assert.throws(() => parse({ static_resources: { clusters: [{ lb_policy: 'MAGLEV' }] } }), /lb_policy/);
  const policy = {
    name: 'x',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.load_balancing_policies.maglev.v3.Maglev',
      hash_seed: 1,
    },
  };
  const clusters = [{ load_balancing_policy: { policies: [{ typed_extension_config: policy }] } }];
  assert.throws(() => parse({ static_resources: { clusters } }), /hash_seed/);
});
