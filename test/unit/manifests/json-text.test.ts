/**
 * The reader of JSON against the full parser, for which JSON is YAML: whatever it reads, the full parser
 * reads to the same tree, with the same places and without a word of complaint; and JSON.parse gives the same
 * value.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { parseAllDocuments } from 'yaml';
import { readFull } from '../../../host/manifests/full-yaml.ts';
import { readJson } from '../../../host/manifests/json-text.ts';
import { Lines } from '../../../host/manifests/lines.ts';
import { plainValue } from '../../../host/manifests/tree.ts';

const cases = fileURLToPath(new URL('../../golden/oracle/cases/', import.meta.url));
const values = readdirSync(cases).flatMap((name) =>
  parseAllDocuments(readFileSync(`${cases}${name}`, 'utf8')).map((document) => document.toJS() as object),
);

/** Undefined members are no difference; `to` of collections is not looked at: no message points there. */
const outline = (tree: unknown): unknown =>
  JSON.parse(
    JSON.stringify(tree, (key, value) =>
      key === 'to' || key === 'done'
        ? undefined
        : typeof value === 'number' && !Number.isFinite(value)
          ? String(value)
          : value,
    ),
  );

/** False where the reader gives up. */
function agree(text: string): boolean {
  const json = readJson(text, 0, text.length);
  if (json === undefined) return false;
  const full = readFull(text, 0, text.length, new Lines('f', text));
  assert.deepEqual(
    full.diagnostics.map((d) => d.message),
    [],
    JSON.stringify(text),
  );
  assert.deepEqual(full.trees.map(outline), [outline(json)], JSON.stringify(text));
  return true;
}

test('JSON: the manifests of the oracle in each usual indentation', () => {
  assert.ok(values.length > 500);
  for (const indent of [0, 1, 2, 4])
    for (const value of values) assert.ok(agree(JSON.stringify(value, null, indent)));
});

const samples: readonly [text: string, read: boolean][] = [
  ['{}', true],
  ['---\n{"a": 1}\n', true],
  ['{"a": -0.5e+3, "b": [1, 0, 1e3], "c": true, "d": null}', true],
  ['{"a": "\\u00fc\\n\\"\\\\\\/", "b": "ü \u2028"}', true],
  ['{"a":{"b":[{"c":[]}]}}\r\n', true],
  ['{"a": "\\ud83d\\ude00"}', true],
  ['{"a": 1, "a": 2}', false],
  ['{"<<": {"a": 1}}', false],
  ['{"a": 01}', false],
  ['{"a": 1.}', false],
  ['{"a": +1}', false],
  ['{"a": NaN}', false],
  ['{"a": 1,}', false],
  ['{"a" 1}', false],
  ['{a: 1}', false],
  ["{'a': 1}", false],
  ['{"a": "b\nc"}', false],
  ['{"a": "\\x41"}', false],
  ['{"a": tru}', false],
  ['{"a": 1} {"b": 2}', false],
  ['{"a": 1} # b', false],
  ['{\t"a": 1}', false],
  ['[1]', false],
  ['1', false],
  ['', false],
  [`{"a": ${'['.repeat(70)}${']'.repeat(70)}}`, false],
];
for (const [text, read] of samples) {
  test(`JSON: ${JSON.stringify(text).slice(0, 60)} is ${read ? '' : 'not '}read`, () =>
    assert.equal(agree(text), read));
}

test('JSON: any value is read as JSON.parse reads it', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })),
      fc.nat({ max: 3 }),
      (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const tree = readJson(text, 0, text.length);
        // Keys that give up: a merge key, or one with a control character that YAML would not have.
        if (tree === undefined) return;
        const pruned = JSON.parse(text, function (this: unknown, _, member) {
          return member === null && !Array.isArray(this) ? undefined : member;
        });
        assert.deepEqual(JSON.parse(JSON.stringify(plainValue(tree))), pruned);
      },
    ),
    { numRuns: 2_000, seed: 5 },
  );
});

test('JSON: small changes to manifests are read as the full parser does, or given up', () => {
  const pieces = [
    ' ',
    '\n',
    ':',
    ',',
    '"',
    '{',
    '}',
    '[',
    ']',
    '\\',
    '1',
    '.',
    'e',
    '-',
    'null',
    '#',
    '&a ',
    '\t',
  ];
  const change = fc.tuple(fc.nat(), fc.nat({ max: 3 }), fc.constantFrom('', ...pieces));
  let read = 0;
  fc.assert(
    fc.property(fc.constantFrom(...values), fc.array(change, { maxLength: 2 }), (value, changes) => {
      let text = JSON.stringify(value, null, 1);
      for (const [at, remove, insert] of changes) {
        const place = at % (text.length + 1);
        text = text.slice(0, place) + insert + text.slice(place + remove);
      }
      if (agree(text)) read++;
    }),
    { numRuns: 2_000, seed: 6 },
  );
  assert.ok(read > 300, `${read} changed manifests were still JSON`);
});
