/**
 * The YAML writer against the `yaml` package (an independent reader of YAML 1.1 and 1.2): what is written is
 * read back equal.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'yaml';
import { emit } from '../../../host/envoy/emit.ts';

const scalar = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.constantFrom(
    'yes',
    'No',
    'null',
    '~',
    '1e3',
    '0x10',
    '1.5',
    '10.0.0.1',
    '60s',
    '0.250s',
    '2001-01-01',
    '- a',
    'a: b',
    '#',
    '',
    ' x',
    '=',
    '<<',
  ),
  fc.constantFrom('a\nb', '{"x":1,\n "y":2}', 'a\n\nb', ' a\nb', 'a \nb', 'a\n', '\n', 'a\tb\nc', 'a\r\nb'),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => !Object.is(n, -0)),
  fc.boolean(),
  fc.constant(null),
);
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    scalar,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(fc.string(), tie('tree'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));
const wrapped = fc.dictionary(fc.string(), tree, { minKeys: 1, maxKeys: 4, noNullPrototype: true });

for (const version of ['1.1', '1.2'] as const) {
  test(`whatever is written is read back by a YAML ${version} reader`, () => {
    fc.assert(
      fc.property(wrapped, (value) => {
        // In YAML 1.1 a quoted `<<` is not a merge either, but this reader needs an option for it.
        assert.deepEqual(parse(emit(value, 'yaml'), { version, merge: false }), value);
      }),
      { numRuns: 500, seed: 7 },
    );
  });
}

test('fields that are undefined are left out, in both formats', () => {
  const value = { a: undefined, b: [{ c: undefined }], d: { e: undefined } };
  assert.equal(emit(value, 'yaml'), 'b:\n- {}\nd: {}\n');
  assert.deepEqual(JSON.parse(emit(value, 'json')), { b: [{}], d: {} });
});

test('a list stands at the indent of its key, a text of several lines as a block', () => {
  const value = { clusters: [{ name: 'a', text: '{"x":1,\n "y":2}' }, { name: 'b' }] };
  assert.equal(
    emit(value, 'yaml'),
    'clusters:\n- name: a\n  text: |-\n    {"x":1,\n     "y":2}\n- name: b\n',
  );
});

test('a number that YAML cannot hold is our mistake and says so', () => {
  assert.throws(() => emit({ a: Number.NaN }, 'yaml'), /cannot be written as YAML/);
});
