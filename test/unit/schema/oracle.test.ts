/**
 * The oracle's cases (test/golden/oracle: Envoy Gateway's own translator, recorded) against the schema: what
 * its API server refuses is refused, with the expected codes; what it takes and cannot translate stays in the
 * model as invalid; the rest passes.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readText } from '../../support/manifest.ts';

const folder = fileURLToPath(new URL('../../golden/oracle/', import.meta.url));
const cases = readdirSync(`${folder}cases`).map((name) => name.replace('.yaml', ''));

/** Refused, with these error codes. */
const refused: Readonly<Record<string, readonly string[]>> = {
  'i02-tablesize-over-max': ['value-out-of-range'],
  'i03-tablesize-one': ['value-out-of-range'],
  'i04-slowstart-random': ['field-conflict'],
  'i09-ch-header-missing': ['field-missing'],
  'i10-unknown-type': ['value-unknown'],
  'i11-unknown-ch-type': ['value-unknown'],
  'i12-preferlocal-ch': ['field-conflict'],
  'i14-preferlocal-and-weighted': ['field-conflict'],
  'i15-rr-with-consistenthash': ['field-conflict'],
  'i20-missing-type': ['field-missing'],
  'i23-slowstart-bad-duration': ['duration-invalid'],
  'i24-percentage-101': ['value-out-of-range'],
  'i25-endpointoverride-empty': ['list-length'],
  'i26-weightedzones-dup': ['zone-duplicate'],
  'i27-target-kind-service': ['target-invalid', 'target-invalid'],
  'i28-no-target': ['field-missing'],
  'i29-both-targetref-and-refs': ['field-conflict'],
  'i30-oob-period-zero': ['duration-invalid'],
  'i35-penalty-negative': ['value-out-of-range'],
  'i44-unknown-field': ['field-unknown'],
  'i46-mergetype-on-gateway': ['field-conflict'],
  'i49-dm-with-zoneaware': ['value-not-supported'],
  'w05-mergetype-replace': ['merge-type-unknown'],
  'w18-preconnect-predictive-lr': ['field-conflict'],
};
/** An error, but the policy stays and is invalid. */
const invalid: Readonly<Record<string, string>> = {
  'i01-tablesize-nonprime': 'table-size-not-prime',
  'i39-cookie-empty-name': 'name-empty',
  'i42-headers-empty-list': 'list-empty',
  'i45-gateway-bad-table': 'table-size-not-prime',
};
/** Refused there and taken here, on purpose. */
const better: Readonly<Record<string, string>> = {
  'i17-bu-removeresponseheaders': 'removeResponseHeaders is in the documentation',
  'seed-backend-utilization-asdoc': 'removeResponseHeaders is in the documentation',
  'i39-cookie-empty-name': 'kept as an invalid policy, instead of failing the whole Gateway',
  'i47-no-gatewayclass': 'no fault of the schema: the plan looks for the class',
};

test('oracle: there are cases', () => {
  assert.ok(cases.length > 100);
  for (const name of [...Object.keys(refused), ...Object.keys(invalid), ...Object.keys(better)])
    assert.ok(cases.includes(name), `${name} is a case`);
});

for (const name of cases) {
  test(`oracle: ${name}`, () => {
    const text = readFileSync(`${folder}cases/${name}.yaml`, 'utf8');
    const documents = text.split(/^---$/m).filter((part) => /^kind:/m.test(part)).length;
    const { resources, diagnostics } = readText(text);
    const errors = diagnostics.filter((d) => d.severity === 'error');
    for (const error of errors) assert.ok(error.at !== undefined && error.field !== undefined && error.rule);
    const codes = errors.map((d) => d.code);
    if (refused[name] !== undefined) {
      assert.deepEqual(codes, refused[name]);
      assert.equal(existsSync(`${folder}xds/${name}.yaml`), false, 'Envoy Gateway refuses it too');
      assert.ok(resources.length < documents);
    } else if (invalid[name] !== undefined) {
      assert.deepEqual(codes, [invalid[name]]);
      const policies = resources.filter((r) => r.kind === 'BackendTrafficPolicy');
      assert.equal(policies.filter((p) => p.invalid?.length === 1).length, 1);
    } else {
      assert.deepEqual(codes, []);
      assert.ok(
        existsSync(`${folder}xds/${name}.yaml`) || better[name] !== undefined,
        'Envoy Gateway takes it too',
      );
    }
  });
}

test('oracle: the status message of a bad table size is Envoy Gateway’s', () => {
  const read = readText(readFileSync(`${folder}cases/i01-tablesize-nonprime.yaml`, 'utf8'));
  const policy = read.resources.find((r) => r.kind === 'BackendTrafficPolicy');
  const status = readFileSync(`${folder}status/i01-tablesize-nonprime.yaml`, 'utf8');
  assert.ok(status.includes(policy?.invalid?.[0] ?? 'no message'));
});
