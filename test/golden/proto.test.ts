/**
 * proto/ knows everything that is emitted: each golden input, each example and the manifest that uses every
 * field, with both engines,
 * goes through the messages and comes back the same. `fromJson` refuses a field that it does not know.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { fromJson, type JsonValue, toJson } from '@bufbuild/protobuf';
import type { Engine } from '../../host/filter/names.ts';
import { BootstrapSchema } from '../../host/proto/bootstrap_pb.js';
import { translate } from '../../host/translate.ts';
import { registry } from '../../host/xds/registry.ts';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const inputs = [
  ...filesIn('test/golden/oracle/cases').map((file) => [file]),
  ...readdirSync(join(root, 'envoy'))
    .map((name) => (existsSync(join(root, 'envoy', name, 'manifests')) ? `${name}/manifests` : name))
    .map((name) => filesIn(`envoy/${name}`).filter((file) => !file.endsWith('/envoy.yaml')))
    .filter((files) => files.length > 0),
  ['test/property/everything.yaml'],
];

function filesIn(folder: string): string[] {
  return readdirSync(join(root, folder))
    .map((name) => `${folder}/${name}`)
    .filter((path) => statSync(join(root, path)).isFile() && path.endsWith('.yaml'));
}

function emitted(files: readonly string[], engine: Engine): JsonValue {
  const sources = files.map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') }));
  const admin = { address: '127.0.0.1', port: 1 };
  const { bootstrap } = translate(sources, { engine, wasm: '/w', admin, strict: false, zone: 'z1' });
  return JSON.parse(JSON.stringify(bootstrap));
}

/**
 * Protobuf's JSON leaves out defaults and empty lists, and writes durations with as many digits as are needed.
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
      const before = emitted(files, engine);
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
